"""Fields: read from brackets, filled, and left alone where they are none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.fields import LONGEST, fields_in, with_defaults, with_filled


def test_a_field_says_what_it_asks_for_and_where_it_stands():
    text = "A [small|large] [right=left|right] effusion of [size]."
    degree, side, size = fields_in(text)
    assert degree.choices == ("small", "large")
    assert degree.default == ""
    assert (side.choices, side.default) == (("left", "right"), "right")
    assert (size.name, size.choices) == ("size", ())
    assert text[size.start : size.end] == "[size]"


@pytest.mark.parametrize(
    "text", ["", "No field.", "[]", "[[", "a [b\nc] d", "[" + "x" * (LONGEST + 1) + "]"]
)
def test_other_brackets_are_no_fields(text):
    assert fields_in(text) == ()


def test_defaults_fill_only_what_has_one():
    assert with_defaults("[none=date], [size]") == "none, [size]"
    assert with_defaults("[PA=PA|AP] view") == "PA view"


@settings(deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_characters="[]\n|="), min_size=1, max_size=8), max_size=5
    )
)
def test_filling_all_fields_leaves_none(names):
    text = "x".join(f"[{name}]" for name in names)
    for _ in names:
        field = fields_in(text)[0]
        text = with_filled(text, field, "y")
    assert fields_in(text) == ()
