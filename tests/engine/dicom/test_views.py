"""Frontal, lateral or other, from whatever a header says about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from testkit.dicom_files import chest_like, film

from engine.dicom.header import found_image
from engine.dicom.intent import RAW_NOTE
from engine.dicom.pixels import pixel_image
from engine.dicom.views import laterality_of, orientation_of, stated_view, view_of
from engine.domain.study import PresentationIntent, View


def _code(value: str, scheme: str = "SCT", meaning: str = "view") -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


_TURNED = {"PatientOrientation": ["A", "F"]}


@pytest.mark.parametrize(
    ("elements", "view"),
    [
        ({"ViewPosition": "PA"}, View.FRONTAL),
        ({"ViewPosition": "AP"}, View.FRONTAL),
        ({"ViewPosition": "LL", "SeriesDescription": "PA"}, View.LATERAL),
        ({"ViewPosition": "RLD"}, View.OTHER),
        ({"ViewCodeSequence": [_code("272479007")]}, View.FRONTAL),
        ({"ViewCodeSequence": [_code("399173006")]}, View.LATERAL),
        ({"ViewCodeSequence": [_code("399135007")]}, View.OTHER),
        ({"SeriesDescription": "Thorax p.a."}, View.FRONTAL),
        ({"SeriesDescription": "W033 Chest Lat"}, View.LATERAL),
        ({"SeriesDescription": "CHEST_AP_PORTABLE"}, View.FRONTAL),
        ({"SeriesDescription": "Chest PA and lateral", "PatientOrientation": None}, View.UNKNOWN),
        ({"SeriesDescription": "Oblique AP"}, View.OTHER),
        ({"SeriesDescription": "Patella"}, View.FRONTAL),  # by its orientation, not by "Pa"
        ({"PatientOrientation": ["P", "F"]}, View.LATERAL),
        ({"PatientOrientation": ["A", "R"]}, View.OTHER),
        ({"PatientOrientation": ["A", "P"]}, View.UNKNOWN),  # no film runs both ways
        ({"PatientOrientation": None}, View.UNKNOWN),
        ({"PatientOrientation": "7"}, View.UNKNOWN),
        ({"ViewPosition": "AP PORTABLE"}, View.FRONTAL),
        ({"ViewPosition": "LEFT LATERAL", "SeriesDescription": "PA"}, View.LATERAL),
        ({"ViewPosition": "UNKNOWN", "SeriesDescription": "Thorax lat"}, View.LATERAL),
        ({"ViewPosition": "NONE", "PatientOrientation": ["A", "F"]}, View.LATERAL),
        ({"ViewPosition": "SUPINE", "ViewCodeSequence": [_code("R-10206")]}, View.FRONTAL),
        ({"ViewPosition": "W1", "PatientOrientation": None}, View.UNKNOWN),
        ({"ViewCodeSequence": [_code("V7", "99X", "left lateral")]}, View.LATERAL),
        ({"ViewCodeSequence": [_code("V7", "99X", "Bucky")], **_TURNED}, View.LATERAL),
        ({"ViewCodeSequence": [_code("399135007", "SCT", "")], **_TURNED}, View.OTHER),
    ],
)
def test_the_most_explicit_statement_wins(elements: dict[str, Any], view: View) -> None:
    assert view_of(film(chest_like(8, 8), **{"ViewPosition": None, **elements})) is view


@pytest.mark.parametrize(
    ("code", "projection"),
    [("399348003", "AP"), ("R-10206", "AP"), ("272479007", "PA"), ("R-40888", "PA"), ("X", "")],
)
def test_a_code_names_the_projection_where_the_position_is_empty(
    code: str, projection: str
) -> None:
    dataset = film(chest_like(8, 8), ViewPosition=None, ViewCodeSequence=[_code(code)])
    assert found_image(dataset, Path("f")).image.view_position == projection
    dataset.ViewPosition = "LL"
    assert found_image(dataset, Path("f")).image.view_position == "LL"


@pytest.mark.parametrize(
    ("words", "position"),
    [
        ("AP PORTABLE", "AP"),
        ("ERECT PA", "PA"),
        ("SUPINE", "SUPINE"),
        ("UNKNOWN", ""),
        ("LL", "LL"),
    ],
)
def test_a_view_position_is_its_projection_where_it_names_one(words: str, position: str) -> None:
    dataset = film(chest_like(8, 8), ViewPosition=words)
    assert found_image(dataset, Path("f")).image.view_position == position


@pytest.mark.parametrize(
    ("elements", "source"),
    [
        ({"ViewPosition": "PA"}, "View Position"),
        ({"ViewPosition": "NONE", "ViewCodeSequence": [_code("R-10206")]}, "View Code Sequence"),
        ({"ViewPosition": "NONE", "ProtocolName": "Chest AP"}, "description"),
        ({"ViewPosition": None}, "Patient Orientation"),
        ({"ViewPosition": None, "PatientOrientation": None}, ""),
    ],
)
def test_it_is_known_what_says_the_view(elements: dict[str, Any], source: str) -> None:
    assert stated_view(film(chest_like(8, 8), **elements)).source == source


def test_sides_are_read_or_left_unknown() -> None:
    assert orientation_of(film(chest_like(8, 8))) == ("L", "F")
    assert orientation_of(film(chest_like(8, 8), PatientOrientation=["L", "Q"])) is None
    assert orientation_of(film(chest_like(8, 8), PatientOrientation=None)) is None
    assert orientation_of(film(chest_like(8, 8), PatientOrientation=["LA", "FR"])) == ("LA", "FR")
    for impossible in (
        ["L", "L"],
        ["L", "R"],
        ["LR", "F"],
        ["L", "FF"],
        ["LPA", "F"],
        ["HA", "FP"],
    ):
        dataset = film(chest_like(8, 8), PatientOrientation=impossible)
        assert orientation_of(dataset) is None, impossible
    assert laterality_of(film(chest_like(8, 8), ImageLaterality="L")) == "L"
    assert laterality_of(film(chest_like(8, 8))) == ""


@pytest.mark.filterwarnings("ignore:Invalid value for VR CS")
@pytest.mark.parametrize(
    ("elements", "intent"),
    [
        ({}, PresentationIntent.PRESENTATION),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.1.1"}, PresentationIntent.PROCESSING),
        ({"PresentationIntentType": "FOR PROCESSING"}, PresentationIntent.PROCESSING),
        ({"PresentationIntentType": "for_processing"}, PresentationIntent.PROCESSING),
        ({"PresentationIntentType": "?"}, PresentationIntent.PRESENTATION),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.1"}, PresentationIntent.UNSAID),
    ],
)
def test_raw_data_is_told_from_a_film_and_says_so(
    elements: dict[str, Any], intent: PresentationIntent
) -> None:
    dataset = film(chest_like(64, 48), **elements)
    assert found_image(dataset, Path("f")).image.intent is intent
    assert (RAW_NOTE in pixel_image(dataset).notes) is (intent is PresentationIntent.PROCESSING)
