"""Names of headers: shown with all their parts, and handed out as they came."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.person_name import header_name, kept_name, short_name, shown_name

WHOLE = (
    "Smith^John^Quincy^Dr^Jr",
    "=山田^太郎",
    "Yamada^Tarou=山田^太郎=やまだ^たろう",
    "^Madonna",
    "FERNANDEZ DE CORDOVA Y GARCIA DE LOS ANGELES^ANA MARIA",
    "de la Cruz, Jr^Ana",
    "O'Neil^^^Prof.",
)
PART = st.text(st.characters(categories=["L", "M", "Nd"], include_characters="' -."), max_size=10)


@pytest.mark.parametrize("name", WHOLE)
def test_a_name_keeps_every_part(name: str) -> None:
    assert kept_name(name) == name


@pytest.mark.parametrize(
    ("header", "shown", "short"),
    [
        ("Smith^John^Quincy^Dr^Jr", "Smith, Dr John Quincy Jr", "Smith, John Quincy"),
        ("Yamada^Tarou=山田^太郎", "Yamada, Tarou = 山田, 太郎", "Yamada, Tarou = 山田, 太郎"),
        ("=山田^太郎", "山田, 太郎", "山田, 太郎"),
        ("^Madonna", "Madonna", "Madonna"),
        ("A^B=A^B", "A, B", "A, B"),
        ("", "", ""),
    ],
)
def test_a_name_is_shown_with_suffix_and_prefix(header: str, shown: str, short: str) -> None:
    assert shown_name(header) == shown
    assert short_name(header) == short


def test_a_writing_has_sixty_four_letters_and_never_less() -> None:
    assert kept_name("A" * 64 + "=" + "B" * 70) == "A" * 64 + "=" + "B" * 64
    assert kept_name("a^b^c^d^e^f=g=h=i") == "a^b^c^d^e=g=h"


def test_of_a_display_form_a_header_form_is_made() -> None:
    assert header_name("Smith, John Quincy") == "Smith^John Quincy"
    assert header_name("Yamada, Tarou = 山田, 太郎") == "Yamada^Tarou=山田^太郎"
    assert header_name("") == ""


@given(st.lists(st.lists(PART, min_size=1, max_size=5), min_size=1, max_size=3))
def test_keeping_a_name_twice_changes_nothing(writings: list[list[str]]) -> None:
    once = kept_name("=".join("^".join(parts) for parts in writings))
    assert kept_name(once) == once
    assert all(len(group) <= 64 for group in once.split("="))
