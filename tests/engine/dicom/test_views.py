"""Frontal, lateral or other, from whatever a header says about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from testkit.dicom_files import chest_like, film

from engine.dicom.header import found_image
from engine.dicom.views import laterality_of, orientation_of, view_of
from engine.domain.study import View


def _code(value: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", "view"
    return item


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
