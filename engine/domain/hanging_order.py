"""The order in which a study's films hang, and why; viewer and command line share it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.study import ImageRef, Study


@dataclass(frozen=True, slots=True, kw_only=True)
class HangingFilm:
    """A film and the reason for its position, in plain words."""

    image: ImageRef
    reason: str


def hanging_order(study: Study) -> tuple[HangingFilm, ...]:
    """A study's films in hanging order: the frontal film, the lateral one, then the others.

    Films meant to be read come before raw data. Empty for a study without films.
    """
    images, frontal, lateral = study.images, study.frontal, study.lateral
    if not images:
        return ()
    first = frontal or images[0]
    order = [first]
    if lateral is not None and lateral is not first:
        order.append(lateral)
    order += [image for image in images if not any(image is hung for hung in order)]
    return tuple(
        HangingFilm(image=image, reason=_reason(image, frontal, lateral)) for image in order
    )


def _reason(image: ImageRef, frontal: ImageRef | None, lateral: ImageRef | None) -> str:
    if image is frontal:
        reason = "the first frontal film"
    elif image is lateral:
        reason = "the first lateral film"
    else:
        reason = "by its series and number"
    return f"{reason}; raw data for processing" if image.is_raw else reason
