"""Which films go into which slots: the five layouts, computed from the films there are.

A pure function: the frontal film left, the lateral right of it, priors beside or below, newest
first. Every film is of one patient: the prior of anybody else is not considered, whatever the list
of priors says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.domain.hanging_order import hanging_order
from engine.domain.study import ImageRef, Study, View


class Layout(StrEnum):
    """Arrangements of films."""

    STUDY = "frontal and lateral"
    SINGLE = "one film"
    PRIOR = "current and prior"
    PAIRS = "both views above the prior's"
    TIMELINE = "current and two priors"


SLOTS = 4
"""The most films that any layout shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One film and its position in the layout, counted from the top left."""

    study: Study
    image: ImageRef
    is_prior: bool
    row: int = 0
    column: int = 0


def same_person(study: Study, priors: Sequence[Study]) -> tuple[Study, ...]:
    """The priors of the study's own patient: same ID and same birth date."""
    return tuple(
        prior
        for prior in priors
        if prior.uid != study.uid and prior.patient.is_same_person(study.patient)
    )


def slots_of(layout: Layout, study: Study, priors: Sequence[Study]) -> tuple[Slot, ...]:
    """The films of a layout; fewer than it has slots if films are missing.

    Args:
        layout: The layout asked for.
        study: The open study.
        priors: Earlier studies, newest first; those of other people are left out.
    """
    if not study.images:
        return ()
    earlier = same_person(study, priors)
    main = Slot(study=study, image=main_film(study), is_prior=False)
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
    return hanging_order(study)[0].image


def film_like(prior: Study, view: View) -> ImageRef | None:
    """A study's first film of that view, or None."""
    return next((image for image in prior.images if image.view is view), None)


def counterpart(slot: Slot, study: Study, priors: Sequence[Study]) -> Slot | None:
    """The film to alternate with: the newest prior of this view; for a prior, the current film."""
    if slot.is_prior:
        image = film_like(study, slot.image.view)
        return None if image is None else Slot(study=study, image=image, is_prior=False)
    return next(iter(_like(slot.image.view, same_person(study, priors))), None)


def all_films(study: Study, priors: Sequence[Study]) -> tuple[Slot, ...]:
    """Every film that can be shown: the study's, then the priors', newest first."""
    current = [Slot(study=study, image=image, is_prior=False) for image in study.images]
    return (
        *current,
        *(
            Slot(study=prior, image=image, is_prior=True)
            for prior in same_person(study, priors)
            for image in prior.images
        ),
    )


def _like(view: View, priors: Sequence[Study]) -> tuple[Slot, ...]:
    found = ((prior, film_like(prior, view)) for prior in priors)
    return tuple(Slot(study=s, image=i, is_prior=True) for s, i in found if i is not None)


def _second(main: Slot) -> Slot | None:
    second = hanging_order(main.study)[1:2]
    return Slot(study=main.study, image=second[0].image, is_prior=False) if second else None


def _in_a_row(main: Slot, others: Sequence[Slot]) -> tuple[Slot, ...]:
    slots = (main, *others)
    return tuple(_at(slot, 0, column) for column, slot in enumerate(slots))


def _pairs(main: Slot, priors: Sequence[Study]) -> tuple[Slot, ...]:
    second = _second(main)
    if second is None:
        return _in_a_row(main, _like(main.image.view, priors)[:1])
    above = [main, second]
    below: list[tuple[int, Slot]] = []
    for prior in priors:
        for column, slot in enumerate(above):
            image = film_like(prior, slot.image.view)
            if image is not None:
                below.append((column, Slot(study=prior, image=image, is_prior=True)))
        # The lower row shows one prior, the newest with a film of either view.
        if below:
            break
    return (
        *(_at(slot, 0, column) for column, slot in enumerate(above)),
        *(_at(slot, 1, column) for column, slot in below),
    )


def _at(slot: Slot, row: int, column: int) -> Slot:
    return Slot(study=slot.study, image=slot.image, is_prior=slot.is_prior, row=row, column=column)
