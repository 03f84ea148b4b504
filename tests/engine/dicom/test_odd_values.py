"""Elements of another VR, or with values that make no sense: none of them costs the film."""

from __future__ import annotations

import io
import itertools
import random
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from testkit.dicom_files import chest_like, film
from testkit.presentation_states import state_dataset

from engine.dicom.header import found_image
from engine.dicom.inspection import inspect
from engine.dicom.presentation_state import presentation_state
from engine.dicom.reader import read_header

FILM_KEYWORDS = """
WindowCenter WindowWidth WindowCenterWidthExplanation VOILUTFunction VOILUTSequence RescaleSlope
RescaleIntercept ModalityLUTSequence PresentationLUTShape PixelPaddingValue
PixelPaddingRangeLimit ShutterShape ShutterLeftVerticalEdge CenterOfCircularShutter
RadiusOfCircularShutter VerticesOfThePolygonalShutter PixelSpacing ImagerPixelSpacing
NominalScannedPixelSpacing PixelSpacingCalibrationType PixelAspectRatio
EstimatedRadiographicMagnificationFactor DistanceSourceToDetector ViewPosition ViewCodeSequence
PatientOrientation ImageLaterality SeriesDescription BodyPartExamined PatientName PatientID
PatientBirthDate PatientSex StudyDate StudyTime SeriesNumber InstanceNumber
LossyImageCompression PresentationIntentType
"""
STATE_KEYWORDS = """
RescaleSlope ModalityLUTSequence SoftcopyVOILUTSequence PresentationLUTSequence ImageRotation
ImageHorizontalFlip DisplayedAreaSelectionSequence ShutterShape CenterOfCircularShutter
GraphicAnnotationSequence MaskSubtractionSequence ShutterOverlayGroup ContentDescription
"""
VALUES: list[tuple[str, Any]] = [
    ("LO", "rubbish"),
    ("LO", ["a", "b", "c"]),
    ("LO", ""),
    ("DS", ["1", "2", "3"]),
    ("IS", "99999999999"),
    ("US", 7),
    ("FD", float("nan")),
    ("FL", [1e30, -1e30]),
    ("OB", b"\0\1\2\3"),
    ("SQ", []),
    ("SQ", [Dataset()]),
]
_SHAPES = {"Center": "CIRCULAR", "Radius": "CIRCULAR", "Vertices": "POLYGONAL"}


def _with(dataset: Dataset, keyword: str, vr: str, value: Any) -> io.BytesIO:
    """The data set as a file in which one element is another."""
    if "Shutter" in keyword:
        shape = next((s for word, s in _SHAPES.items() if word in keyword), "RECTANGULAR")
        dataset.ShutterShape = shape
    if keyword in dataset:
        delattr(dataset, keyword)
    dataset.add_new(keyword, vr, value)
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    stream.seek(0)
    return stream


def _check_film(keyword: str, vr: str, value: Any) -> None:
    stream = _with(film(chest_like(64, 48)), keyword, vr, value)
    facts = inspect("film", stream)
    assert facts["ok"], (keyword, vr, value, facts["error"])
    stream.seek(0)
    assert found_image(read_header(stream), Path("film")).image.rows == 64


def _check_state(keyword: str, vr: str, value: Any) -> None:
    stream = _with(state_dataset("1.2.3.4.5"), keyword, vr, value)
    assert presentation_state(read_header(stream), "1.2.3.4.5", 100, 80).title


def _some(keywords: str, count: int) -> list[tuple[str, tuple[str, Any]]]:
    return random.Random(15).sample(list(itertools.product(keywords.split(), VALUES)), count)  # noqa: S311


@pytest.mark.filterwarnings("ignore")
def test_no_trifle_costs_a_film_or_a_state() -> None:
    for keyword, (vr, value) in _some(FILM_KEYWORDS, 60):
        _check_film(keyword, vr, value)
    for keyword, (vr, value) in _some(STATE_KEYWORDS, 30):
        _check_state(keyword, vr, value)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_no_trifle_of_any_kind_costs_a_film_or_a_state() -> None:
    for keyword, (vr, value) in itertools.product(FILM_KEYWORDS.split(), VALUES):
        _check_film(keyword, vr, value)
    for keyword, (vr, value) in itertools.product(STATE_KEYWORDS.split(), VALUES):
        _check_state(keyword, vr, value)
