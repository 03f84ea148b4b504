"""Own figures, audit trail, check, time until the lock, certificate: from the window."""

from __future__ import annotations

import csv
from pathlib import Path
from threading import Event
from time import sleep

import pytest
from PIL import Image
from PySide6.QtWidgets import QFileDialog
from testkit.certificates import SECRET, certificate_of
from testkit.reading_room import ReadingRoom

from engine.documents.pades import is_intact
from engine.domain.progress import CancelToken, Progress, ProgressSink
from engine.domain.report import Section
from engine.domain.user import Role, User
from engine.errors import CancelledError
from engine.services.database_check import DatabaseCheck
from engine.settings import load_settings
from viewer.dialogs.audit_trail import AuditTrailSheet
from viewer.dialogs.certificate import CertificateSheet
from viewer.dialogs.database_check import DatabaseCheckSheet
from viewer.dialogs.letterhead import LetterheadSheet
from viewer.dialogs.lock import LockAfterSheet, LockSheet
from viewer.dialogs.own_figures import OwnFigures
from viewer.widgets.bar_chart import BarChart


def charts(sheet: OwnFigures) -> dict[str, str]:
    return {c.accessibleName(): c.accessibleDescription() for c in sheet.findChildren(BarChart)}


def test_your_figures_count_what_you_did_and_leave_as_csv(
    room: ReadingRoom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.do("file.figures")
    sheet = room.sheet(OwnFigures)
    assert not charts(sheet)
    assert not sheet.csv.isEnabled()
    sheet.accept()

    room.draft()
    first, second, *others = room.report.sentences
    room.desk.report.accept(first.id)
    room.desk.report.reject(second.id, "not there")
    room.do("file.figures")
    sheet = room.sheet(OwnFigures)
    shown = charts(sheet)
    fates = shown["What became of the model's sentences"]
    assert "Accepted: 1 of 2" in fates
    assert "Rejected: 1 of 2" in fates
    assert shown["Why you rejected"] == "Not there: 1"

    target = tmp_path / "mine.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    sheet.csv.click()
    room.wait(target.exists)
    (row,) = csv.DictReader(target.read_text("utf-8").splitlines())
    assert (row["accepted"], row["rejected"], row["reasons"]) == ("1", "1", "not there")
    assert others is not None
    sheet.accept()


def test_r28_an_administrator_reads_the_trail_and_the_next_reader_does_not(
    room: ReadingRoom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.do("file.audit_trail")
    sheet = room.sheet(AuditTrailSheet)
    room.wait(lambda: sheet.table.topLevelItemCount() > 0)
    newest = sheet.table.topLevelItem(0)
    assert newest is not None
    assert newest.text(2) == "Demo Reader"
    sheet.search.setText("workspace created")
    sheet.go.click()
    room.wait(lambda: sheet.table.topLevelItemCount() == 1)
    target = tmp_path / "audit.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    sheet.csv.click()
    room.wait(target.exists)
    rows = list(csv.DictReader(target.read_text("utf-8").splitlines()))
    assert [row["action"] for row in rows] == ["workspace created", "audit trail read"]

    trainee = User(name="Jo Weber", role=Role.TRAINEE)
    room.desk.workspace.access.add_user(trainee, "", passphrase="demo")
    room.context.session.set_users(room.desk.workspace.access.users())
    room.do("file.lock")
    lock = room.sheet(LockSheet)
    lock.user.setCurrentIndex(lock.user.findData(trainee.name))
    lock.passphrase.setText("demo")
    lock.unlock.click()
    room.wait(lambda: not lock.isVisible())
    room.wait(lambda: "may not" in sheet.count.text())
    assert sheet.table.topLevelItemCount() == 0
    assert not sheet.csv.isEnabled()
    sheet.accept()


def test_the_trail_is_not_shown_while_names_are_hidden(room: ReadingRoom) -> None:
    room.do("window.hide_names")
    room.do("file.audit_trail")
    room.wait(lambda: any("audit trail" in str(notice) for notice in room.notices))
    assert room.window.findChildren(AuditTrailSheet) == []


def test_the_database_is_checked_with_a_verdict(room: ReadingRoom) -> None:
    room.do("file.check_database")
    sheet = room.sheet(DatabaseCheckSheet)
    room.wait(lambda: sheet.stop.text() == "Close  Esc")
    assert sheet.verdict.text().startswith("All 7 checks passed")
    assert not sheet.problems.isVisible()
    sheet.accept()


def test_the_check_stops_when_its_sheet_is_closed(
    room: ReadingRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = Event()

    def verify(*, progress: ProgressSink, cancel: CancelToken) -> DatabaseCheck:
        progress(Progress(done=0, total=10, message="Audit trail"))
        while not cancel.is_cancelled:
            sleep(0.01)
        stopped.set()
        raise CancelledError("Stopped as you asked.")

    monkeypatch.setattr(room.desk.workspace, "verify", verify)
    room.do("file.check_database")
    sheet = room.sheet(DatabaseCheckSheet)
    room.wait(lambda: sheet.line.message == "Audit trail, 0 %")
    sheet.stop.click()
    room.wait(stopped.is_set)
    assert room.notices == [] or "Stopped" not in str(room.notices[-1])


def test_the_time_until_the_lock_is_kept(room: ReadingRoom) -> None:
    room.do("file.lock_after")
    sheet = room.sheet(LockAfterSheet)
    assert sheet.minutes.value() == 10
    assert (sheet.minutes.minimum(), sheet.minutes.maximum()) == (1, 30)
    sheet.minutes.setValue(4)
    sheet.keep.click()
    room.wait(lambda: room.context.preferences.lock_minutes == 4)
    assert load_settings().lock_minutes == 4


def test_the_letterhead_is_previewed_kept_and_refused_where_it_is_fixed(
    room: ReadingRoom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logo = tmp_path / "logo.png"
    Image.new("RGB", (60, 20), (20, 90, 200)).save(logo)
    room.do("file.letterhead")
    sheet = room.sheet(LetterheadSheet)
    room.wait(lambda: not sheet.preview.picture.isNull())
    height = sheet.preview.picture.height()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(logo), ""))
    sheet.choose.click()
    sheet.institution.setText("St. Example")
    room.wait(lambda: sheet.preview.picture.height() > height)
    sheet.keep.click()
    room.wait(lambda: not sheet.isVisible())
    assert (load_settings().institution, load_settings().logo) == ("St. Example", str(logo))

    computer = tmp_path / "computer.json"
    computer.write_text('{"institution": "House", "fixed": ["institution"]}')
    monkeypatch.setattr("engine.settings.machine_settings_file", lambda: computer)
    room.do("file.letterhead")
    sheet = room.sheet(LetterheadSheet)
    sheet.keep.click()
    room.wait(lambda: "fixed for this computer" in sheet.problem.text())
    sheet.reject()


def test_a_time_that_is_fixed_for_the_computer_stays(
    room: ReadingRoom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computer = tmp_path / "computer.json"
    computer.write_text('{"lock_minutes": 5, "fixed": ["lock_minutes"]}')
    monkeypatch.setattr("engine.settings.machine_settings_file", lambda: computer)
    room.context.preferences.keep_lock_minutes(30)
    room.wait(lambda: "fixed for this computer" in str(room.notices[-1:]))
    assert load_settings().lock_minutes == 5


def test_a_final_report_takes_the_signature_of_a_certificate(
    room: ReadingRoom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = room.window.registry.action("file.certificate")
    assert not action.isEnabled()
    room.desk.report.add(Section.FINDINGS, "The lungs are clear.")
    room.desk.report.flush(lambda: None, lambda _error: None)
    workspace = room.desk.workspace
    assert workspace is not None
    room.desk.report.adopt(
        workspace.reporting.sign(room.report, passphrase="demo", meaning="I am the author.")
    )
    room.wait(action.isEnabled)
    own = tmp_path / "own.p12"
    own.write_bytes(certificate_of("Demo Reader"))
    target = tmp_path / "signed.pdf"
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(own), ""))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    action.trigger()
    sheet = room.sheet(CertificateSheet)
    assert not sheet.go.isEnabled()
    sheet.choose.click()
    sheet.passphrase.setText("wrong")
    sheet.go.click()
    room.wait(sheet.problem.isVisible)
    assert "cannot be opened" in sheet.problem.text()
    assert not target.exists()
    sheet.passphrase.setText(SECRET)
    sheet.go.click()
    room.wait(lambda: not sheet.isVisible())
    assert is_intact(target.read_bytes())
