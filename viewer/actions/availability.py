"""Which commands are available; the others are greyed out and their keys do nothing."""

from __future__ import annotations

from engine.domain.first_reading import FirstCall
from viewer.actions import file, report, writing
from viewer.actions.first_reading import call_command
from viewer.actions.registry import CommandRegistry
from viewer.desk import Desk

_ABOUT_FILMS = ("Image", "Tools", "Annotations", "Layout")


class Availability:
    """Enables and disables a window's commands as the states change.

    Args:
        registry: With all commands added and bound.
        desk: States that decide.
    """

    def __init__(self, registry: CommandRegistry, desk: Desk) -> None:
        self._registry = registry
        self._desk = desk
        self._had_films: bool | None = None
        for signal in (
            desk.library.rows_changed,
            desk.films.slots_changed,
            desk.report.opened,
            desk.report.changed,
            desk.undo.changed,
            desk.job.changed,
            desk.blind.changed,
            desk.preferences.blind_first_changed,
        ):
            signal.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Enable what is possible at present and disable the rest."""
        desk, now = self._desk, self._desk.report.report
        is_editable = now is not None and now.is_editable
        is_drafting = desk.job.study is not None
        can_leave = bool(desk.library.rows)
        states = {
            file.NEXT_STUDY: can_leave,
            file.PREVIOUS_STUDY: can_leave,
            file.OFF_LIST: desk.library.summary is not None,
            file.EXPORT_PDF: now is not None,
            file.COPY_TEXT: now is not None,
            report.DRAFT: is_editable and not is_drafting,
            report.STOP_DRAFT: is_drafting,
            report.UNDO: desk.undo.can_undo,
            report.REDO: desk.undo.can_redo,
            report.SAVE: is_editable,
            writing.NORMAL: is_editable,
            writing.TEMPLATE: is_editable,
            writing.DEFAULTS: is_editable,
            writing.SPELLING: is_editable,
            writing.CHOOSE_MACRO: is_editable,
            report.SIGN: is_editable,
            report.CHANGES: now is not None,
            report.SINCE_PRIOR: now is not None,
            **dict.fromkeys(map(call_command, FirstCall), desk.blind.is_waiting),
        }
        for command_id, is_available in states.items():
            self._registry.action(command_id).setEnabled(is_available)
        has_films = bool(desk.films.films)
        if has_films is self._had_films:
            return  # a letter typed must not pay for a hundred commands that stay as they are
        self._had_films = has_films
        for command in self._registry.commands():
            if command.group in _ABOUT_FILMS:
                self._registry.action(command.id).setEnabled(has_films)
