"""What a sentence rests on, in the window: cells on the film, the grade in words, and back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest

from engine.domain.evidence import GRADE_WORDS, NO_AREAS_DRAWN, EvidenceGrade
from engine.domain.report import Section, SentenceState
from engine.domain.tested import CHANGED
from viewer.theme.tokens import DARK

SAYS = "no consolidation . large effusion ."


def shows_cells(view) -> bool:
    """Whether more than a few pixels of the view are as blue as evidence and little else is.

    A line that falls between two rows of pixels is darker: within 25, views of every fourth height
    had 13 such pixels, within 35 they have over a thousand. The frame of the view with the focus is
    39 away.
    """
    picture = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), -1)
    colours = rows[:, : 3 * picture.width()].reshape(-1, 3).astype(int)
    wanted = QColor(DARK.evidence)
    away = np.abs(colours - [wanted.red(), wanted.green(), wanted.blue()]).max(axis=1)
    return int((away < 35).sum()) > 50


def positive(room):
    return next(s for s in room.report.sentences if s.text == "Large effusion.")


def test_the_sentence_in_focus_has_its_cells_and_a_normal_one_none(room_saying):
    room = room_saying(SAYS, draws_cells=True)
    room.draft()
    room.view.report.show_sentence(room.report.sentences[0].id)
    view = room.view.views.views[0]
    assert not shows_cells(view)
    room.press("N")
    assert room.view.report.focused_row.sentence == positive(room)
    assert shows_cells(view)
    notes = room.view.report.focused_row.notes.notes
    assert [n.words for n in notes] == ["Not shown to depend on the dashed image areas."]
    view.state.placement.zoom_by(8)
    view.state.placement.pan_by(20_000, 20_000)
    assert not shows_cells(view)
    room.view.report.show_sentence(room.report.sentences[0].id)
    room.press("N")
    assert shows_cells(view), "the film follows the sentence"
    view.state.placement.fit()
    view.setFocus()
    assert shows_cells(view), "they stay while the reader looks at the film"
    room.press("G")
    assert not shows_cells(view)
    room.press("G")
    room.do("view.rotate_right")
    assert shows_cells(view)


def test_alt_click_on_a_cell_goes_to_its_sentence(room_saying):
    room = room_saying(SAYS, draws_cells=True)
    room.draft()
    region = room.desk.evidence.of(positive(room)).regions[0]
    films = room.desk.films.films
    index = [f.image.sop_uid for f in films].index(region.film)
    view = room.view.views.views[index]
    x, y = view.state.placement.geometry.to_view(
        (region.left + region.right) / 2, (region.top + region.bottom) / 2
    )
    place = QPoint(round(x), round(y))
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert room.view.report.focused_row is None
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier, place)
    assert room.view.report.focused_row.sentence == positive(room)


def test_cells_that_were_not_measured_well_are_not_drawn_but_graded(room_saying):
    room = room_saying(SAYS)
    room.draft()
    room.view.report.show_sentence(positive(room).id)
    assert room.desk.evidence.focused is not None
    assert not shows_cells(room.view.views.views[0])
    assert room.view.report.focused_row.notes.notes == (), "not said under each sentence"
    assert not any(GRADE_WORDS[False, grade] for grade in EvidenceGrade), "of whatever grade"
    caption = room.view.report.sections[Section.FINDINGS].caption
    assert caption.count(NO_AREAS_DRAWN) == 1, "but once, in the draft's head"
    region = room.desk.evidence.focused.regions[0]
    middle = ((region.left + region.right) / 2, (region.top + region.bottom) / 2)
    assert room.desk.evidence.sentences_at(region.film, *middle) == ()
    view = room.view.views.views[0]
    place = QPoint(view.width() // 2, view.height() // 2)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier, place)
    assert "No image areas" in room.notices[-1].sentence


def test_words_that_were_changed_are_said_to_be_others_than_were_tested(room_saying):
    room = room_saying(SAYS, draws_cells=True)
    room.draft()
    sentence, view = positive(room), room.view.views.views[0]
    room.desk.report.set_text(sentence.id, "Large effusion on the left.")
    room.view.report.show_sentence(sentence.id)
    assert not shows_cells(view)
    assert room.desk.evidence.words_for(room.report.sentence(sentence.id)) == CHANGED
    assert CHANGED in [note.words for note in room.view.report.focused_row.notes.notes]


def test_what_the_model_was_split_about_stays_with_its_sentence(room_saying):
    room = room_saying(SAYS)
    room.draft()
    report, sentence = room.desk.report, positive(room)
    split = tuple(replace(s, alternative="No " + s.text.lower()) for s in report.draft.sentences)
    report._draft = replace(report.draft, sentences=split)
    room.view.report.show_sentence(sentence.id)

    def said():
        notes = room.view.report.focused_row.notes.notes
        return [n.words for n in notes if "alternative" in n.words]

    report.changed.emit()
    assert said() == ["AI alternative: “No large effusion.”"]
    report.split(sentence.id, len("Large"))
    assert room.view.report.focused_row.sentence.text == "Large"
    assert said() == ["AI alternative to its draft: “No large effusion.”"]
    for one in room.report.unreviewed:
        report.reject(one.id)
    rejected = [r for r in room.view.report.rows if r.sentence.state is SentenceState.AI_REJECTED]
    assert rejected
    assert not [n for r in rejected for n in r.notes.notes if "alternative" in n.words]
