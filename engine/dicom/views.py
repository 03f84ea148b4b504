"""How a film was taken: frontal, lateral or other, and of which side.

The most explicit statement wins: View Position (0018,5101), then the View Code Sequence
(0054,0220) of PS3.16 CID 4010, then words of the descriptions, then the directions of Patient
Orientation (0020,0020).
"""

from __future__ import annotations

import re

from pydicom.dataset import Dataset

from engine.domain.study import View

_POSITIONS = {
    **dict.fromkeys(("PA", "AP", "APSUPINE", "APERECT", "PAERECT", "FRONTAL"), View.FRONTAL),
    **dict.fromkeys(("LL", "RL", "LAT", "LATERAL", "LLAT", "RLAT", "LLATERAL"), View.LATERAL),
    **dict.fromkeys(("RLD", "LLD", "RLO", "LLO", "RAO", "LAO", "RPO", "LPO"), View.OTHER),
}
# PS3.16 CID 4010, SNOMED CT and the older SRT codes of the same concepts.
_CODES = {
    **dict.fromkeys(("399348003", "R-10206"), View.FRONTAL),
    **dict.fromkeys(("272479007", "R-10214", "R-40888"), View.FRONTAL),
    **dict.fromkeys(("399033003", "R-10202"), View.FRONTAL),
    **dict.fromkeys(("399067008", "R-10228", "R-102CD"), View.LATERAL),
    **dict.fromkeys(("399173006", "R-10236"), View.LATERAL),
    **dict.fromkeys(("399198007", "R-10232"), View.LATERAL),
}
_PROJECTIONS = {
    **dict.fromkeys(("399348003", "R-10206"), "AP"),
    **dict.fromkeys(("272479007", "R-10214", "R-40888"), "PA"),
}
_AXIS = {"L": 0, "R": 0, "A": 1, "P": 1, "H": 2, "F": 2}
_TEXTS = ("SeriesDescription", "ProtocolName", "AcquisitionDeviceProcessingDescription")
_OTHER_WORDS = re.compile(r"\b(oblique|decubitus|lordotic|lao|rao|lpo|rpo)\b", re.IGNORECASE)
_LATERAL_WORDS = re.compile(r"\b(lateral|lat|ll|seitlich|profil)\b", re.IGNORECASE)
_FRONTAL_WORDS = re.compile(r"\b(pa|ap|p\.a\.?|a\.p\.?|frontal|face)(?=\W|_|$)", re.IGNORECASE)


def view_of(dataset: Dataset) -> View:
    """Which way the film was taken, as far as the header says."""
    position = re.sub(r"[^A-Z]", "", str(dataset.get("ViewPosition") or "").upper())
    if position:
        return _POSITIONS.get(position, View.OTHER)
    for found in (_by_code(dataset), _by_text(dataset), _by_orientation(dataset)):
        if found is not View.UNKNOWN:
            return found
    return View.UNKNOWN


def coded_projection(dataset: Dataset) -> str:
    """Projection by the View Code Sequence, "AP" or "PA"; empty if it says neither."""
    return _PROJECTIONS.get(_view_code(dataset), "")


def laterality_of(dataset: Dataset) -> str:
    """Side of a paired part, "L", "R" or "B"; empty if unpaired or absent."""
    for keyword in ("ImageLaterality", "Laterality"):
        value = str(dataset.get(keyword) or "").strip().upper()
        if value in ("L", "R", "B"):
            return value
    return ""


def orientation_of(dataset: Dataset) -> tuple[str, str] | None:
    """Row and column direction of (0020,0020), e.g. ("L", "F").

    None if absent, unreadable or impossible: rows and columns cannot run along the same line, nor
    one of them both ways.
    """
    value = dataset.get("PatientOrientation")
    if value is None or isinstance(value, str | bytes) or len(value) != 2:
        return None
    row, column = (str(part).strip().upper() for part in value)
    if _is_direction(row) and _is_direction(column) and _AXIS[row[0]] != _AXIS[column[0]]:
        return row, column
    return None


def _is_direction(letters: str) -> bool:
    """Whether it names a direction: up to three letters, each of another axis of the patient."""
    axes = [_AXIS.get(letter) for letter in letters]
    return bool(axes) and None not in axes and len(set(axes)) == len(axes)


def _by_code(dataset: Dataset) -> View:
    code = _view_code(dataset)
    return _CODES.get(code, View.OTHER) if code else View.UNKNOWN


def _view_code(dataset: Dataset) -> str:
    items = dataset.get("ViewCodeSequence") or ()
    codes = (str(item.get("CodeValue") or "") for item in items if isinstance(item, Dataset))
    return next((code for code in codes if code), "")


def _by_text(dataset: Dataset) -> View:
    text = " ".join(str(dataset.get(keyword) or "") for keyword in _TEXTS).replace("_", " ")
    if _OTHER_WORDS.search(text):
        return View.OTHER
    is_lateral = _LATERAL_WORDS.search(text) is not None
    is_frontal = _FRONTAL_WORDS.search(text) is not None
    if is_lateral == is_frontal:  # "PA and lateral" describes the examination, not this film
        return View.UNKNOWN
    return View.LATERAL if is_lateral else View.FRONTAL


def _by_orientation(dataset: Dataset) -> View:
    orientation = orientation_of(dataset)
    if orientation is None:
        return View.UNKNOWN
    row, column = orientation[0][0], orientation[1][0]
    if {row, column} & {"H", "F"} and {row, column} & {"L", "R"}:
        return View.FRONTAL
    if {row, column} & {"H", "F"} and {row, column} & {"A", "P"}:
        return View.LATERAL
    return View.OTHER
