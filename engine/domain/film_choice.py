"""Which films of a study a draft may be made from, and why not.

The model was trained on adults' chest radiographs, frontal with or without lateral. Any other film
would get a fluent draft all the same, so the header is checked first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.domain.study import ImageRef, Study, View
from engine.errors import NoSuitableFilmError

ADULT_YEARS = 16
"""Minimum age in years for a draft."""

_RADIOGRAPHS = frozenset({"CR", "DX", "RG"})
_CHEST = re.compile(r"CHEST|THORA|TORA|LUNG|HEART|RIB")
# Body Part Examined (0018,0015) in the terms of PS3.16 Annex L; some devices add words to them.
_ELSEWHERE = re.compile(
    r"ABDOMEN|ANKLE|ARM|BREAST|CALCANEUS|CLAVICLE|COCCYX|ELBOW|EXTREMITY|FEMUR|FINGER|FOOT|FOREARM"
    r"|HAND|HEAD|HIP|HUMERUS|JAW|KNEE|LEG|MANDIBLE|NECK|ORBIT|PATELLA|PELVIS|SACRUM|SHOULDER|SINUS"
    r"|SKULL|SPINE|TOE|TOOTH|WRIST"
)
_AGE = re.compile(r"(\d{3})([DWMY])")
_DAYS = {"D": 1, "W": 7, "M": 30, "Y": 365}


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmChoice:
    """The films that a draft is made from.

    Attributes:
        warnings: Plain sentences about what remains uncertain in the choice.
    """

    frontal: ImageRef
    lateral: ImageRef | None
    warnings: tuple[str, ...]


def choose_films(study: Study) -> FilmChoice:
    """The first whole frontal and lateral chest film of an adult, never raw data.

    A film whose header does not give its view counts as frontal if there is no other, with a
    warning.

    Raises:
        NoSuitableFilmError: With the reason as a plain sentence.
    """
    chest = _chest_films(study)
    if is_child(study):
        raise NoSuitableFilmError(
            "The patient is a child; the model has learned from films of adults only."
        )
    films = [film for film in chest if film.is_whole and not film.is_raw]
    frontals = [film for film in films if film.view is View.FRONTAL]
    laterals = [film for film in films if film.view is View.LATERAL]
    unknown = [film for film in films if film.view is View.UNKNOWN]
    if not frontals and not unknown:
        raise NoSuitableFilmError(_no_frontal(chest, laterals))
    frontal = (frontals or unknown)[0]
    lateral = laterals[0] if laterals else None
    body_part = frontal.body_part.strip()
    signs = [
        (not frontals, "The header does not say how the film was taken; it was read as frontal."),
        (len(frontals) > 1, f"Of {len(frontals)} frontal films the first was read."),
        (lateral is None, _no_lateral(chest)),
        (
            body_part != "" and not _CHEST.search(body_part.upper()),
            "The header's body part is not known to be the chest.",
        ),
    ]
    warnings = tuple(warning for is_so, warning in signs if is_so)
    return FilmChoice(frontal=frontal, lateral=lateral, warnings=warnings)


def may_be_drafted(film: ImageRef) -> bool:
    """Whether a draft may use this film, whatever the patient's age and the other films."""
    return (
        film.modality in _RADIOGRAPHS
        and film.frames == 1
        and film.is_whole
        and not film.is_raw
        and film.view is not View.OTHER
        and not _is_elsewhere(film.body_part.upper())
    )


def not_whole(lost_part: str, film: str = "frontal") -> str:
    """Why a film that lacks a part is not drafted; `lost_part` as in `ImageRef`."""
    is_so = "may not be" if lost_part else "is not"
    return f"The {film} film {is_so} whole; a draft needs all of it. {lost_part}".rstrip()


def is_child(study: Study) -> bool:
    """Whether the header says that the patient was younger than `ADULT_YEARS`.

    The age comes from birth date and study date, else from Patient's Age (0010,1010); False if
    neither is there.
    """
    born, taken = study.patient.birth_date, study.study_date
    if born is not None and taken is not None and born <= taken:
        had_birthday = (taken.month, taken.day) >= (born.month, born.day)
        return taken.year - born.year - (not had_birthday) < ADULT_YEARS
    age = _AGE.fullmatch(study.patient_age.strip())
    return age is not None and int(age[1]) * _DAYS[age[2]] < ADULT_YEARS * _DAYS["Y"]


def _chest_films(study: Study) -> Sequence[ImageRef]:
    films = [i for i in study.images if i.modality in _RADIOGRAPHS and i.frames == 1]
    if study.images and all(image.is_picture for image in study.images):
        raise NoSuitableFilmError(
            "This is a picture, not a film: what was done to its greys is not known, so that no"
            " draft is made."
        )
    if not films:
        raise NoSuitableFilmError("This study has no radiograph.")
    chest = [film for film in films if not _is_elsewhere(film.body_part.upper())]
    if not chest:
        part = films[0].body_part.strip().lower()
        raise NoSuitableFilmError(f"The header says that the film shows another part: {part}.")
    return chest


def _no_frontal(chest: Sequence[ImageRef], laterals: Sequence[ImageRef]) -> str:
    """Why none of a study's chest films can be drafted as the frontal one."""
    if any(film.is_raw and _may_be_front(film) for film in chest):
        return "The frontal film is raw data for processing; a draft needs the processed film."
    if any(not film.is_whole and _may_be_front(film) for film in chest):
        lost = [film.lost_part for film in chest if _may_be_front(film)]
        return not_whole(next(filter(None, lost), ""))
    if laterals:
        return "This study has only a lateral film; a draft needs a frontal one."
    return "This study has no frontal chest film."


def _may_be_front(film: ImageRef) -> bool:
    return film.view in (View.FRONTAL, View.UNKNOWN)


def _no_lateral(chest: Sequence[ImageRef]) -> str:
    """Why the frontal film was read alone."""
    if any(film.view is View.LATERAL and not film.is_whole for film in chest):
        return "The lateral film is not whole; the frontal one was read alone."
    return "There is no lateral film; the frontal one was read alone."


def _is_elsewhere(body_part: str) -> bool:
    return _ELSEWHERE.search(body_part) is not None and _CHEST.search(body_part) is None
