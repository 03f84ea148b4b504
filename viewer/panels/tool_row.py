"""The row of tools under the banner: the menu, what acts on the film, and the draft."""

from __future__ import annotations

from itertools import groupby

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

from viewer.actions.registry import CommandRegistry
from viewer.actions.report import DRAFT
from viewer.theme.icons import icon
from viewer.theme.palette import set_look
from viewer.theme.tokens import ICON_SIZE, TOOLBAR_HEIGHT, Tokens

_MENU_ORDER = ("File", "Report", "Image", "Tools", "Marks", "Layout", "Window", "Help")
_STANDING_OPEN = ("File", "Report", "Help")

_DRAFT, _DRAFT_SHORT = "Draft report  F5", "Draft"


class ToolRow(QWidget):
    """36 px of icons; where the names of tools do not fit they give way to their icons.

    Args:
        groups: Ids of commands that get a button, by group; a rule stands between groups. Those of
            the first group, the tools of the left button, carry their names.
        layouts: Ids of the layouts, under one button that shows the one in force.
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
        self.setFixedHeight(TOOLBAR_HEIGHT)
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
        # With their names the tools are this wide; the window may be narrower.
        self._full_width = self._row.sizeHint().width()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the names out where they do not fit."""
        super().resizeEvent(event)
        styles, width = Qt.ToolButtonStyle, event.size().width()
        fits = width >= self._full_width
        self._set_names(styles.ToolButtonTextBesideIcon if fits else styles.ToolButtonIconOnly)
        self.draft.setText(_DRAFT)
        if self._row.sizeHint().width() > width:
            self.draft.setText(_DRAFT_SHORT)
        # Else one frame is painted with the button as wide as its text was before.
        self._row.activate()

    def minimumSizeHint(self) -> QSize:
        """The row never keeps the window from being narrow."""
        return QSize(0, TOOLBAR_HEIGHT)

    def _set_names(self, style: Qt.ToolButtonStyle) -> None:
        for button in self._named:
            button.setToolButtonStyle(style)

    def open_menu(self) -> None:
        """Open the menu under its button, for the arrow keys."""
        menu = self.menu_button.menu()
        menu.popup(self.menu_button.mapToGlobal(self.menu_button.rect().bottomLeft()))
        menu.setActiveAction(next(each for each in menu.actions() if each.isEnabled()))

    def _add_layouts(self, actions: list[QAction]) -> None:
        """One button for all layouts; it shows the one in force."""
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
        button.setToolTip("Menu")
        button.setAccessibleName("Menu")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_look(button, variant="quiet")
        button.setMenu(_menu(registry, button))
        return button


class _MenuButton(QToolButton):
    """Qt counts a button among the places where its menu's keys act; Tab must go on from it."""

    def event(self, event: QEvent) -> bool:
        """Keep Tab from being the command "Other film"."""
        is_override = event.type() == QEvent.Type.ShortcutOverride
        tabs = {Qt.Key.Key_Tab, Qt.Key.Key_Backtab}
        if is_override and isinstance(event, QKeyEvent) and event.key() in tabs:
            event.accept()
            return True
        return super().event(event)


def _icon_button() -> QToolButton:
    button = QToolButton()
    button.setIconSize(QSize(ICON_SIZE, ICON_SIZE))
    # A click on a tool must not take the keyboard from the film.
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    set_look(button, variant="quiet")
    return button


def _menu(registry: CommandRegistry, parent: QWidget) -> QMenu:
    menu = QMenu(parent)
    commands = sorted(registry.commands(), key=lambda c: _MENU_ORDER.index(c.group))
    for group, members in groupby(commands, key=lambda c: c.group):
        is_open = group in _STANDING_OPEN
        target = menu if is_open else menu.addMenu(group)
        for command in members:
            target.addAction(registry.action(command.id))
        if is_open:
            menu.addSeparator()
    return menu


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
