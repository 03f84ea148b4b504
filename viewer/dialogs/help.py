"""Dialogs of the Help menu: shortcuts, changing keys, About."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from viewer.actions import (
    help,  # noqa: A004 - named after the menu
    report,
)
from viewer.actions.registry import CommandConflictError, CommandRegistry
from viewer.app_context import AppContext
from viewer.dialogs.about import About, Licences
from viewer.dialogs.edit_keys import EditKeys
from viewer.dialogs.shortcut_sheet import ShortcutSheet
from viewer.errors import NoticeLevel
from viewer.state.about import Part


class HelpSheets:
    """Binds the commands of the Help menu, and applies the reader's own keys.

    Args:
        registry: With the commands added.
        context: What the window has from its first paint on.
        window: Window under the dialogs.
    """

    def __init__(self, registry: CommandRegistry, context: AppContext, window: QWidget) -> None:
        self._registry = registry
        self._context = context
        self._window = window
        registry.bind(help.SHORTCUTS, self._show_keys)
        registry.bind(help.EDIT_KEYS, self._edit_keys)
        registry.bind(help.ABOUT, self._show_about)
        context.preferences.loaded.connect(self._use_chosen_keys)

    def _show_keys(self) -> None:
        commands = (*self._registry.commands(), *report.REVIEW_COMMANDS)
        buttons = self._context.preferences.mouse.buttons
        ShortcutSheet(commands, self._window, buttons=buttons).open()

    def _edit_keys(self) -> None:
        EditKeys(self._registry, self._context.preferences, self._window).open()

    def _use_chosen_keys(self) -> None:
        chosen = self._context.preferences.keys
        try:
            wanted = self._registry.give_way(chosen)
            self._registry.choose_keys(wanted)
        except CommandConflictError as error:
            self._say(f"Your own keys are not used: {error}")
            return
        named = {command.id: command.text for command in self._registry.commands()}
        lost = [f"“{named[command_id]}”" for command_id in wanted if command_id not in chosen]
        if lost:
            self._say(f"A key of your own was that of {', '.join(lost)}, and stays yours.")

    def _say(self, sentence: str) -> None:
        self._context.notices.say("Keys", sentence, NoticeLevel.DECIDE)

    def _show_about(self) -> None:
        def show(parts: tuple[Part, ...]) -> None:
            sheet = About(parts, self._context.session.model, self._window)
            sheet.licences_asked.connect(self._show_licences)
            sheet.open()

        self._context.read_about(show)

    def _show_licences(self) -> None:
        self._context.read_licences(lambda texts: Licences(texts, self._window).open())
