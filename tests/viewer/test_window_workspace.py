"""The reader's own figures, the time until the lock, and a certificate, from the window."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from testkit.certificates import SECRET, certificate_of
from testkit.reading_room import ReadingRoom

from engine.domain.report import Section
from engine.report.pades import is_intact
from engine.settings import load_settings
from viewer.dialogs.certificate import CertificateSheet
from viewer.dialogs.lock_after import LockAfterSheet
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
    room.context.report.accept(first.id)
    room.context.report.reject(second.id, "not there")
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


def test_the_time_until_the_lock_is_kept(room: ReadingRoom) -> None:
    room.do("file.lock_after")
    sheet = room.sheet(LockAfterSheet)
    assert sheet.minutes.value() == 10
    assert (sheet.minutes.minimum(), sheet.minutes.maximum()) == (1, 30)
    sheet.minutes.setValue(4)
    sheet.keep.click()
    room.wait(lambda: room.context.preferences.lock_minutes == 4)
    assert load_settings().lock_minutes == 4


def test_a_final_report_takes_the_signature_of_a_certificate(
    room: ReadingRoom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = room.window.registry.action("file.certificate")
    assert not action.isEnabled()
    room.context.report.add(Section.FINDINGS, "The lungs are clear.")
    room.context.report.flush(lambda: None, lambda _error: None)
    workspace = room.context.session.workspace
    assert workspace is not None
    room.context.report.adopt(
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
