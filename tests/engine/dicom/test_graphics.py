"""Overlay planes and shutters: what they hide and draw, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from testkit.dicom_files import film, write_film

from engine.dicom.pixels import pixel_image
from engine.dicom.views import View
from engine.domain.study import ImageRef, SeriesUid, SopUid, StudyUid
from engine.imaging.exposure import exposed_values
from engine.workers.decode_client import DecodeClient

SAMPLES = np.full((60, 80), 500, np.uint16)


def with_overlay(mask: np.ndarray, *, group: int = 0x6000, origin=(1, 1), **elements: object):
    dataset = film(SAMPLES, **elements)
    packed = np.packbits(mask.astype(np.uint8), axis=None, bitorder="little").tobytes()
    dataset.add_new((group, 0x0010), "US", mask.shape[0])
    dataset.add_new((group, 0x0011), "US", mask.shape[1])
    dataset.add_new((group, 0x0022), "LO", "Marker")
    dataset.add_new((group, 0x0040), "CS", "G")
    dataset.add_new((group, 0x0050), "SS", list(origin))
    dataset.add_new((group, 0x0100), "US", 1)
    dataset.add_new((group, 0x0102), "US", 0)
    dataset.add_new((group, 0x3000), "OW", packed + b"\0" * (len(packed) % 2))
    return dataset


@pytest.mark.parametrize("origin", [(1, 1), (5, -3)])
def test_an_overlay_lies_where_its_origin_says(origin):
    mask = np.zeros((60, 80), bool)
    mask[10:13, 20:31] = True
    mask[11, 22] = False
    (overlay,) = pixel_image(with_overlay(mask, origin=origin)).overlays
    assert (overlay.row, overlay.column) == (10 + origin[0] - 1, 20 + origin[1] - 1)
    assert np.array_equal(overlay.mask, mask[10:13, 20:31])
    assert overlay.name == "Marker"


def test_empty_and_damaged_overlays_are_left_out_with_a_note():
    assert pixel_image(with_overlay(np.zeros((60, 80), bool))).overlays == ()
    short = with_overlay(np.ones((60, 80), bool))
    short[0x6000, 0x3000].value = b"\1\0"
    huge = with_overlay(np.ones((60, 80), bool))
    huge[0x6000, 0x0010].value = 60_000
    for dataset in (short, huge):
        image = pixel_image(dataset)
        assert image.overlays == ()
        assert any("overlay" in note for note in image.notes)


RECTANGLE = {
    "ShutterShape": "RECTANGULAR",
    "ShutterLeftVerticalEdge": 11,
    "ShutterRightVerticalEdge": 70,
    "ShutterUpperHorizontalEdge": 6,
    "ShutterLowerHorizontalEdge": 50,
}
CIRCLE = {
    "ShutterShape": "CIRCULAR",
    "CenterOfCircularShutter": [31, 41],
    "RadiusOfCircularShutter": 20,
}
POLYGON = {
    "ShutterShape": "POLYGONAL",
    "VerticesOfThePolygonalShutter": [1, 1, 1, 80, 60, 80],
}


@pytest.mark.parametrize(
    ("elements", "inside", "outside"),
    [
        (RECTANGLE, [(10, 5), (69, 49)], [(9, 5), (10, 4), (70, 20), (30, 50)]),
        (CIRCLE, [(40, 30), (59, 30), (40, 11)], [(61, 30), (40, 9), (0, 0)]),
        (POLYGON, [(70, 10), (40, 5)], [(10, 50), (20, 40)]),
        (
            {**RECTANGLE, **CIRCLE, "ShutterShape": ["RECTANGULAR", "CIRCULAR"]},
            [(40, 30)],
            [(40, 4), (12, 6)],
        ),
    ],
)
def test_a_shutter_shows_what_is_inside(elements, inside, outside):
    shutter = pixel_image(film(SAMPLES, **elements)).shutter
    for places, expected in ((inside, True), (outside, False)):
        for x, y in places:
            assert bool(shutter.seen(np.array([float(x)]), np.array([float(y)]))[0]) is expected


@pytest.mark.parametrize(
    "elements",
    [
        {},
        {"ShutterShape": "BITMAP"},
        {"ShutterShape": "RECTANGULAR"},
        {**RECTANGLE, "ShutterRightVerticalEdge": 3},
        {"ShutterShape": "POLYGONAL", "VerticesOfThePolygonalShutter": [1, 2, 3, 4]},
    ],
)
def test_an_unusable_shutter_hides_nothing(elements):
    assert pixel_image(film(SAMPLES, **elements)).shutter is None


def test_what_a_shutter_hides_is_no_part_of_the_exposed_field():
    samples = np.random.default_rng(1).integers(1000, 2000, (400, 400), dtype=np.uint16)
    samples[:, :120] += 2000
    elements = {**RECTANGLE, "ShutterLeftVerticalEdge": 125, "ShutterRightVerticalEdge": 390}
    elements["ShutterLowerHorizontalEdge"] = 390
    assert exposed_values(pixel_image(film(samples, **elements))).max() < 2000
    assert exposed_values(pixel_image(film(samples))).max() > 3000


def test_graphics_come_through_the_decode_worker(tmp_path):
    mask = np.zeros((60, 80), bool)
    mask[3, 4:9] = True
    dataset = with_overlay(mask, **RECTANGLE)
    path = tmp_path / "film.dcm"
    write_film(path)
    dataset.save_as(path, enforce_file_format=True)
    image = ImageRef(
        path=path,
        sop_uid=SopUid(dataset.SOPInstanceUID),
        sop_class="",
        series_uid=SeriesUid("1"),
        study_uid=StudyUid("1"),
        view=View.FRONTAL,
        rows=60,
        columns=80,
    )
    with DecodeClient() as client:
        decoded = client.pixels(image)
    assert decoded.shutter == pixel_image(dataset).shutter
    (overlay,) = decoded.overlays
    assert (overlay.row, overlay.column, overlay.name) == (3, 4, "Marker")
    assert np.array_equal(overlay.mask, np.ones((1, 5)))
