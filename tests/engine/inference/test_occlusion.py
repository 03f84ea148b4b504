"""Painting an area out: on films and models whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.evidence import Filling, Occlusion
from engine.errors import LimitExceededError
from engine.inference.occlusion import (
    Box,
    box_of,
    control_boxes,
    occlusion,
    sums_by_sentence,
    without_box,
)

SIZE = 224
LEAST_SIDE = 16
HEART = Box(view=0, top=96, left=128, bottom=160, right=192)


def lit(box: Box, views: int = 1) -> np.ndarray:
    """Dim films with one bright box."""
    films = np.full((views, 3, SIZE, SIZE), 0.2, dtype=np.float32)
    films[box.view, :, box.top : box.bottom, box.left : box.right] = 1.0
    return films


def by_brightness(films: np.ndarray) -> np.ndarray:
    """Two sentences: one about the brightness of the heart, one that says the same of any film."""
    rows, columns = slice(HEART.top, HEART.bottom), slice(HEART.left, HEART.right)
    return np.array([10 * float(films[0, 0, rows, columns].mean()), -3.0])


def quiet(_done: int, _total: int) -> None:
    """Nobody listens."""


def test_only_the_sentence_that_needs_the_area_becomes_weaker():
    needs, other = occlusion(by_brightness, lit(HEART), HEART, quiet)
    assert (needs.sentence, other.sentence) == (0, 1)
    assert needs.is_weaker
    assert not other.is_weaker
    assert len(needs.drops) == len(Filling)


def test_another_area_weakens_nothing():
    elsewhere = Box(view=0, top=10, left=10, bottom=60, right=60)
    assert not any(one.is_weaker for one in occlusion(by_brightness, lit(HEART), elsewhere, quiet))


@pytest.mark.parametrize(
    ("drops", "controls"),
    [
        ((4.0, 0.1), ((0.0, 0.0), (0.0, 0.0))),  # one filling only
        ((4.0, 4.0), ((0.0, 4.5), (0.0, 0.0))),  # another area does as much
        ((0.3, 0.4), ((0.0, 0.0), (0.0, 0.0))),  # next to nothing
    ],
)
def test_what_the_fillings_or_other_areas_speak_against_is_not_said(drops, controls):
    assert not Occlusion(sentence=0, drops=drops, control_drops=controls).is_weaker


def test_each_run_is_told_before_it_and_can_be_stopped():
    told: list[tuple[int, int]] = []
    occlusion(by_brightness, lit(HEART), HEART, lambda *step: told.append(step))
    assert [done for done, _ in told] == list(range(told[0][1]))

    def stop(done: int, _total: int) -> None:
        if done == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        occlusion(by_brightness, lit(HEART), HEART, stop)


@given(
    st.integers(0, SIZE - LEAST_SIDE),
    st.integers(0, SIZE - LEAST_SIDE),
    st.integers(LEAST_SIDE, SIZE),
    st.integers(LEAST_SIDE, SIZE),
)
def test_controls_have_the_same_size_lie_elsewhere_and_are_always_the_same(top, left, high, wide):
    box = Box(
        view=1, top=top, left=left, bottom=min(SIZE, top + high), right=min(SIZE, left + wide)
    )
    try:
        controls = control_boxes(box, SIZE)
    except LimitExceededError:
        return
    assert controls == control_boxes(box, SIZE)
    for one in controls:
        assert not one.overlaps(box)
        assert (one.bottom - one.top, one.right - one.left) == (
            box.bottom - box.top,
            box.right - box.left,
        )
        assert 0 <= one.top < one.bottom <= SIZE
        assert 0 <= one.left < one.right <= SIZE


@given(
    st.tuples(st.floats(-50, 280), st.floats(-50, 280)),
    st.tuples(st.floats(-50, 280), st.floats(-50, 280)),
)
def test_any_two_places_give_a_box_on_the_film_that_can_be_painted_or_a_reason(one, other):
    try:
        box = box_of(0, (one, other), SIZE)
    except LimitExceededError:
        return
    films = lit(HEART)
    for filling in Filling:
        painted = without_box(films, box, filling)
        assert np.isfinite(painted).all()
        changed = (painted != films).any(axis=(0, 1))
        changed[box.top : box.bottom, box.left : box.right] = False
        assert not changed.any(), "only the box is painted"


def test_the_bridged_filling_takes_the_values_around_the_box():
    across = np.tile(np.linspace(0, 1, SIZE, dtype=np.float32), (1, 3, SIZE, 1))
    assert np.allclose(without_box(across, HEART, Filling.BRIDGED), across, atol=1e-5)
    assert not np.allclose(without_box(across, HEART, Filling.MEAN), across, atol=0.05)


def test_a_whole_film_cannot_be_held_against_anything():
    with pytest.raises(LimitExceededError, match="too large"):
        control_boxes(Box(view=0, top=0, left=0, bottom=SIZE, right=SIZE), SIZE)


def test_words_are_summed_by_sentence():
    assert sums_by_sentence(np.array([-1.0, -2.0, -4.0]), [2, 1]).tolist() == [-3.0, -4.0]
