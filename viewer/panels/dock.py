"""A dock with a title bar of ours: it docks, floats to another monitor, and comes back."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QToolButton, QWidget

from viewer.panels.screens import is_lost, when_screen_goes
from viewer.theme.icons import icon
from viewer.theme.palette import set_look
from viewer.theme.size import keep
from viewer.theme.tokens import SMALL_ICON, Tokens

TITLE_HEIGHT = 36


class PanelDock(QDockWidget):
    """A dock that can be moved and floated but not lost.

    Args:
        name: Stable object name, by which the layout is restored.
        title: Text of the title bar and the floating window; never a patient's name.
        panel: The contents.
        tokens: Colours.
        is_bare: The panel brings its own title bar and stays docked.
    """

    def __init__(
        self, name: str, title: str, panel: QWidget, tokens: Tokens, *, is_bare: bool = False
    ) -> None:
        super().__init__(title)
        self.setObjectName(name)
        features = QDockWidget.DockWidgetFeature
        movable = features.DockWidgetMovable | features.DockWidgetFloatable
        self.setFeatures(features.NoDockWidgetFeatures if is_bare else movable)
        self.setAllowedAreas(
            Qt.DockWidgetArea.LeftDockWidgetArea | Qt.DockWidgetArea.RightDockWidgetArea
        )
        self.setTitleBarWidget(QWidget() if is_bare else self._title_bar(title, tokens))
        self.setWidget(panel)
        when_screen_goes(self, self.come_back_if_lost)

    def come_back_if_lost(self) -> None:
        """Dock again if the monitor it floated on is gone."""
        if self.isFloating() and is_lost(self):
            self.setFloating(False)

    def _toggle_floating(self) -> None:
        self.setFloating(not self.isFloating())

    def _title_bar(self, title: str, tokens: Tokens) -> QWidget:
        bar = QWidget()
        bar.setObjectName("dockTitle")
        bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        keep(bar, height=TITLE_HEIGHT)
        head = QLabel(title)
        set_look(head, role="strong")
        button = QToolButton()
        button.setIcon(icon("square-arrow-out-up-right", tokens))
        keep(button, icon=SMALL_ICON)
        button.setToolTip(f"Detach {title.lower()}: to a window of its own, and back")
        button.setAccessibleName(f"{title} in a window of its own")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_look(button, variant="quiet")
        button.clicked.connect(self._toggle_floating)
        row = QHBoxLayout(bar)
        row.setContentsMargins(20, 0, 8, 0)
        row.addWidget(head, 1)
        row.addWidget(button)
        return bar
