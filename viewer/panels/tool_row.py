"""The row of tools under the banner: menu, film tools, and the draft button."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from viewer.actions.menus import MENUS, RULE, Menu
from viewer.actions.registry import CommandRegistry
from viewer.actions.report import DRAFT
from viewer.theme.icons import icon
from viewer.theme.palette import set_look
from viewer.theme.size import keep, px
from viewer.theme.tokens import ICON_SIZE, SMALL_ICON, TOOLBAR_HEIGHT, Tokens

_DRAFT, _DRAFT_SHORT = "Draft report  F5", "Draft"


class ToolRow(QWidget):
    """A row of 36 px with icons. Tools of the left button have names too, if they fit.

    Args:
        registry: With the commands added.
        groups: Command ids of the buttons, by group; the first group is the left button's tools.
        tokens: Colours.
        parent: The window.
        layouts: Command ids of the layouts, which share a button that shows the present one.
    """

    def __init__(
        self,
        registry: CommandRegistry,
        groups: tuple[tuple[str, ...], ...],
        tokens: Tokens,
        parent: QWidget | None = None,
        *,
        layouts: tuple[str, ...] = (),
    ) -> None:
        super().__init__(parent)
        self._named: list[QToolButton] = []
        self.setObjectName("toolRow")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        keep(self, height=TOOLBAR_HEIGHT)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 0, 12, 0)
        self._row.setSpacing(4)
        self.menu_button = self._menu_button(registry, tokens)
        self._row.addWidget(self.menu_button)
        for group in groups:
            self._row.addWidget(_rule())
            for command_id in group:
                self._add(registry, command_id, is_named=group is groups[0])
        if layouts:
            self._add_layouts([registry.action(each) for each in layouts])
        self._row.addStretch(1)
        self.draft = _push_button(registry.action(DRAFT), _DRAFT)
        self._row.addWidget(self.draft)
        # Width with all names; the window may be narrower.
        self._full_width = self._row.sizeHint().width()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the names out if they do not fit."""
        super().resizeEvent(event)
        self._fit()

    def follow_size(self) -> None:
        """Measure the names again after words and icons have changed their size."""
        self._set_names(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.draft.setText(_DRAFT)
        self._row.invalidate()
        self._full_width = self._row.sizeHint().width()
        self._fit()

    def _fit(self) -> None:
        styles, width = Qt.ToolButtonStyle, self.width()
        fits = width >= self._full_width
        self._set_names(styles.ToolButtonTextBesideIcon if fits else styles.ToolButtonIconOnly)
        self.draft.setText(_DRAFT)
        if self._row.sizeHint().width() > width:
            self.draft.setText(_DRAFT_SHORT)
        # Without this, one frame is painted with the button at its former width.
        self._row.activate()

    def minimumSizeHint(self) -> QSize:
        """Allow any width, so that the window can be narrow."""
        return QSize(0, px(TOOLBAR_HEIGHT))

    def _set_names(self, style: Qt.ToolButtonStyle) -> None:
        for button in self._named:
            button.setToolButtonStyle(style)

    def open_menu(self) -> None:
        """Open the menu under its button, for the arrow keys."""
        menu = self.menu_button.menu()
        menu.popup(self.menu_button.mapToGlobal(self.menu_button.rect().bottomLeft()))

    def _add_layouts(self, actions: list[QAction]) -> None:
        """Add one button for all layouts, with the icon of the present one."""
        button = _icon_button()
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setAccessibleName("Layout")
        button.setToolTip("Layout  F2 F3 F4 F7 F8")
        menu = QMenu(button)
        for action in actions:
            menu.addAction(action)

            def show(is_checked: bool, shown: QAction = action) -> None:  # noqa: FBT001 - a slot
                if is_checked:
                    button.setIcon(shown.icon())

            action.toggled.connect(show)
            action.enabledChanged.connect(button.setEnabled)
            show(action.isChecked())
        button.setEnabled(actions[0].isEnabled())
        button.setIcon(actions[0].icon())
        button.setMenu(menu)
        self._row.addWidget(_rule())
        self._row.addWidget(button)

    def _add(self, registry: CommandRegistry, command_id: str, *, is_named: bool) -> None:
        button = _icon_button()
        if is_named:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            self._named.append(button)
        button.setDefaultAction(registry.action(command_id))
        self._row.addWidget(button)

    def _menu_button(self, registry: CommandRegistry, tokens: Tokens) -> QToolButton:
        button = _MenuButton()
        button.setIcon(icon("menu", tokens))
        keep(button, icon=SMALL_ICON)
        button.setToolTip("Menu  F12")
        button.setAccessibleName("Menu")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_look(button, variant="quiet")
        menu = QMenu(button)
        _fill(menu, registry, MENUS)
        button.setMenu(menu)
        return button


class _MenuButton(QToolButton):
    """A button whose menu's shortcuts do not take Tab: Qt lets them act on the button too."""

    def event(self, event: QEvent) -> bool:
        """Keep Tab from triggering the command "Other film"."""
        is_override = event.type() == QEvent.Type.ShortcutOverride
        tabs = {Qt.Key.Key_Tab, Qt.Key.Key_Backtab}
        if is_override and isinstance(event, QKeyEvent) and event.key() in tabs:
            event.accept()
            return True
        return super().event(event)


def _icon_button() -> QToolButton:
    button = QToolButton()
    keep(button, icon=ICON_SIZE)
    # A click on a tool must not take the focus from the film.
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    set_look(button, variant="quiet")
    return button


def _fill(menu: QMenu, registry: CommandRegistry, entries: Iterable[str | Menu]) -> None:
    for entry in entries:
        if isinstance(entry, Menu):
            _fill(menu.addMenu(entry.title), registry, entry.entries)
        elif entry == RULE:
            menu.addSeparator()
        else:
            menu.addAction(registry.action(entry))


def _push_button(action: QAction, text: str) -> QPushButton:
    button = QPushButton(text)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setToolTip(action.toolTip())
    button.setEnabled(action.isEnabled())
    button.clicked.connect(action.trigger)
    action.enabledChanged.connect(button.setEnabled)
    return button


def _rule() -> QWidget:
    line = QWidget()
    line.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    line.setFixedSize(1, 20)
    set_look(line, surface="line")
    return line
