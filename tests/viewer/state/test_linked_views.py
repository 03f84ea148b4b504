"""Films in step: one scale in millimetres, one place, and windows relative to each film."""

from dataclasses import replace

import pytest
from testkit.pixel_films import film_header, pixel_film, slope_samples

from engine.domain.image import Window
from engine.domain.study import PixelSpacing, SpacingKind, View
from engine.imaging.window import auto_window
from viewer.state.film_in_view import FilmCaption
from viewer.state.linked_views import LinkedViews
from viewer.state.viewport import ViewportState


def spacing(mm):
    return PixelSpacing(row_mm=mm, column_mm=mm, kind=SpacingKind.DETECTOR_PLANE)


class Box:
    """Two views of 300 × 300 device pixels."""

    def __init__(self):
        self.states = (ViewportState(), ViewportState())
        self.links = LinkedViews(self.states)
        for state in self.states:
            state.placement.set_view_size(300, 300)

    def hang(self, index, rows=100, columns=100, *, mm=0.2, view=View.FRONTAL, **film):
        known = None if mm is None else spacing(mm)
        pixels = pixel_film(slope_samples(rows, columns), spacing=known, **film)
        header = film_header(pixels, view=view)
        self.states[index].show_image(header, pixels, FilmCaption())
        return pixels

    @property
    def scales(self):
        return [state.placement.pixels_per_mm for state in self.states]


@pytest.fixture
def box():
    return Box()


def test_whole_films_hang_at_the_same_scale_in_millimetres(box):
    box.hang(0, 100, 100, mm=0.2)
    box.hang(1, 300, 200, mm=0.1, view=View.LATERAL)
    assert box.scales[0] == pytest.approx(box.scales[1])
    assert box.scales[0] == pytest.approx(300 / 30)  # the taller one, 30 mm, just fits
    assert all(state.placement.is_fitted for state in box.states)
    box.states[0].placement.set_view_size(150, 150)
    assert box.scales == pytest.approx([150 / 20, 150 / 20])  # the narrower view decides now


def test_a_view_behind_a_tab_does_not_shrink_the_film_in_front(box):
    box.links.set_seen(box.states[:1])
    box.states[1].placement.set_view_size(1, 1)
    box.hang(0, 100, 100, mm=0.2)
    box.hang(1, 100, 200, mm=0.2)
    assert box.scales == pytest.approx([300 / 40, 300 / 40])
    box.states[0].placement.set_view_size(200, 400)
    assert box.scales == pytest.approx([200 / 40, 200 / 40]), "it grows with the one in front"
    assert box.states[1].placement.view_size == (200, 400)


def test_a_film_without_millimetres_keeps_its_own_fit(box):
    box.hang(0, 100, 100, mm=0.2)
    box.hang(1, 50, 50, mm=None)
    assert box.scales == [pytest.approx(300 / 20), None]
    assert box.states[1].placement.zoom == pytest.approx(6)


def test_zoom_and_place_follow_in_millimetres_between_films_of_one_view(box):
    box.hang(0, 100, 100, mm=0.2)
    box.hang(1, 200, 200, mm=0.15)
    box.states[0].placement.zoom_at(3, 200, 100)
    box.states[0].placement.pan_by(-20, 10)
    assert box.scales[1] == pytest.approx(box.scales[0])
    assert box.states[1].presentation.pan == pytest.approx(box.states[0].presentation.pan)
    box.states[1].placement.fit()
    assert box.states[0].placement.is_fitted


def test_a_lateral_film_does_not_follow_a_frontal_one(box):
    box.hang(0)
    box.hang(1, view=View.LATERAL)
    box.states[0].placement.zoom_by(2)
    box.states[0].grey.toggle_invert()
    assert box.states[1].placement.is_fitted
    assert not box.states[1].grey.is_inverted


def test_unlinked_films_go_their_own_way(box):
    box.hang(0)
    box.hang(1)
    box.links.toggle()
    box.states[0].placement.zoom_by(2)
    assert box.states[1].placement.is_fitted
    box.links.toggle()
    box.states[0].placement.zoom_by(1.5)
    assert not box.states[1].placement.is_fitted


def test_a_window_is_carried_over_relative_to_each_films_own_range(box):
    ours = box.hang(0)
    theirs = box.hang(1, slope=2.0, intercept=-100.0)
    auto, other = auto_window(ours), auto_window(theirs)
    box.states[0].grey.set_window(
        Window(center=auto.center + 0.1 * auto.width, width=auto.width / 2, name="")
    )
    carried = box.states[1].grey.window
    assert carried.width == pytest.approx(other.width / 2)
    assert carried.center == pytest.approx(other.center + 0.1 * other.width)


def test_brighter_is_brighter_on_films_of_either_polarity(box):
    ours = box.hang(0)
    theirs = box.hang(1, monochrome1=True)
    auto, other = auto_window(ours), auto_window(theirs)
    box.states[0].grey.set_window(Window(center=auto.center - 50, width=auto.width))
    assert box.states[1].grey.window.center == pytest.approx(other.center + 50)


def test_presets_and_inversion_are_each_films_own(box):
    box.hang(0)
    theirs = box.hang(1, windows=(Window(center=7, width=9, name="Theirs"),))
    box.states[0].grey.apply_preset(3)
    assert box.states[1].grey.window == next(
        p.voi for p in box.states[1].grey.presets() if p.key == "3"
    )
    box.states[0].grey.apply_preset(1)
    assert box.states[1].grey.window == theirs.windows[0]
    box.states[0].grey.toggle_invert()
    assert box.states[1].grey.is_inverted


def test_a_film_hung_later_joins_those_of_its_view(box):
    box.hang(0)
    box.states[0].placement.zoom_by(3)
    box.states[0].grey.toggle_invert()
    box.hang(1, mm=0.1)
    assert box.scales[1] == pytest.approx(box.scales[0])
    assert box.states[1].grey.is_inverted


def test_each_film_keeps_its_own_window_and_follows_in_proportion(box):
    box.hang(0, windows=(Window(center=2000, width=1000, name="Ours"),))
    box.hang(1, windows=(Window(center=1500, width=1500, name="Theirs"),))
    ours, theirs = box.states[0].grey, box.states[1].grey
    assert (theirs.window.center, theirs.window.width) == (1500, 1500)
    theirs.set_window(Window(center=1503, width=1500))
    assert ours.window.center == pytest.approx(2002), "a touch of the prior is a touch here"
    assert ours.window.width == pytest.approx(1000)
    ours.set_window(replace(ours.window, width=2000))
    assert theirs.window.width == pytest.approx(3000)
    assert theirs.window.center == pytest.approx(1503)


def test_inverting_leaves_each_film_the_window_it_has(box):
    box.hang(0)
    box.hang(1)
    box.states[1].grey.set_window(Window(center=123, width=45))
    before = [state.grey.window for state in box.states]
    box.states[0].grey.toggle_invert()
    assert [state.grey.window for state in box.states] == before
    assert box.states[1].grey.is_inverted


def test_linked_films_move_with_the_dragged_one(box):
    box.hang(0)
    box.hang(1)
    leader, follower = box.states
    leader.placement.zoom_by(2.0)
    assert not follower.placement.motion.is_on
    leader.placement.motion.start()
    leader.placement.zoom_by(2.0)
    assert follower.placement.motion.is_on
    assert follower.placement.zoom == pytest.approx(leader.placement.zoom)
