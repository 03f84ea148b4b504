"""Rotation and flip: every state maps pixels back, and letters follow the patient."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.imaging.transform import ViewTransform, opposite

STATES = st.builds(ViewTransform, quarter_turns=st.integers(0, 3), mirrored=st.booleans())
SIZES = st.tuples(st.integers(1, 40), st.integers(1, 40))
STEPS = st.lists(st.sampled_from(["turn", "back", "horizontal", "vertical"]), max_size=12)


def _applied(state: ViewTransform, step: str) -> ViewTransform:
    return {
        "turn": lambda: state.rotated(1),
        "back": lambda: state.rotated(-1),
        "horizontal": state.flipped_horizontally,
        "vertical": state.flipped_vertically,
    }[step]()


def _pixels(step: str, shown: np.ndarray) -> np.ndarray:
    return {
        "turn": lambda: np.rot90(shown, -1),
        "back": lambda: np.rot90(shown, 1),
        "horizontal": lambda: shown[:, ::-1],
        "vertical": lambda: shown[::-1],
    }[step]()


@given(steps=STEPS, size=SIZES)
def test_states_do_to_pixels_what_the_screen_shows(steps: list[str], size: tuple[int, int]) -> None:
    rows, columns = size
    image = np.arange(rows * columns).reshape(size)
    state, shown = ViewTransform(), image
    for step in steps:
        state, shown = _applied(state, step), _pixels(step, shown)
    assert state.size(rows, columns) == shown.shape
    for y in (0, rows // 2, rows - 1):
        for x in (0, columns // 2, columns - 1):
            view_x, view_y = state.to_view(x, y, rows=rows, columns=columns)
            assert shown[int(view_y), int(view_x)] == image[y, x]


@given(state=STATES, size=SIZES, x=st.floats(-5, 50), y=st.floats(-5, 50))
def test_mapping_back_is_exact(
    state: ViewTransform, size: tuple[int, int], x: float, y: float
) -> None:
    rows, columns = size
    view = state.to_view(x, y, rows=rows, columns=columns)
    assert state.to_image(*view, rows=rows, columns=columns) == pytest.approx((x, y), abs=1e-9)


@given(state=STATES, size=SIZES)
def test_matrix_maps_the_outline_onto_the_view(state: ViewTransform, size: tuple[int, int]) -> None:
    rows, columns = size
    m11, m12, m21, m22, dx, dy = state.matrix(rows, columns)
    corners = [(x, y) for x in (0, columns) for y in (0, rows)]
    mapped = {(m11 * x + m21 * y + dx, m12 * x + m22 * y + dy) for x, y in corners}
    height, width = state.size(rows, columns)
    assert mapped == {(x, y) for x in (0, width) for y in (0, height)}


@given(steps=STEPS)
def test_letters_stay_with_the_patient(steps: list[str]) -> None:
    """A mark at the patient's left stays under the letter L wherever the film is turned."""
    rows, columns = 30, 20
    state = ViewTransform()
    for step in steps:
        state = _applied(state, step)
    letters = state.letters(("L", "F"))
    x, y = state.to_view(columns - 1, rows / 2, rows=rows, columns=columns)
    height, width = state.size(rows, columns)
    edges = {
        "left": x,
        "right": width - 1 - x,
        "top": y,
        "bottom": height - 1 - y,
    }
    nearest = min(edges, key=lambda edge: edges[edge])
    assert getattr(letters, nearest) == "L"
    assert {letters.left, letters.right, letters.top, letters.bottom} == {"L", "R", "H", "F"}
    pairs = {letters.left: letters.right, letters.top: letters.bottom}
    assert all(opposite(one) == other for one, other in pairs.items())


def test_letters_of_a_frontal_film_and_of_unknown_sides() -> None:
    letters = ViewTransform().letters(("L", "F"))
    assert (letters.left, letters.right, letters.top, letters.bottom) == ("R", "L", "H", "F")
    assert ViewTransform().rotated(1).letters(("L", "F")).top == "R"
    unknown = ViewTransform(mirrored=True).letters(None)
    assert {unknown.left, unknown.right, unknown.top, unknown.bottom} == {"?"}


def test_compound_letters_turn_letter_by_letter() -> None:
    assert opposite("LPF") == "RAH"
    assert opposite("") == "?"
    assert opposite("X") == "?"
    letters = ViewTransform().letters(("PR", "FA"))
    assert (letters.left, letters.top) == ("AL", "HP")


@given(state=STATES)
def test_every_state_comes_back(state: ViewTransform) -> None:
    assert state.rotated(4) == state
    assert state.flipped_horizontally().flipped_horizontally() == state
    assert state.flipped_vertically().flipped_vertically() == state


ORIENTATIONS = [("L", "F"), ("R", "F"), ("A", "F"), ("P", "F"), ("F", "R"), ("PL", "FA")]


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("mirrored", [False, True])
def test_letters_are_those_of_a_labelled_film_that_is_turned(
    orientation: tuple[str, str], turns: int, mirrored: bool
) -> None:
    """Six ways a patient may lie, eight ways a film may be turned, against labels in an array."""
    back = dict(zip("LRAPHF", "RLPAFH", strict=True))
    right, bottom = orientation
    film = np.full((3, 3), "", dtype="U2")
    film[1, 2], film[2, 1] = right, bottom
    film[1, 0], film[0, 1] = ("".join(back[one] for one in way) for way in orientation)
    shown = np.rot90(film[:, ::-1] if mirrored else film, -turns)
    letters = ViewTransform(quarter_turns=turns, mirrored=mirrored).letters(orientation)
    assert (letters.left, letters.right) == (shown[1, 0], shown[1, 2])
    assert (letters.top, letters.bottom) == (shown[0, 1], shown[2, 1])
