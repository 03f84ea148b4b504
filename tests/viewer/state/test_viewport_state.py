"""The state of a view: window, turn, zoom and place."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from testkit.pixel_films import film_header, pixel_film, slope_samples

from engine.domain.annotation import FilmTurn, StudyAnnotations
from engine.domain.film_graphics import Shutter
from engine.domain.image import VoiFunction, VoiLut, Window
from engine.domain.presentation_state import DisplayedArea, PresentationRef, PresentationState
from engine.domain.study import PixelSpacing, SpacingKind
from viewer.state.film_in_view import FilmCaption, ViewportStage
from viewer.state.viewport import ViewportState

SIZE = (300, 200)
LUT = VoiLut(first_value=0, entries=np.arange(4096, dtype=np.uint16) * 16, bits=16, name="Chest")
WINDOW = Window(center=1500, width=900, name="Standard")


def shown(**film) -> ViewportState:
    """A state with an upright film of 100 rows and 80 columns."""
    pixels = pixel_film(slope_samples(100, 80), **film)
    state = ViewportState()
    state.placement.set_view_size(*SIZE)
    state.show_image(film_header(pixels), pixels, FilmCaption(patient="Okafor, A."))
    return state


def test_a_film_opens_as_its_file_asks():
    assert shown(voi_luts=(LUT,), windows=(WINDOW,)).grey.voi is LUT
    assert shown(windows=(WINDOW,)).grey.voi == WINDOW
    automatic = shown().grey.voi
    assert isinstance(automatic, Window)
    assert 3000 < automatic.width < 4001


def test_the_whole_film_is_in_view_and_stays_so():
    state = shown()
    assert state.placement.zoom == 2.0
    assert state.placement.geometry.view_extent == (70.0, 0.0, 230.0, 200.0)
    state.placement.rotate(90)
    assert state.placement.zoom == 2.5
    state.placement.set_view_size(600, 800)
    assert state.placement.zoom == 6.0
    assert state.placement.is_fitted


def test_one_to_one_is_one_device_pixel_on_whole_pixels():
    state = shown()
    state.placement.set_view_size(301, 201)
    state.placement.one_to_one()
    assert state.placement.zoom == 1.0
    x, y = state.placement.geometry.to_view(0, 0)
    assert (x % 1, y % 1) == (0.5, 0.5)


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("mirrored", [False, True])
def test_zoom_keeps_the_point_under_the_cursor(turns, mirrored):
    state = shown()
    if mirrored:
        state.placement.flip_horizontal()
    state.placement.rotate(90 * turns)
    state.placement.pan_by(13, -7)
    before = state.placement.geometry.to_image(212.0, 40.0)
    state.placement.zoom_at(1.3, 212.0, 40.0)
    assert state.placement.geometry.to_image(212.0, 40.0) == pytest.approx(before)
    state.placement.zoom_at(1 / 1.3**3, 212.0, 40.0)
    assert state.placement.geometry.to_image(212.0, 40.0) == pytest.approx(before)


def test_geometry_goes_there_and_back():
    state = shown()
    for _ in range(2):
        state.placement.flip_vertical()
        for _ in range(4):
            state.placement.rotate(90)
            place = state.placement.geometry.to_view(12.0, 71.0)
            assert state.placement.geometry.to_image(*place) == pytest.approx((12.0, 71.0))


def test_turns_and_flips_mean_the_screen():
    state = shown()
    for verb, expected in (
        (lambda: state.placement.rotate(90), lambda x, y: (-y, x)),
        (state.placement.flip_horizontal, lambda x, y: (-x, y)),
        (state.placement.flip_vertical, lambda x, y: (x, -y)),
        (lambda: state.placement.rotate(-90), lambda x, y: (y, -x)),
        (state.placement.flip_horizontal, lambda x, y: (-x, y)),
    ):
        state.placement.zoom_at(1 / state.placement.zoom, 150, 100)
        before = _from_middle(state)
        verb()
        assert _from_middle(state) == pytest.approx(expected(*before))


def _from_middle(state: ViewportState) -> tuple[float, float]:
    x, y = state.placement.geometry.to_view(0, 0)
    return x - SIZE[0] / 2, y - SIZE[1] / 2


def test_letters_stay_right_in_all_eight_states():
    """The letter at an edge is that of the anatomy which lies there, found by geometry."""
    directions = {"L": (1, 0), "R": (-1, 0), "F": (0, 1), "H": (0, -1)}
    seen = set()
    for flips, turns in itertools.product(range(2), range(4)):
        state = shown()
        for _ in range(flips):
            state.placement.flip_horizontal()
        state.placement.rotate(90 * turns)
        letters = state.presentation.turn.letters(state.film.image.patient_orientation)
        for letter, (dx, dy) in directions.items():
            x0, y0 = state.placement.geometry.to_view(40, 50)
            x1, y1 = state.placement.geometry.to_view(40 + dx, 50 + dy)
            edge = {(1, 0): "right", (-1, 0): "left", (0, 1): "bottom", (0, -1): "top"}[
                (round((x1 - x0) / state.placement.zoom), round((y1 - y0) / state.placement.zoom))
            ]
            assert getattr(letters, edge) == letter
        seen.add((letters.left, letters.top, letters.right, letters.bottom))
    assert len(seen) == 8


def test_panning_always_leaves_a_part_visible():
    state = shown()
    state.placement.pan_by(10_000, -10_000)
    left, _top, _right, bottom = state.placement.geometry.view_extent
    assert left < SIZE[0]
    assert bottom > 0
    assert state.placement.zoom == 2.0
    assert not state.placement.is_fitted


def test_zoom_has_limits():
    state = shown()
    state.placement.zoom_at(1e6, 0, 0)
    assert state.placement.zoom == 40.0
    state.placement.zoom_at(1e-9, 0, 0)
    assert state.placement.zoom == pytest.approx(0.02)


def test_unequal_spacing_stretches_the_coarser_side_only():
    spacing = PixelSpacing(row_mm=0.4, column_mm=0.2, kind=SpacingKind.DETECTOR_PLANE)
    state = shown(spacing=spacing)
    state.placement.one_to_one()
    assert (state.placement.geometry.scale_x, state.placement.geometry.scale_y) == (1.0, 2.0)
    state.placement.fit()
    left, top, right, bottom = state.placement.geometry.view_extent
    assert (bottom - top) / (right - left) == pytest.approx(100 * 0.4 / (80 * 0.2))


def test_presets_are_reached_by_their_digit():
    state = shown(windows=(WINDOW,))
    state.grey.apply_preset(3)
    assert state.grey.voi.name == "Lung detail"
    state.grey.apply_preset(1)
    assert state.grey.voi == WINDOW
    state.grey.apply_preset(7)
    assert state.grey.is_inverted
    state.grey.apply_preset(9)
    assert state.grey.voi == WINDOW
    state.grey.apply_preset(0)
    assert state.grey.voi.name == "Auto"
    assert not state.grey.is_inverted, "the preset's own inversion ends with it"


def test_no_preset_undoes_the_readers_own_inversion():
    state = shown(windows=(WINDOW,))
    state.grey.toggle_invert()
    for number in (3, 7, 1, 0):
        state.grey.apply_preset(number)
        assert state.grey.is_inverted
    state.grey.toggle_invert()
    state.grey.apply_preset(3)
    assert not state.grey.is_inverted


def test_leaving_the_lut_is_said_and_reset_returns_to_it():
    state = shown(voi_luts=(LUT,))
    assert not state.grey.has_left_lut
    assert isinstance(state.grey.window, Window)
    state.grey.set_window(state.grey.window)
    assert state.grey.has_left_lut
    state.placement.rotate(90)
    state.reset()
    assert state.grey.voi is LUT
    assert not state.grey.has_left_lut
    assert state.presentation.turn.quarter_turns == 0


@pytest.mark.parametrize("monochrome1", [False, True])
@pytest.mark.parametrize("inverse", [False, True])
@pytest.mark.parametrize("inverted", [False, True])
def test_polarity_is_known_whatever_the_reason(monochrome1, inverse, inverted):
    state = shown(monochrome1=monochrome1, inverse=inverse)
    if inverted:
        state.grey.toggle_invert()
    assert state.grey.is_high_dark is ((monochrome1 or inverse) is not inverted)


def test_signals_say_what_changed_and_only_then(qtbot):
    state = shown(windows=(WINDOW,))
    said = []
    state.window_changed.connect(lambda: said.append("window"))
    state.geometry_changed.connect(lambda: said.append("geometry"))
    state.grey.set_window(WINDOW)
    state.placement.fit()
    assert said == []
    state.grey.toggle_invert()
    assert said == ["window"]
    state.placement.rotate(90)
    assert said == ["window", "geometry"]


def test_the_same_film_keeps_how_it_is_shown():
    state = shown()
    state.placement.rotate(90)
    state.show_image(state.film.image, state.film.pixels, FilmCaption(patient="Renamed"))
    assert state.presentation.turn.quarter_turns == 1
    other = pixel_film(slope_samples(100, 80))
    state.show_image(film_header(other, sop_uid="1.2.9"), other, FilmCaption())
    assert state.presentation.turn.quarter_turns == 0


def test_a_film_hangs_as_it_was_turned_last_and_never_mirrored():
    state, kept = shown(), []
    state.annotations.turned.connect(kept.append)
    state.placement.rotate(-90)
    turn = state.presentation.turn
    assert kept[-1].quarter_turns == turn.quarter_turns
    state.placement.flip_horizontal()
    assert state.presentation.turn.mirrored
    assert not kept[-1].mirrored
    image, pixels = state.film.image, state.film.pixels
    other = pixel_film(slope_samples(100, 80))
    state.show_image(film_header(other, sop_uid="1.2.9"), other, FilmCaption())
    state.show_image(image, pixels, FilmCaption())
    assert state.presentation.turn == turn
    state.reset()
    assert kept[-1].is_none
    assert state.annotations.turn_of(image.sop_uid) is None


def test_a_turn_that_is_known_late_turns_an_untouched_film_only():
    untouched, touched = shown(), shown()
    touched.grey.set_window(WINDOW)
    kept = FilmTurn(
        study_uid=untouched.film.image.study_uid,
        sop_uid=untouched.film.image.sop_uid,
        quarter_turns=1,
    )
    for state in (untouched, touched):
        state.annotations.load((StudyAnnotations(turns=(kept,)),))
    assert untouched.presentation.turn.quarter_turns == 1
    assert touched.presentation.turn.quarter_turns == 0


def test_a_film_that_was_kept_mirrored_by_an_older_version_hangs_as_its_file_asks():
    state = shown()
    image = state.film.image
    kept = FilmTurn(study_uid=image.study_uid, sop_uid=image.sop_uid, mirrored=True)
    state.annotations.load((StudyAnnotations(turns=(kept,)),))
    assert not state.presentation.turn.mirrored


REF = PresentationRef(
    path=Path(), sop_uid="9", study_uid="1", patient_id="", label="L", films=("1.2.3.4.5",)
)


def test_a_presentation_state_is_in_force_until_it_is_left():
    state = shown(stored_step=1.0, windows=(WINDOW,))
    state.applied.offer((REF,))
    own = state.presentation
    area = DisplayedArea(left=19.5, top=9.5, right=59.5, bottom=49.5)
    asked = PresentationState(
        film="1.2.3.4.5",
        title="L",
        window=Window(center=100, width=50),
        inverse=True,
        quarter_turns=1,
        area=area,
        shutter=Shutter(box=(0, 0, 50, 50)),
    )
    state.apply_state(REF, asked, graphics_only=False)
    assert (state.grey.voi, state.grey.is_inverted) == (asked.window, True)
    assert state.film.is_shuttered
    # The 40 pixels of the area fill the 200 of the view's height, its middle is in the middle.
    assert state.placement.zoom == pytest.approx(5.0)
    assert state.placement.geometry.to_image(150, 100) == pytest.approx((39.5, 29.5))
    assert state.placement.area.top == pytest.approx(29.5 - 30)
    assert state.applied.badge(state.presentation) == "STATE “L”"
    state.placement.rotate(90)
    assert state.applied.badge(state.presentation) == "STATE “L”, CHANGED"
    assert state.annotations.turn_of("1.2.3.4.5") is None
    state.leave_state()
    assert state.presentation == own
    assert not state.film.is_shuttered
    state.apply_state(REF, asked, graphics_only=True)
    assert state.presentation == own
    assert state.applied.badge(state.presentation) == "GRAPHICS OF STATE “L”"
    state.reset()
    assert state.applied.badge(state.presentation) == "PRESENTATION STATE OFFERED"


@pytest.mark.parametrize("turns", range(4))
def test_the_part_in_view_can_be_framed_again(turns):
    state = shown(stored_step=1.0)
    state.placement.rotate(90 * turns)
    state.placement.zoom_at(3.0, 120, 90)
    state.placement.pan_by(11, -6)
    area, zoom, center = (
        state.placement.area,
        state.placement.zoom,
        state.placement.geometry.to_image(150, 100),
    )
    asked = PresentationState(
        film="1.2.3.4.5", title="L", quarter_turns=turns, area=area, window=WINDOW
    )
    state.reset()
    state.apply_state(REF, asked, graphics_only=False)
    assert state.placement.zoom == pytest.approx(zoom)
    assert state.placement.geometry.to_image(150, 100) == pytest.approx(center)


def test_without_a_film_nothing_happens_and_a_sentence_says_why():
    state = ViewportState()
    state.clear("Drop a folder, a ZIP or a CD here")
    for verb in (
        state.grey.toggle_invert,
        state.placement.fit,
        state.placement.one_to_one,
        state.reset,
        state.grey.auto_window,
    ):
        verb()
    state.placement.zoom_at(2, 1, 1)
    state.placement.pan_by(1, 1)
    state.placement.rotate(90)
    state.grey.apply_preset(1)
    assert state.film.stage is ViewportStage.NO_FILM
    assert state.placement.geometry is None
    assert state.film.message == "Drop a folder, a ZIP or a CD here"
    pixels = pixel_film(slope_samples(4, 4))
    state.show_unreadable(film_header(pixels), FilmCaption(), "Cut short.", "Copy it again.")
    assert (state.film.stage, state.film.message, state.film.what_to_do) == (
        ViewportStage.UNREADABLE,
        "Cut short.",
        "Copy it again.",
    )


def test_a_sigmoid_window_keeps_its_shape():
    sigmoid = Window(center=1500, width=900, function=VoiFunction.SIGMOID)
    assert shown(windows=(sigmoid,)).grey.window.function is VoiFunction.SIGMOID


def test_every_window_of_the_file_is_reached_by_name_and_in_turn():
    names = ("Normal", "Harder", "Softer", "Ribs", "Abdomen")
    windows = tuple(
        Window(center=1000.0 + 100 * i, width=2000.0, name=name) for i, name in enumerate(names)
    )
    pixels = pixel_film(slope_samples(60, 40), windows=windows)
    state = ViewportState()
    state.show_image(film_header(pixels), pixels, FilmCaption())
    by_name = {preset.name: preset.key for preset in state.grey.presets()}
    assert [by_name[name] for name in names] == ["1", "2", "8", "9", ""]
    seen = []
    for _ in names:
        state.grey.next_file_window()
        seen.append(state.grey.voi.name)
    assert seen == [*names[1:], names[0]]
    state.grey.show_preset(next(p for p in state.grey.presets() if p.name == "Abdomen"))
    assert state.grey.voi == windows[4]


def test_another_frame_keeps_zoom_window_and_turn():
    first = pixel_film(slope_samples(100, 80), windows=(WINDOW,))
    image = replace(film_header(first), frames=2)
    state = ViewportState()
    state.placement.set_view_size(*SIZE)
    state.show_image(image, first, FilmCaption())
    state.placement.rotate(90)
    state.placement.zoom_by(2)
    state.grey.toggle_invert()
    before = (state.presentation, state.placement.zoom)
    second = pixel_film(slope_samples(100, 80)[::-1].copy(), windows=(WINDOW,))
    state.show_image(image, second, FilmCaption())
    assert state.film.pixels is second
    assert (state.presentation, state.placement.zoom) == before
    own = pixel_film(slope_samples(100, 80), windows=(Window(center=1000, width=800),))
    state.show_image(image, own, FilmCaption())
    assert state.grey.voi == own.windows[0]
