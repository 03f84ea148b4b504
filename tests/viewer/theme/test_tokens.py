"""The colour table keeps its promises about contrast."""

import pytest

from viewer.theme.tokens import DARK, LIGHT, Tokens

WORDS = ("text", "text_dim", "accent", "amber", "red")
GROUNDS = ("ground", "panel", "raised", "hover")


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio (WCAG 2.2)."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=lambda tokens: tokens.name)
@pytest.mark.parametrize("word", WORDS)
def test_words_are_readable_on_every_ground(tokens: Tokens, word: str):
    worst = min(contrast(getattr(tokens, word), getattr(tokens, ground)) for ground in GROUNDS)
    assert worst >= 4.5


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=lambda tokens: tokens.name)
def test_words_on_accent_and_film_are_readable(tokens: Tokens):
    assert contrast(tokens.on_accent, tokens.accent) >= 4.5
    assert contrast(tokens.film_text, tokens.film_ground) >= 4.5
    assert contrast(tokens.film_letter, tokens.film_halo) >= 10


def test_the_film_lies_on_black_in_every_theme():
    assert {DARK.film_ground, LIGHT.film_ground} == {"#000000"}
