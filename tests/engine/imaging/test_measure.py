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
from engine.domain.annotation import Annotation, Point, new_annotation
from engine.domain.annotation_kind import AnnotationKind
from engine.domain.study import PixelSpacing, SpacingKind
from engine.imaging.line_measurements import cardiothoracic_feet, cardiothoracic_widths, cobb
from engine.imaging.measure import annotation_shape, measure
from engine.imaging.measurement import frame_of
from engine.imaging.region_measurements import enclosed_area
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
    ({"ImagerPixelSpacing": None, "PixelSpacing": [0.2, 0.2]}, 500.0, "calibration unknown"),
    (
        {"ImagerPixelSpacing": None, "PixelSpacing": [0.2, 0.2], "Modality": "CT"},
        500.0,
        "plane of the section",
    ),
    (
        {
            "ImagerPixelSpacing": None,
            "PixelSpacing": [0.2, 0.2],
            "PixelSpacingCalibrationType": "FIDUCIAL",
        },
        500.0,
        "calibrated on a fiducial",
    ),
    ({"PixelSpacing": [0.125, 0.125]}, 800.0, "calibrated"),
    (
        {
            "ImagerPixelSpacing": [0.1388889, 0.1388889],
            "PixelSpacing": [0.139, 0.139],
            "EstimatedRadiographicMagnificationFactor": "1.10",
        },
        110 / 0.1388889,
        "corrected by the file's factor",
    ),
    (
        {
            "ImagerPixelSpacing": [0.1388889, 0.1388889],
            "PixelSpacing": [0.138, 0.138],
            "EstimatedRadiographicMagnificationFactor": "1.15",
        },
        115 / 0.1388889,
        "corrected by the file's factor",
    ),
    (
        {
            "ImagerPixelSpacing": None,
            "NominalScannedPixelSpacing": [0.4, 0.4],
            "PixelSpacing": [0.4, 0.4],
        },
        250.0,
        "scanned film",
    ),
    (
        {
            "ImagerPixelSpacing": None,
            "NominalScannedPixelSpacing": [0.1, 0.1],
            "PixelSpacing": [0.12, 0.12],
        },
        100 / 0.12,
        "calibration doubtful",
    ),
    (
        {
            "ImagerPixelSpacing": None,
            "NominalScannedPixelSpacing": [0.125, 0.125],
            "PixelSpacing": [0.1, 0.1],
        },
        1000.0,
        "calibrated",
    ),
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
    assert found.values == pytest.approx((100.0,), rel=1e-3)
    assert found.lines == (f"100.0 mm ({kind})",)


@pytest.mark.parametrize("degrees", [0, 30, 90, 150])
def test_unequal_spacing_counts_along_rows_and_columns_separately(degrees):
    turn = math.radians(degrees)
    end = (30 + 80 * math.cos(turn) / 0.2, 50 + 80 * math.sin(turn) / 0.5)
    found = measure(mark(AnnotationKind.LENGTH, (30, 50), end), FILM, spacing(0.5, 0.2))
    assert found.values == pytest.approx((80.0,), rel=1e-3)


def test_without_spacing_there_are_no_millimetres():
    for kind in AnnotationKind:
        points = [(10, 10), (40, 50), (70, 10), (90, 90), (20, 20), (99, 20)]
        found = measure(mark(kind, *points[: len(kind.facts.steps)]), FILM, None)
        assert not any("mm" in line for line in found.lines)
        assert "mm" not in found.sentence
    length = measure(mark(AnnotationKind.LENGTH, (0, 0), (30, 40)), FILM, None)
    assert (length.values, length.unit, length.lines) == ((50.0,), "px", ("50 px (no scale)",))


def nodule(degrees: float, beside: float, row_mm: float, column_mm: float) -> Annotation:
    """A nodule of 24 by 16 mm, turned; its short axis off the middle and drawn askew."""
    turn = math.radians(degrees)

    def place(along: float, across: float) -> tuple[float, float]:
        x = along * math.cos(turn) - across * math.sin(turn)
        y = along * math.sin(turn) + across * math.cos(turn)
        return 150 + x / column_mm, 200 + y / row_mm

    return mark(
        AnnotationKind.BIDIRECTIONAL, place(-12, 0), place(12, 0), place(1, -7), place(beside, 9)
    )


@pytest.mark.parametrize("degrees", [0, 25, 90, 133, 200])
@pytest.mark.parametrize("pixel", [(0.2, 0.2), (0.45, 0.15)])
@pytest.mark.parametrize("beside", [1, 4, -6])
def test_the_short_axis_is_perpendicular_on_the_patient_however_it_is_drawn(degrees, pixel, beside):
    drawn = nodule(degrees, beside, *pixel)
    found = measure(drawn, FILM, spacing(*pixel))
    assert found.values == pytest.approx((24.0, 16.0), rel=1e-3)
    assert found.lines == ("24.0 mm × 16.0 mm (detector plane)",)
    assert found.sentence == "Long axis 24.0 mm, short axis 16.0 mm (detector plane)."
    frame = frame_of(FILM, spacing(*pixel))
    shape = annotation_shape(drawn, frame)
    long, short = (frame.vector(*line) for line in shape.lines)
    assert long[0] * short[0] + long[1] * short[1] == pytest.approx(0.0, abs=1e-6)
    assert shape.handles[:3] == drawn.points[:3]
    assert math.hypot(*short) == pytest.approx(16.0, rel=1e-3)


def test_the_longer_axis_is_the_long_one_and_a_film_without_scale_has_pixels():
    drawn = mark(AnnotationKind.BIDIRECTIONAL, (100, 100), (130, 100), (110, 80), (110, 125))
    found = measure(drawn, FILM, None)
    assert found.values == (45.0, 30.0)
    assert found.sentence == "Long axis 45 px, short axis 30 px (no scale)."
    point = mark(AnnotationKind.BIDIRECTIONAL, *[(50, 50)] * 4)
    assert measure(point, FILM, None).values == (0.0, 0.0)


@pytest.mark.parametrize("degrees", [0.5, 12, 45, 90, 135, 179])
def test_angles_are_right_on_unequal_pixels(degrees):
    turn = math.radians(degrees)
    x, y = 100 + 50 / 0.2, 100 + 0.0
    other = (100 + 50 * math.cos(turn) / 0.2, 100 + 50 * math.sin(turn) / 0.4)
    found = measure(mark(AnnotationKind.ANGLE, (x, y), (100, 100), other), FILM, spacing(0.4, 0.2))
    assert found.values == pytest.approx((degrees,), rel=1e-3)
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
    assert found.values == pytest.approx((np.mean(inside),))
    assert found.lines[0] == f"mean {np.mean(inside):.1f}  SD {np.std(inside):.1f}"
    assert found.lines[1].startswith(f"min {min(inside):.0f}" if min(inside) % 1 == 0 else "min ")
    area = 60.2 * 0.3 * 80.2 * 0.2 * (math.pi / 4 if kind is AnnotationKind.ELLIPSE else 1)
    assert found.lines[2] == f"{area / 100:.2f} cm² (detector plane)"


def around(turns: float, points: int, *, x: float, y: float, a: float, b: float):
    """Points along an ellipse, which may be gone around more than once."""
    angles = [2 * math.pi * turns * k / points for k in range(points)]
    return [(x + a * math.cos(t), y + b * math.sin(t)) for t in angles]


def windings(corners, xs, ys) -> np.ndarray:
    """How often an outline goes around each place, by the angles at which its sides are seen."""
    x = np.asarray(xs)[None, :, None] - np.array([corner[0] for corner in corners])
    y = np.asarray(ys)[:, None, None] - np.array([corner[1] for corner in corners])
    turned = np.diff(np.arctan2(y, x), axis=2, append=np.arctan2(y, x)[..., :1])
    turned = (turned + np.pi) % (2 * np.pi) - np.pi
    return np.rint(turned.sum(axis=2) / (2 * np.pi))


@pytest.mark.parametrize("pixel", [(0.2, 0.2), (0.4, 0.15)])
@pytest.mark.parametrize("points", [3, 4, 60, 1000])
def test_the_area_of_an_outline_is_that_of_what_was_drawn(pixel, points):
    row_mm, column_mm = pixel
    drawn = around(1, points, x=150, y=200, a=12 / column_mm, b=8 / row_mm)
    found = measure(mark(AnnotationKind.FREEHAND, *drawn), FILM, spacing(*pixel))
    area = points / 2 * 12 * 8 * math.sin(2 * math.pi / points)
    written = f"{area:.1f} mm²" if area < 100 else f"{area / 100:.2f} cm²"
    assert found.lines[-1] == f"{written} (detector plane)"
    sides = np.array(drawn) * (column_mm, row_mm)
    assert enclosed_area(sides) == pytest.approx(area, rel=1e-6)
    in_px = measure(mark(AnnotationKind.FREEHAND, *drawn), FILM, None)
    assert in_px.lines[-1] == f"{area / row_mm / column_mm:.0f} px² (no scale)"


def test_what_an_outline_goes_around_twice_counts_once():
    circle = math.pi * 30**2
    closed_late = around(1.15, 400, x=100, y=100, a=30, b=30)
    assert enclosed_area(np.array(closed_late)) == pytest.approx(circle, rel=1e-3)
    eight = np.array([(0.0, 0.0), (10.0, 10.0), (10.0, 0.0), (0.0, 10.0)])
    assert enclosed_area(eight) == pytest.approx(50.0)
    through_a_corner = np.array([(0, 0), (4, 4), (8, 8), (8, 0), (4, 4), (0, 8)], float)
    assert enclosed_area(through_a_corner) == pytest.approx(32.0)
    assert enclosed_area(np.array([(0.0, 0.0), (5.0, 5.0), (9.0, 9.0)])) == 0.0


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=3, max_size=9))
def test_the_area_of_any_outline_is_that_of_what_it_winds_around(corners):
    places = np.arange(0.013, 12, 0.06)
    expected = np.count_nonzero(windings(corners, places, places)) * 0.06**2
    assert enclosed_area(np.array(corners, float)) == pytest.approx(expected, abs=1.5)


@pytest.mark.parametrize("turns", [1, 1.2, 2])
def test_an_outline_counts_the_pixels_that_it_winds_around(turns):
    samples = np.random.default_rng(5).integers(0, 4000, (120, 90), dtype=np.uint16)
    film = pixel_film(samples, slope=0.5, intercept=-100.0, padding=(0, 400))
    # Partly beside the film, and crossing itself.
    drawn = [(x, y + 9 * math.sin(x / 5)) for x, y in around(turns, 77, x=20, y=60, a=33, b=40)]
    is_in = (windings(drawn, range(90), range(120)) != 0) & (samples > 400)
    inside = samples[is_in] * 0.5 - 100
    found = measure(mark(AnnotationKind.FREEHAND, *drawn), film, spacing(0.2, 0.3))
    assert found.values == pytest.approx((np.mean(inside),), rel=1e-3)
    assert found.lines[0] == f"mean {np.mean(inside):.1f}  SD {np.std(inside):.1f}"
    assert found.sentence.startswith("Region of ")
    assert found.sentence.endswith(f": mean {np.mean(inside):.1f}, SD {np.std(inside):.1f}.")


def test_an_outline_has_three_points_to_a_thousand():
    for count in (2, 1001):
        with pytest.raises(ValueError, match="points"):
            mark(AnnotationKind.FREEHAND, *[(k, k) for k in range(count)])
    assert mark(AnnotationKind.FREEHAND, *[(k, k) for k in range(1000)])


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
    assert (outside.values, outside.lines) == ((), ("outside the film",))


def test_words_stay_words():
    assert measure(mark(AnnotationKind.TEXT, (1, 1), text="a\nb"), FILM, None).lines == ("a", "b")
    with pytest.raises(ValueError, match="points"):
        mark(AnnotationKind.LENGTH, (1, 1))


@pytest.mark.parametrize("aspect", [0.5, 1.0, 1.6])
def test_a_calibrated_film_measures_its_reference(aspect):
    film = pixel_film(np.zeros((400, 300), np.uint16), spacing=None, pixel_aspect=aspect)
    line = mark(AnnotationKind.LENGTH, (20, 30), (80, 130))
    (length,) = measure(line, film, None).values
    by_user = calibrated_spacing(length, 45.0, aspect)
    assert by_user.row_mm / by_user.column_mm == pytest.approx(aspect)
    found = measure(line, film, by_user)
    assert found.values == pytest.approx((45.0,))
    assert found.lines == ("45.0 mm (calibrated by user)",)


def test_a_film_without_any_distance_has_no_spacing():
    assert chosen_spacing(SpacingSources()) is None
    assert chosen_spacing(SpacingSources(magnification=1.2, source_to_detector=1800)) is None


@pytest.mark.parametrize(
    ("pixel", "detector", "is_calibrated"),
    [
        (0.139, 0.1388889, False),
        (0.138, 0.1388889, False),
        (0.14, 0.1388889, False),
        (0.1388889, 0.139, False),
        (0.2, 0.1998, False),
        (0.1, 0.1388889, True),  # one digit may be a rounding, a quarter less is none
        (0.13, 0.1388889, True),
        (0.1375, 0.1388889, True),
        (0.135, 0.139, True),
    ],
)
def test_a_rounded_spacing_is_no_calibration(pixel, detector, is_calibrated):
    found = chosen_spacing(SpacingSources(pixel=(pixel, pixel), detector=(detector, detector)))
    expected = SpacingKind.CALIBRATED if is_calibrated else SpacingKind.DETECTOR_PLANE
    assert found.kind is expected
