"""Past reports in the window: search and filters, reopening, a selection, the prior's report."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QDate, QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QWidget
from testkit.reading_room import ReadingRoom

from engine.domain.export import ExportForm
from engine.domain.progress import CancelToken, Progress, ProgressSink
from engine.domain.report import ReportId, ReportStatus, Section
from engine.domain.study import StudyUid
from engine.errors import CancelledError

EFFUSION = "Pleural Effusion"


def write(room: ReadingRoom, *sentences: str) -> None:
    """A saved report of the author's own sentences about the open study."""
    for sentence in sentences:
        room.desk.report.add(Section.FINDINGS, sentence)
    room.do("report.save")
    room.wait(lambda: not room.desk.report.has_unsaved and room.report.revision > 0)


def sign(room: ReadingRoom) -> None:
    workspace = room.desk.workspace
    assert workspace is not None
    signed = workspace.reporting.sign(
        room.report, passphrase="demo", meaning="I am the author of this report."
    )
    assert signed.status is ReportStatus.FINAL
    room.desk.report.adopt(signed)


def with_prior(room: ReadingRoom) -> tuple[StudyUid, StudyUid]:
    """The demo's study that has a prior, and that prior."""
    library = room.desk.workspace.library
    for row in library.studies():
        if priors := library.priors(row.uid):
            return row.uid, priors[0].uid
    pytest.fail("the demo has no study with a prior")


def listed(room: ReadingRoom) -> list[str]:
    return [row.excerpt for row in room.desk.history.rows]


def test_search_filter_and_reopen(room: ReadingRoom) -> None:
    current, prior = with_prior(room)
    room.show_study(prior)
    write(room, "There is a small left pleural effusion.")
    room.show_study(current)
    write(room, "No pleural effusion.")
    panel = room.view.left.history
    room.do("file.past_reports")
    room.wait(lambda: len(listed(room)) == 2)
    assert panel.count.text() == "2 reports"

    panel.filter.click()
    assert panel.filters.isVisible()
    filters = panel.filters
    assert not filters.polarity.isEnabled()
    room.wait(lambda: filters.finding.findData(EFFUSION) > 0)
    filters.finding.setCurrentIndex(filters.finding.findData(EFFUSION))
    room.wait(lambda: listed(room) == ["There is a small left pleural effusion."])
    filters.polarity.setCurrentText("Absent")
    room.wait(lambda: listed(room) == ["No pleural effusion."])
    assert panel.filter.text() == "Filters, in use"
    filters.until.setDate(QDate(2001, 1, 1))
    room.wait(lambda: not listed(room))
    assert panel.empty.text() == "No report matches."
    filters.clear.click()
    room.wait(lambda: len(listed(room)) == 2)

    panel.search.setText("small")
    room.wait(lambda: listed(room) == ["There is a small left pleural effusion."])
    place = panel.view.visualItemRect(panel.view.item(0)).center()
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    card = room.view.past_report
    room.wait(card.isVisible)
    assert "small left pleural effusion" in card.text
    card.open_study.click()
    room.wait(lambda: room.desk.library.study.uid == prior)
    room.wait(lambda: room.report.study_uid == prior)
    assert room.report.sentences[0].text == "There is a small left pleural effusion."


def test_a_finding_is_found_by_the_letters_of_its_plain_word(room: ReadingRoom) -> None:
    write(room, "There is a scar in the left upper lobe.")
    room.do("file.past_reports")
    panel = room.view.left.history
    panel.filter.click()
    box = panel.filters.finding
    room.wait(lambda: box.findText("Scar") > 0)
    assert box.findText("Cicatrix") < 0, "nobody says so at the workstation"
    assert box.maxVisibleItems() <= 12
    box.lineEdit().selectAll()
    QTest.keyClicks(box.lineEdit(), "car")
    completer = box.completer()
    assert "Scar" in {
        completer.completionModel().index(row, 0).data()
        for row in range(completer.completionModel().rowCount())
    }
    found = next(
        completer.completionModel().index(row, 0)
        for row in range(completer.completionModel().rowCount())
        if completer.completionModel().index(row, 0).data() == "Scar"
    )
    completer.activated[QModelIndex].emit(found)
    completer.popup().hide()
    box.lineEdit().editingFinished.emit()
    assert box.currentText() == "Scar"
    box.setEditText("no such finding")
    box.lineEdit().editingFinished.emit()
    assert box.currentText() == "Scar"


def test_a_selection_is_written_into_a_folder(
    room: ReadingRoom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(room, "The lungs are clear.")
    room.wait(lambda: len(listed(room)) == 1)
    folder = tmp_path / "out"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    panel = room.view.left.history
    panel.view.item(0).setSelected(True)
    text = next(a for a in panel.export_menu.actions() if a.text().startswith("As text"))
    text.trigger()
    room.wait(lambda: any("1 report was written" in n.sentence for n in room.notices))
    (written,) = folder.iterdir()
    assert "The lungs are clear." in written.read_text("utf-8")


def test_what_is_new_since_the_signed_prior(room: ReadingRoom) -> None:
    current, prior = with_prior(room)
    room.do("report.since_prior")
    room.wait(lambda: any("signed report" in n.sentence for n in room.notices))
    room.show_study(prior)
    write(room, "Small left pleural effusion.", "Cardiothoracic ratio 0.51 on a PA film.")
    sign(room)
    room.show_study(current)
    write(room, "No pleural effusion.", "Cardiothoracic ratio 0.56 on a PA film.")
    room.desk.report.add(Section.FINDINGS, "Right upper lobe nodule.")
    room.do("report.since_prior")
    card = room.view.past_report
    room.wait(lambda: card.isVisible() and card.pages.currentWidget() is card.since)
    shown = card.since.text
    order = [shown.index(word) for word in ("New", "Nodule", "Gone", EFFUSION, "Numbers")]
    assert order == sorted(order)
    assert "0.51 → 0.56" in shown
    ratio = next(s for s in room.report.sentences if "0.56" in s.text)
    room.desk.report.set_text(ratio.id, "Cardiothoracic ratio 0.58 on a PA film.")
    room.wait(lambda: "0.51 → 0.58" in card.since.text)
    assert card.tabs[0].isVisible()
    assert not card.other_patient.isVisible()


def test_hidden_names_are_hidden_in_the_comparison_too(room: ReadingRoom) -> None:
    current, prior = with_prior(room)
    room.show_study(prior)
    write(room, "Small left pleural effusion.")
    sign(room)
    room.show_study(current)
    row = room.desk.history.rows[0]
    room.do("window.hide_names")
    room.wait(lambda: room.context.session.hides_names)
    room.wait(lambda: room.desk.report.report is not None)
    room.do("report.since_prior")
    card = room.view.past_report
    room.wait(card.isVisible)
    assert row.patient_name not in card.name.text()


def test_an_export_says_how_far_it_is_and_can_be_stopped(
    room: ReadingRoom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(room, "No pleural effusion.")
    history, panel = room.desk.history, room.view.left.history
    room.do("file.past_reports")
    room.wait(lambda: bool(history.rows))
    past = room.desk.workspace.past_reports

    def endless(_ids: object, *_rest: object, progress: ProgressSink, cancel: CancelToken) -> None:
        progress(Progress(done=3, total=40, message="3 of 40 written"))
        while not cancel.is_cancelled:
            time.sleep(0.01)
        raise CancelledError("Stopped after 3 of 40 reports.")

    monkeypatch.setattr(past, "export", endless)
    history.export([history.rows[0].id], tmp_path, ExportForm.TEXT)
    room.wait(lambda: "3 of 40" in panel.progress.message)
    assert panel.stop.isVisible()
    assert not panel.export.isEnabled()
    panel.stop.click()
    room.wait(lambda: not panel.stop.isVisible())
    assert "Stopped after 3" in room.notices[-1].sentence
    assert panel.export.isEnabled()


def test_a_long_list_takes_no_widget_for_each_report_and_stays_where_it_is(
    room: ReadingRoom,
) -> None:
    write(room, "No pleural effusion.")
    history, panel = room.desk.history, room.view.left.history
    room.do("file.past_reports")
    room.wait(lambda: bool(history.rows))
    row, before = history.rows[0], len(panel.findChildren(QWidget))
    history._rows = tuple(replace(row, id=ReportId(f"r{number}")) for number in range(500))
    panel.refresh()
    assert len(panel.findChildren(QWidget)) == before
    panel.view.setFocus()
    panel.view.setCurrentRow(250)
    bar = panel.view.verticalScrollBar()
    place = bar.value()
    panel.refresh()
    assert (panel.view.currentRow(), bar.value()) == (250, place)
