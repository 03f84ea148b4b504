"""Left and right: found, attached, mirrored."""

from __future__ import annotations

import pytest

from engine.domain.finding import Side
from engine.language.laterality import sides_in, swapped


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Left lower lobe opacity.", [(Side.LEFT, "Left", "lower lobe")]),
        ("Right-sided effusion.", [(Side.RIGHT, "Right", "")]),
        ("LLL and RUL nodules.", [(Side.LEFT, "LLL", ""), (Side.RIGHT, "RUL", "")]),
        ("Lingular scar.", [(Side.LEFT, "Lingular", "")]),
        ("Right middle lobe.", [(Side.RIGHT, "Right", "middle lobe")]),
        ("The middle lobe is clear.", [(Side.RIGHT, "middle lobe", "")]),
        ("Both lungs are clear.", [(Side.BILATERAL, "Both", "lungs")]),
        ("Tip left in place.", []),
        ("The heart is upright.", []),
    ],
)
def test_mentions(sentence: str, expected: list[tuple[Side, str, str]]) -> None:
    mentions = sides_in(sentence)
    assert [(m.side, m.word, m.target) for m in mentions] == expected
    assert all(sentence[m.start : m.end] == m.word for m in mentions)


def test_chambers_are_marked() -> None:
    first, second = sides_in("Left subclavian line with its tip in the right atrium.")
    assert not first.is_structure
    assert second.is_structure


@pytest.mark.parametrize(
    ("sentence", "mirrored"),
    [
        ("Left effusion.", "Right effusion."),
        ("RLL opacity, left worse than right.", "LLL opacity, right worse than left."),
        ("Opacity in the right middle lobe.", "Opacity in the lingula."),
        ("The lingula is clear.", "The right middle lobe is clear."),
        ("No effusion. Upright film.", "No effusion. Upright film."),
    ],
)
def test_mirrored(sentence: str, mirrored: str) -> None:
    assert swapped(sentence) == mirrored
    assert swapped(mirrored) == sentence
