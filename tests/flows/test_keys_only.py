"""A patient's film and two priors, read from the first question to the signature by keys alone.

Nothing here touches the mouse or calls a command: every step is a key where the keyboard is.
"""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from testkit.reading_room import ReadingRoom
from testkit.tiny_bundle import write_tiny_bundle

from engine import paths
from engine.domain.annotation_kind import AnnotationKind
from engine.domain.report import ReportStatus, SentenceSource
from viewer.dialogs.first_start import FirstStart
from viewer.dialogs.sign import SignSheet
from viewer.panels.flicker import HOLD_MS
from viewer.state.layout import Layout

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
SAYS = "moderate left pleural effusion . the effusion is unchanged . the heart is normal ."


@pytest.fixture
def desk(qtbot, tmp_path, monkeypatch):
    """A window on no workspace yet."""
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setattr(paths, "model_bundle", lambda: tmp_path / "saying")
    write_tiny_bundle(tmp_path / "saying", says=SAYS)
    room = ReadingRoom(qtbot, tmp_path / "window.ini")
    yield room
    room.close()


def test_a_film_and_two_priors_are_read_and_signed_by_keys(desk):
    open_the_demo(desk)
    find_the_patient(desk)
    hang_and_look(desk)
    measure(desk)
    review(desk)
    sign(desk)
    go_on(desk)


def open_the_demo(room):
    """The first question is answered without a passphrase."""
    room.window.ask_for_workspace(paths.default_workspace(), has_workspace=False)
    sheet = room.sheet(FirstStart)
    until_focused(room, sheet.demo)
    room.press(Qt.Key.Key_Space)
    room.wait(lambda: room.context.desk is not None)
    room.wait(lambda: room.desk.library.has_read and bool(room.desk.library.rows))
    room.wait(room.window.isActiveWindow)


def find_the_patient(room):
    """Search by name, go down into the list, open the newest study."""
    room.press(Qt.Key.Key_F, CTRL)
    room.type("Núñez")
    room.wait(lambda: len(room.desk.library.rows) == 3)
    room.press(Qt.Key.Key_Down)
    room.press(Qt.Key.Key_Return)
    room.wait(lambda: room.desk.report.report is not None)
    room.wait_for_films()
    room.wait(room.view.views.active_view.hasFocus)
    assert room.desk.library.study.study_date.isoformat() == "2026-03-18"
    assert len(room.desk.library.priors) == 2


def hang_and_look(room):
    """Three films, their window and place, the prior in the film's own place, the loupe."""
    films, views = room.desk.films, room.view.views
    room.press(Qt.Key.Key_F8)
    room.wait_for_films()
    assert films.layout is Layout.TIMELINE
    assert [film.is_prior for film in films.films] == [False, True, True]
    assert len({film.study.uid for film in films.films}) == 3
    for expected in (1, 2, 0):
        room.press(Qt.Key.Key_Tab)
        assert views.active_index == expected
    room.press("0")
    before = views.active.grey.window
    room.press(Qt.Key.Key_Right)
    room.press(Qt.Key.Key_Up)
    assert views.active.grey.window.width > before.width
    assert views.active.grey.window.center < before.center, "up is brighter"
    room.press("T")
    room.press(Qt.Key.Key_Right)
    assert views.active.presentation.pan[0] > 0
    room.press("Z")
    zoom = views.active.placement.zoom
    room.press(Qt.Key.Key_Up)
    assert views.active.placement.zoom > zoom
    room.press("F")
    room.press("W")
    look_through_the_loupe(room)
    flicker(room)


def look_through_the_loupe(room):
    view = room.view.views.active_view
    QTest.keyPress(room.focus, "M")
    start = view.loupe.position
    room.press(Qt.Key.Key_Left)
    room.press(Qt.Key.Key_Down)
    assert (view.loupe.position[0] < start[0], view.loupe.position[1] > start[1]) == (True, True)
    QTest.keyRelease(room.focus, "M")
    assert view.loupe.position is None


def flicker(room):
    """`P` held shows the prior in the film's place."""
    views, flicker = room.view.views, room.view.flicker
    own = views.active.film.image
    QTest.keyPress(room.focus, "P")
    room.wait(lambda: flicker.view.isVisible() and flicker.state.film.pixels is not None)
    QTest.qWait(HOLD_MS + 50)
    assert flicker.view.isVisible()
    assert flicker.state.film.image != own
    QTest.keyRelease(room.focus, "P")
    assert not flicker.view.isVisible()
    assert views.active.film.image == own


def measure(room):
    """A length, moved by one of its points; a cardiothoracic ratio; words; a key image."""
    annotations, views = room.desk.annotations, room.view.views
    film = views.active.film.image.sop_uid
    room.press("D")
    assert views.active.in_view.hint.startswith("Length")
    for way in (Qt.Key.Key_Left, Qt.Key.Key_Right):
        room.press(way)
        for _ in range(3):
            room.press(way)
        room.press(Qt.Key.Key_Return)
    (length,) = annotations.of_film(film)
    assert length.kind is AnnotationKind.LENGTH
    assert length.points[0].y == pytest.approx(length.points[1].y)

    room.press("N")  # the new annotation was selected: now none is
    room.press("N")
    room.press("N", SHIFT)
    room.press(Qt.Key.Key_Up, SHIFT)
    room.press(Qt.Key.Key_Up, SHIFT)
    moved = annotations.of_film(film)[0]
    assert moved.points[0].y < length.points[0].y
    assert moved.points[1] == length.points[1]
    room.press("Z", CTRL)
    room.press("Z", CTRL)
    assert annotations.of_film(film)[0].points == length.points
    room.press(Qt.Key.Key_Escape)
    assert annotations.selected is None

    room.press("C")
    for ways in ("U" * 8, "D" * 14, "UUUULLLL", "RRRRRRRR", "LLLLLLLLLLLL", "R" * 16):
        walk(room, ways)
        room.press(Qt.Key.Key_Return)
    assert [annotation.kind for annotation in annotations.of_film(film)][
        -1
    ] is AnnotationKind.CARDIOTHORACIC
    room.press(Qt.Key.Key_M, CTRL)
    room.wait(lambda: any(s.source is SentenceSource.MEASUREMENT for s in room.report.sentences))

    room.press("B")
    room.press(Qt.Key.Key_Return)
    room.press(Qt.Key.Key_Return)
    room.type("Compare")
    room.press(Qt.Key.Key_Return)
    assert annotations.of_film(film)[-1].text == "Compare"
    assert views.active_view.hasFocus()
    room.press("K")
    assert annotations.is_key(film)


def walk(room, ways):
    keys = {"U": "Key_Up", "D": "Key_Down", "L": "Key_Left", "R": "Key_Right"}
    for way in ways:
        room.press(Qt.Key[keys[way]])


def review(room):
    """Draft, answer the side and the comparison, accept, write the impression."""
    room.press(Qt.Key.Key_F5)
    room.wait(lambda: room.report.draft_id is not None)
    room.wait(lambda: room.desk.guards.is_current)
    row = room.view.report.focused_row
    assert row is not None, "the keyboard is on the first drafted sentence"
    room.press("L")
    room.press("A")
    room.wait(lambda: room.desk.guards.is_current)
    room.press("P")
    room.wait(lambda: room.desk.guards.is_current)
    while room.report.unreviewed:
        room.press("A")
    room.wait(lambda: room.desk.guards.is_current)
    assert not room.desk.guards.result.blocking


def sign(room):
    room.press(Qt.Key.Key_F, CTRL | SHIFT)
    room.sheet(SignSheet)
    room.type("demo")
    room.press(Qt.Key.Key_Return)
    room.press(Qt.Key.Key_Return)
    room.wait(lambda: room.report.status is ReportStatus.FINAL)
    room.wait(room.window.isActiveWindow)


def go_on(room):
    """To the next study; and the menu, which has what no key has."""
    signed = room.desk.library.study.uid
    room.press(Qt.Key.Key_Down, CTRL)
    room.wait(lambda: room.desk.library.study.uid != signed)
    room.press(Qt.Key.Key_F12)
    room.wait(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    QTest.keyClick(menu, Qt.Key.Key_Down)
    assert menu.activeAction() is menu.actions()[0]
    QTest.keyClick(menu, Qt.Key.Key_Escape)
    room.wait(lambda: QApplication.activePopupWidget() is None)


def until_focused(room, wanted):
    """Press Tab until a control has the keyboard; it must come up within one round."""
    seen = [room.focus]
    while seen[-1] is not wanted:
        room.press(Qt.Key.Key_Tab)
        assert room.focus is not seen[0], f"{wanted} is not on the way of Tab"
        seen.append(room.focus)
    assert all(before is not after for before, after in pairwise(seen))
