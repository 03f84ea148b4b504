"""Which commands make sense now: the others stand grey in the menu and their keys do nothing."""

from __future__ import annotations

from engine.domain.first_reading import FirstCall
from viewer.actions import file, handout, report, writing
from viewer.actions.first_reading import call_command
from viewer.actions.registry import CommandRegistry
from viewer.app_context import AppContext
from viewer.state.session import SessionStage

_ABOUT_FILMS = ("Image", "Tools", "Marks", "Layout")


class Availability:
    """Keeps the commands of a window enabled as its states change.

    Args:
        registry: With all commands added and bound.
    """

    def __init__(self, registry: CommandRegistry, context: AppContext) -> None:
        self._registry = registry
        self._context = context
        for signal in (
            context.session.stage_changed,
            context.library.rows_changed,
            context.films.hung,
            context.report.opened,
            context.report.changed,
            context.job.changed,
            context.blind.changed,
            context.preferences.blind_first_changed,
        ):
            signal.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Enable what can be done now, disable the rest."""
        context, now = self._context, self._context.report.report
        is_open = context.session.stage is SessionStage.OPEN
        is_editable = now is not None and now.is_editable
        is_drafting = context.job.study is not None
        can_leave = bool(context.library.rows)
        states = {
            file.OPEN_WORKSPACE: context.session.stage is SessionStage.NONE,
            file.OPEN_FOLDER: is_open,
            file.OPEN_FILES: is_open,
            handout.HIDE_NAMES: is_open,
            file.NEXT_STUDY: can_leave,
            file.PREVIOUS_STUDY: can_leave,
            file.EXPORT_PDF: now is not None,
            file.COPY_TEXT: now is not None,
            report.DRAFT: is_editable and not is_drafting,
            report.STOP_DRAFT: is_drafting,
            report.SAVE: is_editable,
            writing.NORMAL: is_editable,
            writing.TEMPLATE: is_editable,
            writing.DEFAULTS: is_editable,
            writing.SPELLING: is_editable,
            writing.MACROS: is_open,
            writing.CHOOSE_MACRO: is_editable,
            writing.IMPORT_TEMPLATE: is_open,
            report.SIGN: is_editable,
            report.CHANGES: now is not None,
            report.SINCE_PRIOR: now is not None,
            **dict.fromkeys(map(call_command, FirstCall), context.blind.is_waiting),
        }
        for command_id, is_available in states.items():
            self._registry.action(command_id).setEnabled(is_available)
        has_films = bool(context.films.films)
        for command in self._registry.commands():
            if command.group in _ABOUT_FILMS:
                self._registry.action(command.id).setEnabled(has_films)
