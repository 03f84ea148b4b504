"""How a film was taken: frontal, lateral or other, and of which side.

The most explicit statement wins: View Position (0018,5101), then the View Code Sequence (0054,0220)
of PS3.16 CID 4010, then words of the descriptions, then the directions of Patient Orientation
(0020,0020).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from pydicom.dataset import Dataset

from engine.dicom.values import items_of, texts_of
from engine.domain.projection import stated_projection, view_in
from engine.domain.study import View

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
# Codes of these schemes that are missing from the table are neither frontal nor lateral.
_PUBLIC = ("SCT", "SRT", "SNM3", "99SDM", "DCM")
_NOTHING = ("", "UNKNOWN", "NONE", "UNSPECIFIED", "NA", "NULL", "X", "OTHER")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedView:
    """How a film was taken, and the header's source for it.

    Attributes:
        source: "View Position", "View Code Sequence", "description" or "Patient Orientation"; empty
            if the header does not say.
    """

    view: View
    source: str


def stated_view(dataset: Dataset) -> StatedView:
    """The view, as far as the header states it.

    If an element's words name no view ("UNKNOWN", a vendor's own term), the next element decides.
    """
    for source, says in _SOURCES.items():
        view = says(dataset)
        if view is not View.UNKNOWN:
            return StatedView(view=view, source=source)
    return StatedView(view=View.UNKNOWN, source="")


def view_of(dataset: Dataset) -> View:
    """The view of `stated_view`."""
    return stated_view(dataset).view


def view_position_of(dataset: Dataset) -> str:
    """View Position, reduced to the projection if it names one; else the coded projection."""
    words = _position(dataset)
    if projection := stated_projection(words):
        return projection
    coded = coded_projection(dataset) if view_in(words) is View.UNKNOWN else ""
    says_nothing = re.sub(r"[^A-Z]", "", words.upper()) in _NOTHING
    return coded or ("" if says_nothing else words)


def coded_projection(dataset: Dataset) -> str:
    """Projection of the View Code Sequence, "AP" or "PA"; empty if it is neither."""
    code, _, meaning = _view_code(dataset)
    return _PROJECTIONS.get(code) or stated_projection(meaning)


def laterality_of(dataset: Dataset) -> str:
    """Side of a paired part, "L", "R" or "B"; empty if unpaired or absent."""
    for keyword in ("ImageLaterality", "Laterality"):
        for value in texts_of(dataset, keyword):
            if value.upper() in ("L", "R", "B"):
                return value.upper()
    return ""


def orientation_of(dataset: Dataset) -> tuple[str, str] | None:
    """Row and column direction of (0020,0020), e.g. ("L", "F").

    None if absent, unreadable or impossible: rows and columns cannot run along the same axis, and
    neither can run both ways.
    """
    value = texts_of(dataset, "PatientOrientation")
    if len(value) != 2:
        return None
    row, column = (part.upper() for part in value)
    if _is_direction(row) and _is_direction(column) and _AXIS[row[0]] != _AXIS[column[0]]:
        return row, column
    return None


def _is_direction(letters: str) -> bool:
    """Whether the letters are a direction: up to three, each of another axis of the patient."""
    axes = [_AXIS.get(letter) for letter in letters]
    return bool(axes) and None not in axes and len(set(axes)) == len(axes)


def _position(dataset: Dataset) -> str:
    return " ".join(texts_of(dataset, "ViewPosition"))


def _by_position(dataset: Dataset) -> View:
    return view_in(_position(dataset))


def _by_code(dataset: Dataset) -> View:
    code, scheme, meaning = _view_code(dataset)
    found = _CODES.get(code) or view_in(meaning)
    is_another = found is View.UNKNOWN and scheme in _PUBLIC
    return View.OTHER if is_another else found


def _view_code(dataset: Dataset) -> tuple[str, str, str]:
    """Value, scheme and meaning of the first code; empty if there is none."""
    for item in items_of(dataset, "ViewCodeSequence"):
        names = ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")
        value, scheme, meaning = (" ".join(texts_of(item, name)) for name in names)
        if value or meaning:
            return value, scheme, meaning
    return "", "", ""


def _by_text(dataset: Dataset) -> View:
    return view_in(" ".join(word for keyword in _TEXTS for word in texts_of(dataset, keyword)))


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


_SOURCES: dict[str, Callable[[Dataset], View]] = {
    "View Position": _by_position,
    "View Code Sequence": _by_code,
    "description": _by_text,
    "Patient Orientation": _by_orientation,
}
