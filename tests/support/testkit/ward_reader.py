"""A viewer process that reads what comes in, until it is killed.

    python -m testkit.ward_reader WORKSPACE BUNDLE JOURNAL

Each line that it reads is a number, and makes it a new viewer: a process with a window on the
workspace, whose id it prints. The viewer waits for drafts, opens their studies, accepts what the
model wrote and signs; every third study gets an addendum. What is acknowledged stands in the
journal. Once that many studies are signed and all results are delivered, it closes its window.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication

from engine import paths
from engine.domain.report import Report, Section
from engine.domain.study import StudyStatus, StudySummary, StudyUid
from engine.services import inbox, ordering
from testkit.command_line import PASSPHRASE
from viewer.app_context import AppContext
from viewer.desk import Desk
from viewer.main_window import MainWindow
from viewer.state import orders

LOOK_MS = 20
LOOKS = 50
"""Looks at a study with an order and no reason in its report until the reader asks for it."""
ADDED = "Old films came."


def is_added_to(uid: str) -> bool:
    """Whether the study's report gets an addendum."""
    return int(uid.rpartition(".")[2]) % 3 == 0


def is_ordered_before(uid: str) -> bool:
    """Whether the study's order lies there before its film."""
    return int(uid.rpartition(".")[2]) % 3 == 1


class Reader:
    """Reads study after study.

    Args:
        desk: The open workspace.
        journal: Descriptor of the journal.
        count: Number of studies to sign.
    """

    def __init__(self, desk: Desk, journal: int, count: int) -> None:
        self._desk = desk
        self._journal = journal
        self._count = count
        self._steps = self._reading()
        self.is_done = False
        self.note("open")

    def look(self) -> None:
        """Go on if something may have happened."""
        next(self._steps, None)

    def note(self, words: str) -> None:
        """Write a line to the journal."""
        os.write(self._journal, f"{words}\n".encode())

    def _reading(self) -> Iterator[None]:
        while True:
            row = self._next()
            if row is not None:
                yield from self._read(row)
            elif self._is_all_done():
                self.is_done = True
            yield

    def _next(self) -> StudySummary | None:
        wanted = {StudyStatus.DRAFTED, StudyStatus.IN_REVIEW}
        for row in self._desk.library.rows:
            if row.status in wanted or (row.status is StudyStatus.SIGNED and is_added_to(row.uid)):
                return row
        return None

    def _is_all_done(self) -> bool:
        desk = self._desk
        signed = [row for row in desk.library.rows if row.is_signed]
        if len(signed) < self._count or self._next() is not None:
            return False
        return all(each.settled for each in desk.workspace.outbox.deliveries())

    def _read(self, row: StudySummary) -> Iterator[None]:
        desk, state = self._desk, self._desk.report
        desk.open_study(row.uid)
        while (report := self._report_of(row.uid)) is None:
            yield
        if is_ordered_before(row.uid) and not row.is_signed:
            yield from self._wait_for_indication(row.uid)
            report = state.report or report
        ended: list[Exception | None] = []

        def done() -> None:
            ended.append(None)

        if row.is_signed:
            self.note(f"adding {row.uid}")
            state.add_addendum(report.id, ADDED, PASSPHRASE, done, ended.append)
        else:
            for sentence in report.unreviewed:
                state.accept(sentence.id)
            self.note(f"signing {row.uid}")
            state.sign(PASSPHRASE, "Author", done, ended.append)
        while not ended:
            yield
        if ended[0] is not None:
            raise ended[0]
        self.note(f"{'added' if row.is_signed else 'signed'} {row.uid}")
        while any(one.uid == row.uid and one.status is row.status for one in desk.library.rows):
            yield

    def _wait_for_indication(self, uid: StudyUid) -> Iterator[None]:
        desk, looks = self._desk, 0
        while (report := self._report_of(uid)) is None or not report.kept(Section.INDICATION):
            looks += desk.orders.order is not None
            if looks == LOOKS:
                # Killed after the draft was kept and before the reason was: by key, as a reader.
                self.note(f"filling {uid}")
                desk.orders.fill()
            yield

    def _report_of(self, uid: StudyUid) -> Report | None:
        """The study's report once its draft is in it."""
        report = self._desk.report.report
        is_there = report is not None and report.study_uid == uid and report.draft_id is not None
        return report if is_there else None


def serve(root: Path, journal: Path, count: int) -> None:
    """Show a window and read."""
    app = QApplication(["reader"])
    context = AppContext(app)
    window = MainWindow(context, QSettings(f"{journal}.ini", QSettings.Format.IniFormat))
    window.show()
    timer = QTimer(window)
    descriptor = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def begin(desk: Desk) -> None:
        reader = Reader(desk, descriptor, count)

        def look() -> None:
            reader.look()
            if reader.is_done:
                timer.stop()
                window.close()

        timer.timeout.connect(look)
        timer.start(LOOK_MS)

    context.desk_opened.connect(begin)
    context.preferences.load()
    context.session.open_workspace(root, PASSPHRASE)
    app.exec()


def main(root: Path, bundle: Path, journal: Path) -> None:
    """Make a viewer for each line."""
    paths.model_bundle = lambda: bundle
    inbox.LOOK_EVERY_S = 0.1
    inbox._SETTLES_S = 0.0
    inbox._STANDS_S = 0.0
    ordering.SETTLED_S = 0.2
    orders.LOOK_EVERY_MS = 200
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            serve(root, journal, int(line))
            os._exit(0)
        os.write(sys.stdout.fileno(), f"{child}\n".encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
