"""The light box in the window: five layouts by key, the prior by its key, the whole screen."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.domain.study import View
from viewer.actions.layout import layout_id
from viewer.panels.flicker import HOLD_MS
from viewer.state.layout import Layout

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def reader(room):
    """The patient with a study of two views and two priors of the frontal one."""
    newest = next(r for r in room.desk.library.rows if "Nunez" in plain(r.patient.name))
    room.show_study(newest.uid)
    room.view.views.active_view.setFocus()
    return room


def plain(name):
    return name.replace("ú", "u").replace("ñ", "n")


def hung(room):
    return [(f.image.view, f.is_prior, f.row, f.column) for f in room.desk.films.films]


def visible(room):
    return [view.isVisible() for view in room.view.views.views]


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
        assert reader.desk.films.layout is layout
        assert hung(reader) == films
        assert visible(reader) == [place < len(films) for place in range(4)]
        assert reader.window.registry.action(layout_id(layout)).isChecked()
        states = reader.view.views.states[: len(films)]
        scales = [state.placement.pixels_per_mm for state in states]
        assert scales == pytest.approx([scales[0]] * len(films))
        widths = {view.width() for view in reader.view.views.views[: len(films)]}
        assert max(widths) - min(widths) <= 1


def test_films_of_one_view_move_together_until_unlinked(reader):
    reader.press(Qt.Key.Key_F4)
    reader.wait_for_films()
    left, right = reader.view.views.states[:2]
    reader.press("+")
    assert right.placement.pixels_per_mm == pytest.approx(left.placement.pixels_per_mm)
    assert not right.placement.is_fitted
    reader.press("J")
    assert not reader.window.registry.action("layout.link").isChecked()
    reader.press("F")
    assert left.placement.is_fitted
    assert not right.placement.is_fitted


def test_the_priors_key_held_shows_the_prior_in_the_films_place(reader):
    reader.press(Qt.Key.Key_F3)
    reader.wait_for_films()
    panels, flicker = reader.view, reader.view.flicker
    reader.press("+")
    QTest.keyPress(panels.views.active_view, Qt.Key.Key_P)
    reader.wait(lambda: flicker.state.film.pixels is not None)
    assert flicker.view.geometry() == panels.views.active_view.geometry()
    assert "PRIOR" in flicker.state.film.caption.badges
    assert flicker.state.placement.pixels_per_mm == pytest.approx(
        panels.views.active.placement.pixels_per_mm
    )
    reader.wait(lambda: not flicker._tap.isActive())
    QTest.keyRelease(panels.views.active_view, Qt.Key.Key_P)
    assert not flicker.view.isVisible()
    assert hung(reader) == [(View.FRONTAL, False, 0, 0)]


def test_the_priors_key_tapped_hangs_it_beside_and_takes_it_down(reader):
    reader.press(Qt.Key.Key_F3)
    reader.wait_for_films()
    reader.press("P")
    reader.wait_for_films()
    assert [film.is_prior for film in reader.desk.films.films] == [False, True]
    reader.press("P")
    reader.wait_for_films()
    assert not reader.desk.films.shows_prior


def test_a_layout_with_priors_is_refused_in_words_where_there_is_none(room):
    alone = next(r for r in room.desk.library.rows if "Sato" in r.patient.name)
    room.show_study(alone.uid)
    before = hung(room)
    room.view.views.active_view.setFocus()
    room.press(Qt.Key.Key_F7)
    assert hung(room) == before
    assert room.notices[-1].title == "No prior"
    assert not room.window.registry.action("layout.pairs").isChecked()


def test_other_films_come_into_the_active_place_by_key(reader):
    reader.press(Qt.Key.Key_F3)
    reader.wait_for_films()
    first = reader.desk.films.films[0]
    reader.press(Qt.Key.Key_PageDown)
    reader.wait_for_films()
    assert reader.desk.films.films[0].image != first.image
    reader.press(Qt.Key.Key_PageUp)
    assert reader.desk.films.films[0].image == first.image
    reader.press(Qt.Key.Key_PageUp)
    assert reader.desk.films.films[0].image == first.image


def test_the_films_take_the_whole_window_and_the_whole_screen(reader):
    window, panels = reader.window, reader.view
    width = panels.views.width()
    reader.press(Qt.Key.Key_F10)
    reader.wait(lambda: panels.views.width() > width)
    assert not panels.report.isVisible()
    reader.press(Qt.Key.Key_F10)
    reader.wait(panels.report.isVisible)
    reader.press(Qt.Key.Key_F11)
    assert window.isFullScreen()
    assert window.registry.action("window.full_screen").isChecked()
    reader.press(Qt.Key.Key_F11)
    assert not window.isFullScreen()
    reader.press(Qt.Key.Key_F4)
    reader.wait_for_films()
    reader.press(Qt.Key.Key_Return, CTRL)
    assert visible(reader) == [True, False, False, False]
    assert panels.views.tabs.isVisible()


def test_list_and_report_come_back_when_a_key_goes_to_them(reader):
    window, panels = reader.window, reader.view
    for key, held, panel in (
        (Qt.Key.Key_F, CTRL, panels.left.studies.search),
        (Qt.Key.Key_H, CTRL, panels.left.history.search),
        (Qt.Key.Key_F6, None, panels.report),
    ):
        panels.views.active_view.setFocus()
        reader.press(Qt.Key.Key_F10)
        assert not panel.isVisible()
        reader.press(key, held)
        reader.wait(panel.isVisible)
        assert panel.hasFocus() or panel.isAncestorOf(reader.focus)
        assert not window.registry.action("window.films_only").isChecked()


def test_keys_that_can_do_nothing_say_why(room):
    rows = room.desk.library.rows
    room.show_study(rows[-1].uid)
    room.view.views.active_view.setFocus()
    room.press(Qt.Key.Key_Down, CTRL)
    assert room.notices[-1].sentence == "This is the last study of the list."
    alone = next(r for r in rows if not room.desk.workspace.library.priors(r.uid))
    room.show_study(alone.uid)
    view = room.view.views.active_view
    view.setFocus()
    QTest.keyPress(view, Qt.Key.Key_P)
    room._qtbot.wait(HOLD_MS + 50)
    QTest.keyRelease(view, Qt.Key.Key_P)
    assert room.notices[-1].title == "No prior"


def test_a_layout_that_was_asked_for_is_not_folded_on_a_narrow_window(reader):
    reader.window.resize(1366, 768)
    reader.wait(lambda: reader.view.left.is_folded)
    reader.press(Qt.Key.Key_F4)
    reader.wait_for_films()
    assert visible(reader) == [True, True, False, False]


def test_the_tools_fit_the_narrowest_window_without_their_names(reader):
    window, panels = reader.window, reader.view
    window.resize(960, 540)
    reader.wait(lambda: window.width() == 960)
    row = window.tools
    assert row.draft.geometry().right() <= row.width()
    assert row.draft.width() >= row.draft.minimumSizeHint().width()
    assert (window.width(), window.height()) == (960, 540)
    panels.left.show_studies()
    view = panels.left.studies.view
    reader.wait(lambda: view.height() >= 120)


def test_on_a_narrow_window_the_film_in_front_is_as_large_as_its_view(room):
    room.window.resize(1366, 768)
    room.wait(room.view.views.tabs.isVisible)
    film = room.view.views.active
    assert film.placement.geometry is not None, film.film.message
    left, top, right, bottom = film.placement.geometry.view_extent
    width, height = film.placement.view_size
    assert max((right - left) / width, (bottom - top) / height) > 0.9
    room.press(Qt.Key.Key_Tab)
    other = room.view.views.active
    assert other is not film
    assert other.placement.pixels_per_mm == pytest.approx(film.placement.pixels_per_mm, rel=0.01)
