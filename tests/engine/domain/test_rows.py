"""Rows joined to running text: no word is glued, no sentence reads on into the next."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.rows import finished, joined, storable

ANY = st.text(st.characters(), max_size=30)


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (("No effusion", "Left pneumothorax"), "No effusion. Left pneumothorax."),
        (("Clear?", "No (see above.)", "Small (5 mm)"), "Clear? No (see above.) Small (5 mm)."),
        (("Lungs:", "clear"), "Lungs: clear."),
        (("No effusion,", "Left pneumothorax"), "No effusion,\nLeft pneumothorax."),
        (("肺野清晰。", "心影不大"), "肺野清晰。 心影不大."),
        (("A\tsmall\u00a0 one",), "A small one."),
        (("", " \n", "Clear."), "Clear."),
        (("***",), "***"),
        (("Nodule of 5.2 cm", "[size]"), "Nodule of 5.2 cm. [size]."),
    ],
)
def test_a_row_without_a_full_stop_gets_one(rows: tuple[str, ...], text: str) -> None:
    assert joined(rows) == text


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (("1. No effusion", "2. Left fracture"), "1. No effusion.\n2. Left fracture."),
        (("Seen:", "- a nodule", "- no mass", "Heart normal"), None),
        (("Clear.", "(1) Old fracture", "b) Scar"), "Clear.\n(1) Old fracture.\nb) Scar."),
        (("12 mm nodule", "5.2 cm mass"), "12 mm nodule. 5.2 cm mass."),
    ],
)
def test_a_list_stays_a_list(rows: tuple[str, ...], text: str | None) -> None:
    assert joined(rows) == (text or "Seen:\n- a nodule.\n- no mass.\nHeart normal.")


def test_lines_of_a_row_stay_lines_and_do_not_read_on() -> None:
    pasted = "No pleural effusion\r\nLeft pneumothorax\n\n1. Seen\u2028with\x0bthe prior"
    assert finished(pasted) == "No pleural effusion.\nLeft pneumothorax.\n1. Seen\nwith\nthe prior."
    assert joined(["Clear.", "Wide\nheart", "Normal."]) == "Clear.\nWide\nheart.\nNormal."


@given(st.lists(ANY, max_size=6))
def test_every_word_stays_apart_and_in_order(rows: list[str]) -> None:
    words = [word for row in rows for word in row.split()]
    found = joined(rows).split()
    assert len(found) == len(words)
    assert all(one in (word, f"{word}.") for one, word in zip(found, words, strict=True))


@given(st.lists(ANY, min_size=2, max_size=6))
def test_no_row_reads_on_into_the_next(rows: list[str]) -> None:
    shown = [text for row in rows if re.search(r"\w", text := finished(row))]
    for row, after in pairwise(shown):
        both = joined([row, after])
        assert not re.search(r"\w$", row)
        assert both in (f"{row} {after}", f"{row}\n{after}")


@given(ANY)
def test_finishing_twice_changes_nothing(row: str) -> None:
    assert finished(finished(row)) == finished(row)


@given(st.text(st.characters(exclude_categories=[]), max_size=20))
def test_half_a_character_is_never_stored(row: str) -> None:
    storable(row).encode()


def test_whole_characters_are_stored_as_they_are() -> None:
    assert storable("👍🏽 𠀀 é\u0301") == "👍🏽 𠀀 é\u0301"
    assert storable("\ud83d\udc4d") == "👍"
    assert storable("a\ud800b") == "a\ufffdb"
