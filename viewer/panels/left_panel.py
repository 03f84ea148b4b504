"""The left edge: studies or past reports; a 48 px rail if the window is narrow."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from viewer.desk import Desk
from viewer.panels.history import HistoryPanel
from viewer.panels.studies import StudiesPanel
from viewer.theme.icons import icon
from viewer.theme.palette import set_look
from viewer.theme.size import keep
from viewer.theme.tokens import SMALL_ICON, Tokens

LIST_WIDTH, RAIL_WIDTH = 260, 48


class LeftPanel(QWidget):
    """Studies, past reports, or the rail.

    Signals:
        folded: Whether only the rail is shown.
    """

    folded = Signal(bool)

    def __init__(
        self,
        desk: Desk,
        tokens: Tokens,
        rail_actions: tuple[QAction, ...],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.studies = StudiesPanel(desk)
        self.history = HistoryPanel(desk)
        self.pages = QStackedWidget()
        self.shape = QStackedWidget()
        self.rail = QWidget()
        self.tabs = (_tab("Studies"), _tab("Reports"))
        self._fold = QToolButton()
        self._is_narrow = False
        self._lay_out(tokens, rail_actions)
        self.studies.chosen.connect(self._fold_again)
        self._show(is_folded=False)

    @property
    def is_folded(self) -> bool:
        """Whether only the rail is shown."""
        return self.shape.currentWidget() is self.rail

    def set_narrow(self, *, is_narrow: bool) -> None:
        """Fold to the rail, or show the list permanently."""
        self._is_narrow = is_narrow
        self._fold.setVisible(is_narrow)
        self._show(is_folded=is_narrow)

    def show_studies(self) -> None:
        """Show the study list and focus its search field."""
        self._open_page(0)
        self.studies.search.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_history(self) -> None:
        """Show the past reports and focus their search field."""
        self._open_page(1)
        self.history.search.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _open_page(self, index: int) -> None:
        self.tabs[index].setChecked(True)
        self.pages.setCurrentIndex(index)
        self._show(is_folded=False)

    def _fold_again(self) -> None:
        if self._is_narrow:
            self._show(is_folded=True)

    def _show(self, *, is_folded: bool) -> None:
        self.shape.setCurrentIndex(1 if is_folded else 0)
        keep(self, width=RAIL_WIDTH if is_folded else LIST_WIDTH)
        self.folded.emit(is_folded)

    def _lay_out(self, tokens: Tokens, rail_actions: tuple[QAction, ...]) -> None:
        set_look(self, surface="panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head(tokens))
        column.addWidget(self.pages, 1)
        for page in (self.studies, self.history):
            self.pages.addWidget(page)
        self._lay_out_rail(tokens, rail_actions)
        self.shape.addWidget(full)
        self.shape.addWidget(self.rail)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.shape)

    def _head(self, tokens: Tokens) -> QWidget:
        head = QWidget()
        head.setObjectName("dockTitle")
        head.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        keep(head, height=36)
        self._fold.setIcon(icon("chevron-left", tokens))
        keep(self._fold, icon=SMALL_ICON)
        self._fold.setToolTip("Fold the list")
        self._fold.setAccessibleName("Fold the list")
        self._fold.clicked.connect(lambda: self._show(is_folded=True))
        set_look(self._fold, variant="quiet")
        group = QButtonGroup(self)
        row = QHBoxLayout(head)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(4)
        for index, tab in enumerate(self.tabs):
            group.addButton(tab)
            tab.clicked.connect(lambda _on=False, index=index: self._open_page(index))
            row.addWidget(tab)
        self.tabs[0].setChecked(True)
        row.addStretch(1)
        row.addWidget(self._fold)
        return head

    def _lay_out_rail(self, tokens: Tokens, actions: tuple[QAction, ...]) -> None:
        column = QVBoxLayout(self.rail)
        column.setContentsMargins(8, 4, 8, 8)
        column.setSpacing(4)
        for name, tip, slot in (
            ("panel-left", "Studies", self.show_studies),
            ("history", "Past reports", self.show_history),
        ):
            button = QToolButton()
            button.setIcon(icon(name, tokens))
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.clicked.connect(slot)
            keep(button, icon=SMALL_ICON)
            set_look(button, variant="quiet")
            column.addWidget(button)
        for action in actions:
            button = QToolButton()
            button.setDefaultAction(action)
            keep(button, icon=SMALL_ICON)
            set_look(button, variant="quiet")
            column.addWidget(button)
        column.addStretch(1)


def _tab(text: str) -> QToolButton:
    tab = QToolButton()
    tab.setText(text)
    tab.setCheckable(True)
    set_look(tab, variant="tab")
    return tab
