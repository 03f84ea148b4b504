"""The light box in the window: five layouts by key, the prior by its key, the whole screen."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.domain.study import View
from viewer.actions.layout import layout_id
from viewer.panels.flicker import HOLD_MS
from viewer.state.hanging import Layout

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def reader(room):
    """The patient with a study of two views and two priors of the frontal one."""
    newest = next(r for r in room.context.library.rows if "Nunez" in plain(r.patient.name))
    room.show_study(newest.uid)
    room.window.views.active_view.setFocus()
    return room


def plain(name):
    return name.replace("ú", "u").replace("ñ", "n")


def hung(room):
    return [(f.image.view, f.is_prior, f.row, f.column) for f in room.context.films.films]


def visible(room):
    return [view.isVisible() for view in room.window.views.views]


def test_each_f_key_hangs_its_layout_at_one_scale(reader):
    frontal = View.FRONTAL
    wanted = {
        "F3": (Layout.SINGLE, [(frontal, False, 0, 0)]),
        "F4": (Layout.PRIOR, [(frontal, False, 0, 0), (frontal, True, 0, 1)]),
        "F8": (
            Layout.TIMELINE,
            [(frontal, False, 0, 0), (frontal, True, 0, 1), (frontal, True, 0, 2)],
        ),
    }
    for key, (layout, films) in wanted.items():
        reader.press(getattr(Qt.Key, f"Key_{key}"))
        reader.wait_for_films()
        assert reader.context.films.layout is layout
        assert hung(reader) == films
        assert visible(reader) == [place < len(films) for place in range(4)]
        assert reader.window.registry.action(layout_id(layout)).isChecked()
        states = reader.window.views.states[: len(films)]
        scales = [state.pixels_per_mm for state in states]
        assert scales == pytest.approx([scales[0]] * len(films))
        widths = {view.width() for view in reader.window.views.views[: len(films)]}
        assert max(widths) - min(widths) <= 1


def test_films_of_one_view_move_together_until_unlinked(reader):
    reader.press(Qt.Key.Key_F4)
    reader.wait_for_films()
    left, right = reader.window.views.states[:2]
    reader.press("+")
    assert right.pixels_per_mm == pytest.approx(left.pixels_per_mm)
    assert not right.is_fitted
    reader.press("J")
    assert not reader.window.registry.action("layout.link").isChecked()
    reader.press("F")
    assert left.is_fitted
    assert not right.is_fitted


def test_the_priors_key_held_shows_the_prior_in_the_films_place(reader):
    reader.press(Qt.Key.Key_F3)
    reader.wait_for_films()
    window, flicker = reader.window, reader.window.flicker
    reader.press("+")
    QTest.keyPress(window.views.active_view, Qt.Key.Key_P)
    reader.wait(lambda: flicker.state.pixels is not None)
    assert flicker.view.geometry() == window.views.active_view.geometry()
    assert "PRIOR" in flicker.state.caption.badges
    assert flicker.state.pixels_per_mm == pytest.approx(window.views.active.pixels_per_mm)
    reader.wait(lambda: not flicker._tap.isActive())
    QTest.keyRelease(window.views.active_view, Qt.Key.Key_P)
    assert not flicker.is_held
    assert not flicker.view.isVisible()
    assert hung(reader) == [(View.FRONTAL, False, 0, 0)]


def test_the_priors_key_tapped_hangs_it_beside_and_takes_it_down(reader):
    reader.press(Qt.Key.Key_F3)
    reader.wait_for_films()
    reader.press("P")
    reader.wait_for_films()
    assert [film.is_prior for film in reader.context.films.films] == [False, True]
    reader.press("P")
    reader.wait_for_films()
    assert not reader.context.films.shows_prior


def test_a_layout_with_priors_is_refused_in_words_where_there_is_none(room):
    alone = next(r for r in room.context.library.rows if "Sato" in r.patient.name)
    room.show_study(alone.uid)
    before = hung(room)
    room.window.views.active_view.setFocus()
    room.press(Qt.Key.Key_F7)
    assert hung(room) == before
    assert room.notices[-1].title == "No prior"
    assert not room.window.registry.action("layout.pairs").isChecked()


def test_other_films_come_into_the_active_place_by_key(reader):
    reader.press(Qt.Key.Key_F3)
    reader.wait_for_films()
    first = reader.context.films.films[0]
    reader.press(Qt.Key.Key_PageDown)
    reader.wait_for_films()
    assert reader.context.films.films[0].image != first.image
    reader.press(Qt.Key.Key_PageUp)
    assert reader.context.films.films[0].image == first.image
    reader.press(Qt.Key.Key_PageUp)
    assert reader.context.films.films[0].image == first.image


def test_the_films_take_the_whole_window_and_the_whole_screen(reader):
    window = reader.window
    width = window.views.width()
    reader.press(Qt.Key.Key_F10)
    reader.wait(lambda: window.views.width() > width)
    assert not window.report.isVisible()
    reader.press(Qt.Key.Key_F10)
    reader.wait(window.report.isVisible)
    reader.press(Qt.Key.Key_F11)
    assert window.isFullScreen()
    assert window.registry.action("window.full_screen").isChecked()
    reader.press(Qt.Key.Key_F11)
    assert not window.isFullScreen()
    reader.press(Qt.Key.Key_F4)
    reader.wait_for_films()
    reader.press(Qt.Key.Key_Return, CTRL)
    assert visible(reader) == [True, False, False, False]
    assert window.views.tabs.isVisible()


def test_list_and_report_come_back_when_a_key_goes_to_them(reader):
    window = reader.window
    for key, held, panel in (
        (Qt.Key.Key_F, CTRL, window.left.studies.search),
        (Qt.Key.Key_H, CTRL, window.left.history.search),
        (Qt.Key.Key_F6, None, window.report),
    ):
        window.views.active_view.setFocus()
        reader.press(Qt.Key.Key_F10)
        assert not panel.isVisible()
        reader.press(key, held)
        reader.wait(panel.isVisible)
        assert panel.hasFocus() or panel.isAncestorOf(reader.focus)
        assert not window.registry.action("window.films_only").isChecked()


def test_keys_that_can_do_nothing_say_why(room):
    rows = room.context.library.rows
    room.show_study(rows[-1].uid)
    room.window.views.active_view.setFocus()
    room.press(Qt.Key.Key_Down, CTRL)
    assert room.notices[-1].sentence == "This is the last study of the list."
    alone = next(r for r in rows if not room.context.session.workspace.library.priors(r.uid))
    room.show_study(alone.uid)
    view = room.window.views.active_view
    view.setFocus()
    QTest.keyPress(view, Qt.Key.Key_P)
    room._qtbot.wait(HOLD_MS + 50)
    QTest.keyRelease(view, Qt.Key.Key_P)
    assert room.notices[-1].title == "No prior"


def test_a_layout_that_was_asked_for_is_not_folded_on_a_narrow_window(reader):
    reader.window.resize(1366, 768)
    reader.wait(lambda: reader.window.left.is_folded)
    reader.press(Qt.Key.Key_F4)
    reader.wait_for_films()
    assert visible(reader) == [True, True, False, False]


def test_the_tools_fit_the_narrowest_window_without_their_names(reader):
    window = reader.window
    window.resize(960, 540)
    reader.wait(lambda: window.width() == 960)
    row = window.tools
    assert row.draft.geometry().right() <= row.width()
    assert row.draft.width() >= row.draft.minimumSizeHint().width()
    assert (window.width(), window.height()) == (960, 540)
    window.left.show_studies()
    view = window.left.studies.view
    reader.wait(lambda: view.height() >= 120)


def test_on_a_narrow_window_the_film_in_front_is_as_large_as_its_view(room):
    room.window.resize(1366, 768)
    room.wait(room.window.views.tabs.isVisible)
    film = room.window.views.active
    assert film.geometry is not None, film.message
    left, top, right, bottom = film.geometry.view_extent
    width, height = film.view_size
    assert max((right - left) / width, (bottom - top) / height) > 0.9
    room.press(Qt.Key.Key_Tab)
    other = room.window.views.active
    assert other is not film
    assert other.pixels_per_mm == pytest.approx(film.pixels_per_mm, rel=0.01)
