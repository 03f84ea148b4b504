"""Reports of other systems in the window: listed, read beside, compared with, never another's."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from testkit.dicom_files import chest_like, write_film
from testkit.prior_documents import (
    foreign_report,
    own_measurements,
    own_pdf,
    own_report,
    printed,
    write_document,
)
from testkit.reading_room import ReadingRoom
from testkit.report_documents import FILM_UID

from engine.domain.report import SentenceState

STUDY, OTHER = "1.2.3", "1.2.4"
PRIOR = "1.2.2"
PICTURES = "NEGATOSCOPE_PICTURES"
"""Variable naming a folder for pictures to look at."""


@pytest.fixture
def opened(room: ReadingRoom, tmp_path: Path) -> ReadingRoom:
    """The room on a film of 2024, with three documents of its patient and two of others."""
    folder = tmp_path / "cd"
    small = chest_like(64, 48)
    write_film(folder / "film.dcm", small, StudyInstanceUID=STUDY)
    write_film(folder / "other.dcm", small, StudyInstanceUID=OTHER, PatientID="T-2")
    write_document(folder / "a.dcm", own_report(), StudyInstanceUID=PRIOR)
    pdf = own_pdf(printed("First page", "Second page"))
    write_document(folder / "b.dcm", pdf, StudyDate="20190101")
    write_document(folder / "c.dcm", foreign_report(), StudyDate="20240203", StudyInstanceUID=STUDY)
    write_document(folder / "d.dcm", own_report(), PatientID="T-2")
    write_document(folder / "e.dcm", own_report(), PatientBirthDate="19600103")
    write_document(folder / "later.dcm", own_report(), StudyDate="20250101")
    room.desk.library.add([folder])
    room.wait(lambda: not room.desk.library.is_scanning)
    show(room, STUDY, 3)
    return room


def show(room: ReadingRoom, uid: str, count: int) -> None:
    room.show_study(uid)
    room.wait(lambda: len(room.desk.prior_documents.documents) == count)


def choose(room: ReadingRoom, row: int) -> None:
    """Open a document of the list by keyboard."""
    view = room.view.left.studies.documents.view
    view.setCurrentRow(row)
    QTest.keyClick(view, Qt.Key.Key_Return)
    room.wait(room.view.prior_document.isVisible)


def rows(room: ReadingRoom) -> list[str]:
    view = room.view.left.studies.documents.view
    return [view.item(row).text() for row in range(view.count())]


def test_documents_of_the_patient_are_listed_read_and_compared_with(opened: ReadingRoom) -> None:
    assert rows(opened) == [
        "2024-02-03  ·  THIS STUDY\nReport  ·  partial, not verified",
        "2020-02-03  ·  PRIOR\nReport  ·  complete, verified",
        "2019-01-01  ·  PRIOR\nPDF  ·  Chest radiograph report",
    ]
    choose(opened, 0)
    card = opened.view.prior_document
    assert card.text.text.splitlines()[:2] == ["Findings", "One nodule"]
    assert "partial, not verified" in card.state_line.text()
    assert not card.link.isVisible(), "a report of this very study is no prior"
    choose(opened, 1)
    opened.wait(lambda: "The lungs are clear." in card.text.text)
    assert opened.report.prior_uid is None
    card.link.click()
    assert opened.report.prior_uid == PRIOR
    assert not card.link.isEnabled()
    choose(opened, 2)
    opened.wait(lambda: card.page_label.text() == "Page 1 of 2")
    dark, width = grey(card.picture.pixmap().toImage()), card.picture.width()
    assert np.median(dark) == 0
    card.dark.click()
    assert np.median(grey(card.picture.pixmap().toImage())) == 255
    card.next.click()
    opened.wait(lambda: card.page_label.text() == "Page 2 of 2")
    assert not card.next.isEnabled()
    card.larger.click()
    opened.wait(lambda: card.picture.width() > 1.4 * width)
    assert card.page_label.text() == "Page 2 of 2"
    card.close_card.click()
    assert not card.isVisible()


def grey(image: QImage) -> np.ndarray:
    plain = image.convertToFormat(QImage.Format.Format_Grayscale8)
    return np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), -1).copy()


def test_what_is_gone_hidden_or_of_another_patient_is_not_shown(
    opened: ReadingRoom, tmp_path: Path
) -> None:
    state, card = opened.desk.prior_documents, opened.view.prior_document

    def refused() -> str:
        opened.notices.clear()
        state.open(state.documents[1])
        opened.wait(lambda: bool(opened.notices))
        assert not card.isVisible()
        return opened.notices[-1].sentence

    choose(opened, 1)
    opened.desk.toggle_names()
    opened.wait(lambda: len(rows(opened)) == 3 and "radiograph" not in str(rows(opened)))
    assert not card.isVisible()
    assert "names are hidden" in refused()
    opened.desk.toggle_names()
    opened.wait(lambda: "radiograph" in str(rows(opened)))
    choose(opened, 0)
    (tmp_path / "cd" / "a.dcm").unlink()
    card.close_card.click()
    assert "cannot be found" in refused()
    choose(opened, 0)
    show(opened, OTHER, 1)
    assert not card.isVisible()
    assert card.text.text == ""
    (theirs,) = state.documents
    assert theirs.patient.patient_id == "T-2"


@pytest.mark.parametrize("newest", ["report", "films"])
def test_p_links_whichever_prior_is_newest(
    room_saying: Callable[..., ReadingRoom], tmp_path: Path, newest: str
) -> None:
    room = room_saying("there is an unchanged effusion .")
    film, folder = chest_like(480, 400), tmp_path / "cd"
    earlier = "20210101" if newest == "films" else "20190101"
    write_film(folder / "film.dcm", film, StudyInstanceUID=STUDY)
    write_film(folder / "b.dcm", film, StudyInstanceUID="1.2.1", StudyDate=earlier)
    write_document(folder / "a.dcm", own_report(), StudyInstanceUID=PRIOR)
    room.desk.library.add([folder])
    room.wait(lambda: not room.desk.library.is_scanning)
    show(room, STUDY, 1)
    room.draft()
    room.wait(lambda: room.desk.guards.is_current)
    row = room.view.report.rows[0]
    row.setFocus()
    room.wait(lambda: "P" in row.notes.keys)
    offered = next(a.text for note in row.notes.notes for a in note.answers if a.key == "P")
    assert offered == ("Link 2021-01-01" if newest == "films" else "Link report 2020-02-03")
    room.press(Qt.Key.Key_P)
    assert room.report.prior_uid == ("1.2.1" if newest == "films" else PRIOR)
    room.wait(lambda: "P" not in row.notes.keys)
    room.press(Qt.Key.Key_A)
    assert room.report.sentences[0].state is SentenceState.AI_ACCEPTED


def test_what_others_measured_is_drawn_as_theirs_while_their_report_is_open(
    room: ReadingRoom, tmp_path: Path
) -> None:
    folder = tmp_path / "cd"
    named = {"StudyInstanceUID": STUDY, "SOPInstanceUID": FILM_UID}
    write_film(folder / "film.dcm", chest_like(240, 200), **named)
    write_document(folder / "theirs.dcm", own_measurements(), StudyInstanceUID=STUDY)
    room.desk.library.add([folder])
    room.wait(lambda: not room.desk.library.is_scanning)
    show(room, STUDY, 1)
    viewport = room.view.views.views[0]

    def film() -> np.ndarray:
        """The viewport without its frame, which follows the focus."""
        return grey(viewport.grab().toImage())[40:-40, 40:-40].copy()

    before, reported = film(), room.report
    choose(room, 0)
    room.wait(lambda: len(room.desk.annotations.theirs_on(FILM_UID)) == 2)
    assert (film() != before).any()
    if PICTURES in os.environ:
        viewport.grab().save(str(Path(os.environ[PICTURES]) / "theirs.png"))
    card = room.view.prior_document
    assert "drawn on their films, dashed" in card.text.text
    assert "Not shown" not in card.text.text
    assert room.desk.annotations.of_film(FILM_UID) == ()
    assert room.report == reported
    size = viewport.size()
    card.close_card.click()
    room.wait(lambda: viewport.size() == size)
    assert room.desk.annotations.theirs_on(FILM_UID) == ()
    room.wait(lambda: bool((film() == before).all()))
