"""What a sentence rests on, in the window: cells on the film, the grade in words, and back."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest

from viewer.theme.tokens import DARK

SAYS = "no consolidation . large effusion ."


def evidence_pixels(view) -> int:
    """Pixels of the view that are as blue as evidence and nothing else on a film is."""
    picture = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), -1)
    colours = rows[:, : 3 * picture.width()].reshape(-1, 3).astype(int)
    wanted = QColor(DARK.evidence)
    away = np.abs(colours - [wanted.red(), wanted.green(), wanted.blue()]).max(axis=1)
    return int((away < 25).sum())


def positive(room):
    return next(s for s in room.report.sentences if s.text == "Large effusion.")


def test_the_sentence_in_focus_has_its_cells_and_a_normal_one_none(room_saying):
    room = room_saying(SAYS, draws_cells=True)
    room.draft()
    room.window.report.show_sentence(room.report.sentences[0].id)
    view = room.window.views.views[0]
    assert evidence_pixels(view) == 0
    room.press("N")
    assert room.window.report.focused_row.sentence == positive(room)
    assert evidence_pixels(view) > 50
    notes = room.window.report.focused_row.notes.notes
    assert [n.words for n in notes] == ["Not shown to rest on the dashed cells."]
    view.state.zoom_by(8)
    view.state.pan_by(20_000, 20_000)
    assert evidence_pixels(view) == 0
    room.window.report.show_sentence(room.report.sentences[0].id)
    room.press("N")
    assert evidence_pixels(view) > 50, "the film follows the sentence"
    view.state.fit()
    view.setFocus()
    assert evidence_pixels(view) > 50, "they stay while the reader looks at the film"
    room.press("G")
    assert evidence_pixels(view) == 0
    room.press("G")
    room.do("view.rotate_right")
    assert evidence_pixels(view) > 50


def test_alt_click_on_a_cell_goes_to_its_sentence(room_saying):
    room = room_saying(SAYS, draws_cells=True)
    room.draft()
    region = room.context.evidence.of(positive(room)).regions[0]
    films = room.context.films.films
    index = [f.image.sop_uid for f in films].index(region.film)
    view = room.window.views.views[index]
    x, y = view.state.geometry.to_view(
        (region.left + region.right) / 2, (region.top + region.bottom) / 2
    )
    place = QPoint(round(x), round(y))
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert room.window.report.focused_row is None
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier, place)
    assert room.window.report.focused_row.sentence == positive(room)


def test_cells_that_were_not_measured_well_are_not_drawn_but_graded(room_saying):
    room = room_saying(SAYS)
    room.draft()
    room.window.report.show_sentence(positive(room).id)
    assert room.context.evidence.focused is not None
    assert evidence_pixels(room.window.views.views[0]) == 0
    (note,) = room.window.report.focused_row.notes.notes
    assert note.words == "Not shown to rest on the places that the model looked at."
    region = room.context.evidence.focused.regions[0]
    middle = ((region.left + region.right) / 2, (region.top + region.bottom) / 2)
    assert room.context.evidence.sentences_at(region.film, *middle) == ()
    view = room.window.views.views[0]
    place = QPoint(view.width() // 2, view.height() // 2)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier, place)
    assert "not shown" in room.notices[-1].sentence
