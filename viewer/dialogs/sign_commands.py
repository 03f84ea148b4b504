"""The commands that sign: check the report, say what is missing, open the sheet."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from engine.domain.report import Report, ReportStatus
from viewer.actions import record, report
from viewer.actions.registry import CommandRegistry
from viewer.desk import REFUSED, Desk
from viewer.dialogs.sheet import tell_demo_passphrase
from viewer.dialogs.sign import SignSheet
from viewer.errors import NoticeLevel
from viewer.state.wording import open_lines


class SignCommands:
    """Binds the two commands that sign.

    Args:
        registry: Already holds the commands.
        desk: The states of the open workspace.
        go_on: Moves the keyboard to the next open point of the report.
        window: The window over which the sheet opens.
    """

    def __init__(
        self, registry: CommandRegistry, desk: Desk, go_on: Callable[[], None], window: QWidget
    ) -> None:
        self._desk = desk
        self._go_on = go_on
        self._window = window
        registry.bind(report.SIGN, self.final)
        registry.bind(record.SIGN_PRELIMINARY, self.preliminary)

    def final(self) -> None:
        """Open the sheet for the final signature once the current report has been checked."""
        self._desk.when_checked(lambda: self._open(is_preliminary=False))

    def preliminary(self) -> None:
        """Open the sheet for a preliminary signature once the report has been checked."""
        self._desk.when_checked(lambda: self._open(is_preliminary=True))

    def _open(self, *, is_preliminary: bool) -> None:
        desk = self._desk
        study, now = desk.library.study, desk.report.report
        if study is None or now is None or not now.is_editable:
            return
        if is_preliminary and now.status is not ReportStatus.DRAFT:
            return
        why_not = self._why_not(now)
        if why_not:
            self._go_on()
            desk.notices.say(REFUSED, why_not, NoticeLevel.DECIDE)
            return
        sheet = SignSheet(
            desk.report,
            study,
            now,
            self._window,
            left=open_lines(desk.open_points),
            is_preliminary=is_preliminary,
        )
        tell_demo_passphrase(sheet.passphrase, is_demo=desk.session.is_demo)
        sheet.accepted.connect(desk.go_on)
        sheet.open()

    def _why_not(self, now: Report) -> str:
        if self._desk.session.hides_names:
            return "Show the names again before you sign: you sign for a patient."
        if now.unreviewed:
            return "Accept, edit or reject every sentence of the draft, then sign."
        if not now.kept():
            return "An empty report cannot be signed."
        blocking = self._desk.guards.result.blocking
        return blocking[0].message if blocking else ""
