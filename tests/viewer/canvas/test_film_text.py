"""Words on a film: what is too long for its corner is broken, never cut."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from viewer.canvas.film_text import FilmInk, broken, flowed, width_of

INK = FilmInk(colour="#FFFFFF", halo="#000000", size=12)
BADGES = ("DEMO", "PRESENTATION STATE OFFERED", "REDUCED", "AS THE MODEL SEES IT, 224 × 224")


@pytest.mark.parametrize("width", [60, 120, 240, 2000])
def test_every_word_of_every_badge_is_drawn_in_lines_that_fit(qapp, width):
    lines = flowed(BADGES, width, INK)
    words = [word for line in lines for word in line.replace(" · ", " ").split()]
    assert words == [word for badge in BADGES for word in badge.split()]
    assert all(width_of(line, INK) <= width or " " not in line for line in lines)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    words=st.lists(st.text("abcW1.×", min_size=1, max_size=9), min_size=1, max_size=8),
    width=st.integers(10, 300),
)
def test_a_broken_line_keeps_its_words_in_order(qapp, words, width):
    lines = broken(" ".join(words), width, INK)
    assert " ".join(lines).split() == words
    assert all(width_of(line, INK) <= width or " " not in line for line in lines)
