"""What a buffer holds after moves and during a drag, against one that is built anew."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.domain.interpolation import Interpolation
from engine.imaging.transform import ViewTransform
from viewer.canvas.film_buffer import FilmBuffer
from viewer.canvas.view_area import ViewArea
from viewer.state.film_geometry import FilmGeometry

ROWS, COLUMNS = 230, 190
VIEW = (160, 140)
NOISE = np.random.default_rng(4).integers(0, 65_000, (ROWS, COLUMNS), dtype=np.uint16)
TURNS = [ViewTransform(quarter_turns=n, mirrored=m) for n in range(4) for m in (False, True)]


def geometry(zoom: float, turn: ViewTransform, x: float, y: float) -> FilmGeometry:
    return FilmGeometry(
        rows=ROWS, columns=COLUMNS, scale_x=zoom, scale_y=zoom, turn=turn, center_x=x, center_y=y
    )


@given(
    zoom=st.sampled_from([0.3, 0.77, 1.0, 2.6, 5.0]),
    turn=st.sampled_from(TURNS),
    start=st.tuples(st.floats(-60, 200), st.floats(-60, 200)),
    moves=st.lists(st.tuples(st.integers(-60, 60), st.integers(-60, 60)), max_size=4),
    kind=st.sampled_from(list(Interpolation)),
)
@example(
    zoom=2.6, turn=TURNS[0], start=(-1.5, 0.0), moves=[(5, 0)], kind=Interpolation.NEAREST
).via("places in the middle between two stored pixels")
@settings(max_examples=60, deadline=None)
def test_a_moved_film_is_as_one_built_anew(zoom, turn, start, moves, kind):
    moved, (x, y) = FilmBuffer(), start
    moved.build(NOISE, geometry(zoom, turn, x, y), VIEW, kind)
    for dx, dy in moves:
        x, y = x + dx, y + dy
        moved.outdate()
        moved.build(NOISE, geometry(zoom, turn, x, y), VIEW, kind)
    anew = FilmBuffer()
    anew.build(NOISE, geometry(zoom, turn, x, y), VIEW, kind)
    assert moved.origin == anew.origin
    assert moved.values.shape == anew.values.shape
    # A sum of weighted samples may be rounded the other way where it lies in the middle.
    assert np.abs(moved.values.astype(int) - anew.values).max(initial=0) <= 1


@pytest.mark.parametrize("change", ["samples", "zoom", "turn", "half a pixel", "smoothing"])
def test_what_is_no_move_is_built_anew(change):
    buffer, turn = FilmBuffer(), TURNS[0]
    buffer.build(NOISE, geometry(0.7, turn, 80, 70), VIEW)
    samples = NOISE[::-1].copy() if change == "samples" else NOISE
    zoom = 2.2 if change in ("zoom", "smoothing") else 0.7
    turn = TURNS[3] if change == "turn" else turn
    kind = Interpolation.CUBIC if change == "smoothing" else Interpolation.AUTOMATIC
    place = 80.5 if change == "half a pixel" else 81
    now, anew = geometry(zoom, turn, place, 70), FilmBuffer()
    buffer.build(samples, now, VIEW, kind)
    anew.build(samples, now, VIEW, kind)
    np.testing.assert_array_equal(buffer.values, anew.values)


@given(
    zoom=st.floats(0.06, 3.9),
    turn=st.sampled_from(TURNS),
    x=st.floats(-40, 200),
    y=st.floats(-40, 200),
)
@settings(max_examples=80, deadline=None)
def test_a_quick_frame_has_every_point_at_its_place(zoom, turn, x, y):
    """On a plane of grey a shift shows as a difference: half a device pixel at most."""
    across, down = 40.0, 90.0
    plane = across * np.arange(COLUMNS)[None] + down * np.arange(ROWS)[:, None]
    samples = plane.round().astype(np.uint16)
    quick, exact = FilmBuffer(), FilmBuffer()
    quick.build(samples, geometry(zoom, turn, x, y), VIEW, is_moving=True)
    exact.build(samples, geometry(zoom, turn, x, y), VIEW)
    assert quick.origin == exact.origin
    assert quick.values.shape == exact.values.shape
    # Not at the film's edge, where the plane ends and a mean is one of fewer pixels.
    edge = 3
    off = np.abs(quick.values.astype(float) - exact.values)[edge:-edge, edge:-edge]
    assert off.max(initial=0) <= 0.5 * (across + down) / zoom + 1


def test_after_a_quick_frame_comes_an_exact_one():
    buffer, anew = FilmBuffer(), FilmBuffer()
    place = geometry(0.37, TURNS[0], 80, 70)
    anew.build(NOISE, place, VIEW)
    buffer.build(NOISE, place, VIEW, is_moving=True)
    assert not np.array_equal(buffer.values, anew.values)
    buffer.build(NOISE, place, VIEW)
    np.testing.assert_array_equal(buffer.values, anew.values)


AREAS = st.builds(
    lambda left, top, width, height: ViewArea(
        left=left, top=top, right=left + width, bottom=top + height
    ),
    st.integers(0, 20),
    st.integers(0, 20),
    st.integers(0, 20),
    st.integers(0, 20),
)


@given(whole=AREAS, hole=AREAS)
def test_what_is_round_a_hole_covers_all_of_the_rest_once(whole, hole):
    inside = whole.intersected(hole)
    seen = np.zeros((40, 40), int)
    frame = ViewArea(left=0, top=0, right=40, bottom=40)
    if not inside.is_empty:
        seen[inside.within(frame)] += 1
        for strip in whole.around(inside):
            seen[strip.within(frame)] += 1
        expected = np.zeros((40, 40), int)
        expected[whole.within(frame)] = 1
        np.testing.assert_array_equal(seen, expected)
