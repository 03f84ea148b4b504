"""Which films of a study a draft may be made from, and why not.

The model has read adults' chest radiographs, frontal with or without lateral. A film of anything
else would get a fluent draft all the same, so what the header says is asked first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.domain.study import ImageRef, Study, View
from engine.errors import NoSuitableFilmError

ADULT_YEARS = 16
"""Youngest age in years that is drafted."""

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
    """The films that a draft reads.

    Attributes:
        warnings: Plain sentences about what the choice leaves open.
    """

    frontal: ImageRef
    lateral: ImageRef | None
    warnings: tuple[str, ...]


def choose_films(study: Study) -> FilmChoice:
    """The first frontal and the first lateral chest film of an adult.

    A film whose header does not say how it was taken counts as frontal if there is no other, with
    a warning.

    Raises:
        NoSuitableFilmError: With the reason as a plain sentence.
    """
    if is_child(study):
        raise NoSuitableFilmError(
            "The patient is a child; the model has learned from films of adults only."
        )
    films = _chest_films(study)
    frontals = [film for film in films if film.view is View.FRONTAL]
    laterals = [film for film in films if film.view is View.LATERAL]
    unknown = [film for film in films if film.view is View.UNKNOWN]
    if not frontals and not unknown:
        raise NoSuitableFilmError(
            "This study has only a lateral film; a draft needs a frontal one."
            if laterals
            else "This study has no frontal chest film."
        )
    frontal = (frontals or unknown)[0]
    lateral = laterals[0] if laterals else None
    body_part = frontal.body_part.strip()
    signs = [
        (not frontals, "The header does not say how the film was taken; it was read as frontal."),
        (len(frontals) > 1, f"Of {len(frontals)} frontal films the first was read."),
        (lateral is None, "There is no lateral film; the frontal one was read alone."),
        (
            body_part != "" and not _CHEST.search(body_part.upper()),
            "The header's body part is not known to be the chest.",
        ),
    ]
    warnings = tuple(warning for is_so, warning in signs if is_so)
    return FilmChoice(frontal=frontal, lateral=lateral, warnings=warnings)


def is_child(study: Study) -> bool:
    """Whether the header says that the patient was younger than `ADULT_YEARS`.

    By birth date and study date, else by Patient's Age (0010,1010); False if neither is there.
    """
    born, taken = study.patient.birth_date, study.study_date
    if born is not None and taken is not None and born <= taken:
        had_birthday = (taken.month, taken.day) >= (born.month, born.day)
        return taken.year - born.year - (not had_birthday) < ADULT_YEARS
    age = _AGE.fullmatch(study.patient_age.strip())
    return age is not None and int(age[1]) * _DAYS[age[2]] < ADULT_YEARS * _DAYS["Y"]


def _chest_films(study: Study) -> Sequence[ImageRef]:
    films = [i for i in study.images if i.modality in _RADIOGRAPHS and i.frames == 1]
    if not films:
        raise NoSuitableFilmError("This study has no radiograph.")
    chest = [film for film in films if not _is_elsewhere(film.body_part.upper())]
    if not chest:
        part = films[0].body_part.strip().lower()
        raise NoSuitableFilmError(f"The header says that the film shows another part: {part}.")
    return chest


def _is_elsewhere(body_part: str) -> bool:
    return _ELSEWHERE.search(body_part) is not None and _CHEST.search(body_part) is None
