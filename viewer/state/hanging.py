"""Which films hang where: the five layouts of the light box, from the films that there are.

A pure choice (product.md rows 51 to 53 and 61): the frontal film left, the lateral right of it,
priors beside or below, the newest first. Every film is of one patient: a prior of anybody else is
not even considered, whatever the list of priors says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.domain.study import ImageRef, Study, View


class Layout(StrEnum):
    """How films are arranged."""

    STUDY = "frontal and lateral"
    SINGLE = "one film"
    PRIOR = "current and prior"
    PAIRS = "both views above the prior's"
    TIMELINE = "current and two priors"


PLACES = 4
"""The most films that any layout shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One film and where it hangs, counted from the top left."""

    study: Study
    image: ImageRef
    is_prior: bool
    row: int = 0
    column: int = 0


def same_person(study: Study, priors: Sequence[Study]) -> tuple[Study, ...]:
    """Those priors that are of the study's patient: same ID and same birth date."""
    return tuple(
        prior
        for prior in priors
        if prior.uid != study.uid and prior.patient.is_same_person(study.patient)
    )


def hang(layout: Layout, study: Study, priors: Sequence[Study]) -> tuple[Place, ...]:
    """The films of a layout; fewer than it has room for where there are none.

    Args:
        layout: What is asked for.
        study: The open study.
        priors: Earlier studies, newest first; those of other people are left out.
    """
    if not study.images:
        return ()
    earlier = same_person(study, priors)
    main = Place(study=study, image=main_film(study), is_prior=False)
    if layout is Layout.SINGLE:
        return (main,)
    if layout is Layout.PRIOR:
        return _in_a_row(main, _like(main.image.view, earlier)[:1])
    if layout is Layout.TIMELINE:
        return _in_a_row(main, _like(main.image.view, earlier)[:2])
    if layout is Layout.PAIRS:
        return _pairs(main, earlier)
    second = _second(main)
    return _in_a_row(main, (second,) if second else _like(main.image.view, earlier)[:1])


def main_film(study: Study) -> ImageRef:
    """The film at the top left: the first frontal one, else the first."""
    return study.frontal or study.images[0]


def film_like(prior: Study, view: View) -> ImageRef | None:
    """A study's first film of that view, or None."""
    return next((image for image in prior.images if image.view is view), None)


def counterpart(place: Place, study: Study, priors: Sequence[Study]) -> Place | None:
    """What flickers with a film: the newest prior's film of its view; for a prior the current."""
    if place.is_prior:
        image = film_like(study, place.image.view)
        return None if image is None else Place(study=study, image=image, is_prior=False)
    return next(iter(_like(place.image.view, same_person(study, priors))), None)


def all_films(study: Study, priors: Sequence[Study]) -> tuple[Place, ...]:
    """Every film that may be hung: the study's, then the priors', newest first."""
    current = [Place(study=study, image=image, is_prior=False) for image in study.images]
    return (
        *current,
        *(
            Place(study=prior, image=image, is_prior=True)
            for prior in same_person(study, priors)
            for image in prior.images
        ),
    )


def _like(view: View, priors: Sequence[Study]) -> tuple[Place, ...]:
    found = ((prior, film_like(prior, view)) for prior in priors)
    return tuple(Place(study=s, image=i, is_prior=True) for s, i in found if i is not None)


def _second(main: Place) -> Place | None:
    study = main.study
    lateral = study.lateral
    if lateral is None or lateral is main.image:
        lateral = next((image for image in study.images if image is not main.image), None)
    return None if lateral is None else Place(study=study, image=lateral, is_prior=False)


def _in_a_row(main: Place, others: Sequence[Place]) -> tuple[Place, ...]:
    places = (main, *others)
    return tuple(_at(place, 0, column) for column, place in enumerate(places))


def _pairs(main: Place, priors: Sequence[Study]) -> tuple[Place, ...]:
    second = _second(main)
    if second is None:
        return _in_a_row(main, _like(main.image.view, priors)[:1])
    above = [main, second]
    below: list[tuple[int, Place]] = []
    for prior in priors:
        for column, place in enumerate(above):
            image = film_like(prior, place.image.view)
            if image is not None:
                below.append((column, Place(study=prior, image=image, is_prior=True)))
        if below:
            break
    return (
        *(_at(place, 0, column) for column, place in enumerate(above)),
        *(_at(place, 1, column) for column, place in below),
    )


def _at(place: Place, row: int, column: int) -> Place:
    return Place(
        study=place.study, image=place.image, is_prior=place.is_prior, row=row, column=column
    )
