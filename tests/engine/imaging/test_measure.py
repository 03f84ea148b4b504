"""Measured values on phantoms whose truth is known without the code under test."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from testkit.dicom_files import film as dicom_film
from testkit.pixel_films import film_header, pixel_film

from engine.dicom.pixels import pixel_image
from engine.domain.annotation import Annotation, AnnotationKind, Point, new_annotation
from engine.domain.study import PixelSpacing, SpacingKind
from engine.imaging.measure import (
    cardiothoracic_feet,
    cardiothoracic_widths,
    cobb,
    frame_of,
    measure,
)
from engine.imaging.spacing import SpacingSources, calibrated_spacing, chosen_spacing

FILM = pixel_film(np.zeros((400, 300), np.uint16))
NOW = datetime(2026, 3, 18, tzinfo=UTC)


def mark(kind: AnnotationKind, *places: tuple[float, float], text: str = "") -> Annotation:
    points = [Point(x=x, y=y) for x, y in places]
    return new_annotation(kind, film_header(FILM), points, author="Dr", now=NOW, text=text)


def spacing(row_mm: float, column_mm: float | None = None) -> PixelSpacing:
    return PixelSpacing(
        row_mm=row_mm, column_mm=column_mm or row_mm, kind=SpacingKind.DETECTOR_PLANE
    )


# A wire of 100 mm in the patient, and what each kind of header says about its picture.
SOURCES = [
    ({"ImagerPixelSpacing": None, "PixelSpacing": [0.2, 0.2]}, 500.0, "calibrated"),
    (
        {"PixelSpacing": [0.1, 0.1], "PixelSpacingCalibrationType": "FIDUCIAL"},
        1000.0,
        "calibrated on a fiducial",
    ),
    (
        {"PixelSpacing": [0.125, 0.125], "PixelSpacingCalibrationType": "GEOMETRY"},
        800.0,
        "corrected for magnification",
    ),
    ({}, 100 / 0.14, "detector plane"),
    ({"PixelSpacing": [0.14, 0.14]}, 100 / 0.14, "detector plane"),
    (
        {"EstimatedRadiographicMagnificationFactor": "1.25"},
        125 / 0.14,
        "corrected by the file's factor",
    ),
    (
        {"DistanceSourceToDetector": "1800", "DistanceSourceToPatient": "1500"},
        120 / 0.14,
        "corrected by distances",
    ),
    ({"ImagerPixelSpacing": None, "NominalScannedPixelSpacing": [0.4, 0.4]}, 250.0, "scanned film"),
    ({"PixelSpacing": [0.2, 0.2]}, 500.0, "calibration doubtful"),
]


@pytest.mark.parametrize(("header", "pixels", "kind"), SOURCES)
@pytest.mark.parametrize("degrees", [0, 17, 45, 90, 133])
def test_a_wire_is_right_to_a_thousandth_for_every_spacing_source(header, pixels, kind, degrees):
    pixel = pixel_image(dicom_film(np.zeros((64, 48), np.uint16), **header))
    turn = math.radians(degrees)
    end = (40 + pixels * math.cos(turn), 60 + pixels * math.sin(turn))
    found = measure(mark(AnnotationKind.LENGTH, (40, 60), end), pixel, pixel.spacing)
    assert found.unit == "mm"
    assert found.value == pytest.approx(100.0, rel=1e-3)
    assert found.lines == (f"100.0 mm ({kind})",)


@pytest.mark.parametrize("degrees", [0, 30, 90, 150])
def test_unequal_spacing_counts_along_rows_and_columns_separately(degrees):
    turn = math.radians(degrees)
    end = (30 + 80 * math.cos(turn) / 0.2, 50 + 80 * math.sin(turn) / 0.5)
    found = measure(mark(AnnotationKind.LENGTH, (30, 50), end), FILM, spacing(0.5, 0.2))
    assert found.value == pytest.approx(80.0, rel=1e-3)


def test_without_spacing_there_are_no_millimetres():
    for kind in AnnotationKind:
        points = [(10, 10), (40, 50), (70, 10), (90, 90), (20, 20), (99, 20)]
        count = {"length": 2, "angle": 3, "cobb": 4, "cardiothoracic": 6}.get(kind.value, 2)
        count = 1 if kind in (AnnotationKind.PROBE, AnnotationKind.TEXT) else count
        found = measure(mark(kind, *points[:count]), FILM, None)
        assert not any("mm" in line for line in found.lines)
        assert "mm" not in found.sentence
    length = measure(mark(AnnotationKind.LENGTH, (0, 0), (30, 40)), FILM, None)
    assert (length.value, length.unit, length.lines) == (50.0, "px", ("50 px (no scale)",))


@pytest.mark.parametrize("degrees", [0.5, 12, 45, 90, 135, 179])
def test_angles_are_right_on_unequal_pixels(degrees):
    turn = math.radians(degrees)
    x, y = 100 + 50 / 0.2, 100 + 0.0
    other = (100 + 50 * math.cos(turn) / 0.2, 100 + 50 * math.sin(turn) / 0.4)
    found = measure(mark(AnnotationKind.ANGLE, (x, y), (100, 100), other), FILM, spacing(0.4, 0.2))
    assert found.value == pytest.approx(degrees, rel=1e-3)
    assert found.lines == (f"Angle {degrees:.1f}°",)


@given(
    st.floats(-60, 60), st.floats(0.5, 29.0), st.booleans(), st.booleans(), st.floats(20.0, 200.0)
)
def test_cobb_angles_do_not_depend_on_how_the_lines_are_drawn(tilt, angle, swap1, swap2, length):
    def line(degrees: float, y: float) -> list[tuple[float, float]]:
        turn = math.radians(degrees)
        return [(50, y), (50 + length * math.cos(turn), y + length * math.sin(turn))]

    upper, lower = line(tilt, 40), line(tilt + angle, 200)
    points = (upper[::-1] if swap1 else upper) + (lower[::-1] if swap2 else lower)
    assert cobb(mark(AnnotationKind.COBB, *points), frame_of(FILM, None)) == pytest.approx(angle)


def chest(tilt: float, row_mm: float, column_mm: float) -> Annotation:
    """A heart of 40 + 90 mm in a thorax of 120 + 130 mm, tilted about its midline."""
    turn = math.radians(tilt)

    def place(across: float, down: float) -> tuple[float, float]:
        x = across * math.cos(turn) - down * math.sin(turn)
        y = across * math.sin(turn) + down * math.cos(turn)
        return 150 + x / column_mm, 60 + y / row_mm

    return mark(
        AnnotationKind.CARDIOTHORACIC,
        place(0, 0),
        place(0, 250),
        place(-40, 180),
        place(90, 200),
        place(-120, 210),
        place(130, 215),
    )


@pytest.mark.parametrize("tilt", [-15, 0, 4, 20])
@pytest.mark.parametrize("pixel", [(0.2, 0.2), (0.4, 0.2)])
def test_the_cardiothoracic_ratio_follows_a_tilted_midline(tilt, pixel):
    frame = frame_of(FILM, spacing(*pixel))
    heart, thorax = cardiothoracic_widths(chest(tilt, *pixel), frame)
    assert (heart, thorax) == (pytest.approx(130.0, rel=1e-3), pytest.approx(250.0, rel=1e-3))
    found = measure(chest(tilt, *pixel), FILM, spacing(*pixel), "PA")
    assert found.lines == ("CTR 0.52 (PA)", "130.0 mm / 250.0 mm (detector plane)")
    assert found.sentence == "Cardiothoracic ratio 0.52 on a PA film."
    feet = cardiothoracic_feet(chest(tilt, *pixel), frame)
    for border, foot in zip(chest(tilt, *pixel).points[2:], feet, strict=True):
        down = frame.vector(*chest(tilt, *pixel).points[:2])
        across = frame.vector(foot, border)
        assert across[0] * down[0] + across[1] * down[1] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("projection", "words"),
    [
        ("AP", "on an AP film, which magnifies the heart"),
        ("PA", "on a PA film"),
        ("A-P", "on an AP film, which magnifies the heart"),
        ("ap supine", "on an AP film, which magnifies the heart"),
        ("AP_PORTABLE", "on an AP film, which magnifies the heart"),
        ("P.A.", "on a PA film"),
        ("", "on a film of unstated projection"),
        ("LL", "on a film of unstated projection"),
    ],
)
def test_the_ratio_says_which_projection_it_was_taken_on(projection, words):
    found = measure(chest(0, 1, 1), FILM, None, projection)
    assert found.sentence == f"Cardiothoracic ratio 0.52 {words}."
    assert found.unit == ""


@pytest.mark.parametrize("kind", [AnnotationKind.ELLIPSE, AnnotationKind.RECTANGLE])
def test_regions_count_the_pixels_inside_and_leave_padding_out(kind):
    samples = np.random.default_rng(3).integers(0, 4000, (120, 90), dtype=np.uint16)
    film = pixel_film(samples, slope=0.5, intercept=-100.0, padding=(0, 9))
    region = mark(kind, (70.4, 20.5), (10.2, 100.7))
    inside = []
    for row in range(120):
        for column in range(90):
            x, y = (column - 40.3) / 30.1, (row - 60.6) / 40.1
            in_box = abs(x) <= 1 and abs(y) <= 1
            is_in = in_box and (kind is AnnotationKind.RECTANGLE or x * x + y * y <= 1)
            if is_in and samples[row, column] > 9:
                inside.append(samples[row, column] * 0.5 - 100)
    found = measure(region, film, spacing(0.2, 0.3))
    assert found.value == pytest.approx(np.mean(inside))
    assert found.lines[0] == f"mean {np.mean(inside):.1f}  SD {np.std(inside):.1f}"
    assert found.lines[1].startswith(f"min {min(inside):.0f}" if min(inside) % 1 == 0 else "min ")
    area = 60.2 * 0.3 * 80.2 * 0.2 * (math.pi / 4 if kind is AnnotationKind.ELLIPSE else 1)
    assert found.lines[2] == f"{area / 100:.2f} cm² (detector plane)"


def test_a_region_beside_the_film_or_between_pixels_says_so():
    beside = mark(AnnotationKind.ELLIPSE, (-50, -50), (-10, -10))
    between = mark(AnnotationKind.RECTANGLE, (3.2, 3.2), (3.8, 3.8))
    assert measure(beside, FILM, None).lines[0] == "no pixel inside"
    assert measure(between, FILM, None).lines[0] == "no pixel inside"


def test_a_probe_says_the_modality_and_the_stored_value():
    samples = np.full((64, 48), -200, np.int16)
    film = pixel_image(dicom_film(samples, RescaleSlope="2", RescaleIntercept="-5"))
    found = measure(mark(AnnotationKind.PROBE, (12.3, 20.4)), film, None)
    assert found.lines == ("value -405", "stored -200", "column 12  row 20")
    outside = measure(mark(AnnotationKind.PROBE, (-3, 0)), film, None)
    assert (outside.value, outside.lines) == (None, ("outside the film",))


def test_words_stay_words():
    assert measure(mark(AnnotationKind.TEXT, (1, 1), text="a\nb"), FILM, None).lines == ("a", "b")
    with pytest.raises(ValueError, match="points"):
        mark(AnnotationKind.LENGTH, (1, 1))


@pytest.mark.parametrize("aspect", [0.5, 1.0, 1.6])
def test_a_calibrated_film_measures_its_reference(aspect):
    film = pixel_film(np.zeros((400, 300), np.uint16), spacing=None, pixel_aspect=aspect)
    line = mark(AnnotationKind.LENGTH, (20, 30), (80, 130))
    length = measure(line, film, None).value
    assert length is not None
    by_user = calibrated_spacing(length, 45.0, aspect)
    assert by_user.row_mm / by_user.column_mm == pytest.approx(aspect)
    found = measure(line, film, by_user)
    assert found.value == pytest.approx(45.0)
    assert found.lines == ("45.0 mm (calibrated by user)",)


def test_a_film_without_any_distance_has_no_spacing():
    assert chosen_spacing(SpacingSources()) is None
    assert chosen_spacing(SpacingSources(magnification=1.2, source_to_detector=1800)) is None
