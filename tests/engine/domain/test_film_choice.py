"""Which films are drafted, and the reason when none is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from testkit.studies import film, study

from engine.domain.film_choice import choose_films, is_child
from engine.domain.study import PresentationIntent, View
from engine.errors import NoSuitableFilmError

FRONTAL = film("1.1", view=View.FRONTAL)
LATERAL = film("1.2", view=View.LATERAL)
UNKNOWN = film("1.3", view=View.UNKNOWN)
OTHER = film("1.4", view=View.OTHER)
RAW = replace(film("1.0", view=View.FRONTAL), intent=PresentationIntent.PROCESSING)


def test_frontal_and_lateral_are_chosen_whatever_their_order() -> None:
    choice = choose_films(study(LATERAL, FRONTAL))
    assert (choice.frontal, choice.lateral, choice.warnings) == (FRONTAL, LATERAL, ())


def test_raw_data_beside_the_film_is_neither_drafted_nor_hung_first() -> None:
    raw_lateral = replace(LATERAL, sop_uid="1.0.2", intent=PresentationIntent.PROCESSING)
    both = study(RAW, raw_lateral, FRONTAL, LATERAL)
    choice = choose_films(both)
    assert (choice.frontal, choice.lateral, choice.warnings) == (FRONTAL, LATERAL, ())
    assert (both.frontal, both.lateral) == (FRONTAL, LATERAL)
    assert both.images == (FRONTAL, LATERAL, RAW, raw_lateral)
    assert study(RAW).frontal is RAW
    assert study(RAW, LATERAL).frontal is None


def test_a_film_that_is_not_whole_is_never_drafted() -> None:
    half, half_lateral = replace(FRONTAL, is_whole=False), replace(LATERAL, is_whole=False)
    assert choose_films(study(half, UNKNOWN)).frontal is UNKNOWN
    choice = choose_films(study(FRONTAL, half_lateral))
    assert choice.lateral is None
    assert choice.warnings == ("The lateral film is not whole; the frontal one was read alone.",)


def test_a_missing_lateral_is_said() -> None:
    choice = choose_films(study(FRONTAL))
    assert choice.lateral is None
    assert any("no lateral film" in warning for warning in choice.warnings)


def test_a_film_without_view_counts_as_frontal_with_a_warning() -> None:
    choice = choose_films(study(OTHER, UNKNOWN))
    assert choice.frontal is UNKNOWN
    assert any("does not say how the film was taken" in warning for warning in choice.warnings)
    assert choose_films(study(UNKNOWN, FRONTAL)).frontal is FRONTAL


def test_several_frontal_films_are_said() -> None:
    choice = choose_films(study(FRONTAL, film("1.9", view=View.FRONTAL)))
    assert choice.frontal is FRONTAL
    assert any("Of 2 frontal films" in warning for warning in choice.warnings)


@pytest.mark.parametrize(
    ("films", "reason"),
    [
        ((), "no radiograph"),
        ((LATERAL,), "only a lateral film"),
        ((OTHER,), "no frontal chest film"),
        ((replace(FRONTAL, modality="CT"),), "no radiograph"),
        ((replace(FRONTAL, frames=20),), "no radiograph"),
        ((replace(FRONTAL, body_part="HAND"),), "another part: hand"),
        ((replace(FRONTAL, body_part="TSPINE"),), "another part: tspine"),
        ((RAW,), "raw data for processing"),
        ((replace(FRONTAL, is_whole=False), LATERAL), "not whole"),
        ((replace(FRONTAL, is_whole=False, lost_part="Rows 9 to 20."),), "of it. Rows 9 to 20"),
        ((RAW, LATERAL), "raw data for processing"),
        ((replace(RAW, view=View.UNKNOWN),), "raw data for processing"),
    ],
)
def test_a_study_without_a_suitable_film_is_refused_with_the_reason(
    films: Any, reason: str
) -> None:
    with pytest.raises(NoSuitableFilmError, match=reason):
        choose_films(study(*films))


@pytest.mark.parametrize("part", ["", "CHEST", "Thorax", "PORT CHEST", "CHEST ABDOMEN", "TORAX"])
def test_chest_by_its_many_names(part: str) -> None:
    choice = choose_films(study(replace(FRONTAL, body_part=part), LATERAL))
    assert choice.warnings == ()


def test_an_unknown_body_part_is_a_warning() -> None:
    choice = choose_films(study(replace(FRONTAL, body_part="TRUNK"), LATERAL))
    assert any("not known to be the chest" in warning for warning in choice.warnings)


def test_the_chest_film_of_a_mixed_study_is_chosen() -> None:
    hand = film("1.0", view=View.FRONTAL, body_part="HAND")
    assert choose_films(study(hand, FRONTAL)).frontal is FRONTAL


def test_a_childs_tomogram_is_refused_for_what_it_is() -> None:
    with pytest.raises(NoSuitableFilmError, match="no radiograph"):
        choose_films(study(replace(FRONTAL, modality="CT"), patient_age="004Y"))


def test_children_are_refused() -> None:
    with pytest.raises(NoSuitableFilmError, match="child"):
        choose_films(study(FRONTAL, patient_age="004Y"))


@pytest.mark.parametrize(
    ("born", "taken", "age", "expected"),
    [
        (date(2010, 5, 2), date(2026, 5, 1), "", True),
        (date(2010, 5, 1), date(2026, 5, 1), "", False),
        (date(1950, 1, 1), date(2026, 5, 1), "003Y", False),
        (date(2030, 1, 1), date(2026, 5, 1), "050Y", False),
        (None, date(2026, 5, 1), "015Y", True),
        (None, None, "016Y", False),
        (None, None, "018M", True),
        (None, None, "003W", True),
        (None, None, "010D", True),
        (None, None, "", False),
        (None, None, "old", False),
    ],
)
def test_age_by_birth_date_else_by_the_headers_age(
    born: date | None, taken: date | None, age: str, *, expected: bool
) -> None:
    assert is_child(study(born=born, taken=taken, patient_age=age)) is expected
