"""Overlay planes and shutters: what they hide and draw, and what is refused."""

from __future__ import annotations

from typing import Any

import imagecodecs
import numpy as np
import pytest
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)
from testkit.dicom_files import film, write_film

from engine.dicom.pixels import pixel_image
from engine.dicom.views import View
from engine.domain.study import ImageRef, SeriesUid, SopUid, StudyUid
from engine.errors import UnsupportedImageError
from engine.imaging.exposure import exposed_values
from engine.workers.decode_client import DecodeClient

SAMPLES = np.full((60, 80), 500, np.uint16)


def with_overlay(
    mask: np.ndarray,
    *,
    group: int = 0x6000,
    origin=(1, 1),
    samples: np.ndarray = SAMPLES,
    **elements: Any,
) -> FileDataset:
    dataset = film(samples, **elements)
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


def box(rows: int = 60, columns: int = 80) -> np.ndarray:
    mask = np.zeros((rows, columns), bool)
    mask[10:13, 20:31] = True
    return mask


def places(dataset: FileDataset, index: int = 0) -> list[tuple[int, ...]]:
    return [(o.row, o.column, *o.mask.shape) for o in pixel_image(dataset, index).overlays]


def test_words_of_a_big_endian_plane_are_swapped():
    dataset = with_overlay(box(), transfer_syntax=ExplicitVRBigEndian)
    plane = dataset[0x6000, 0x3000]
    plane.value = np.frombuffer(plane.value, "<u2").astype(">u2").tobytes()
    assert places(dataset) == [(10, 20, 3, 11)]
    plane.value = np.frombuffer(plane.value, "<u2").astype(">u2").tobytes()
    plane.VR = "OB"
    assert places(dataset) == [(10, 20, 3, 11)]


@pytest.mark.parametrize("value", [None, [1], "somewhere"])
def test_a_plane_without_a_place_lies_on_the_whole_film_or_nowhere(value: Any):
    for mask, expected in ((box(), [(10, 20, 3, 11)]), (box(50, 70), [])):
        dataset = with_overlay(mask)
        del dataset[0x6000, 0x0050]
        if value is not None:
            dataset.add_new((0x6000, 0x0050), "LO" if isinstance(value, str) else "SS", value)
        assert places(dataset) == expected
        notes = pixel_image(dataset).notes
        assert notes == () if expected else ("does not say where it lies" in notes[0])


def test_each_frame_has_its_own_plane():
    frames = np.stack([SAMPLES] * 3)
    masks = np.stack([np.roll(box(), step, axis=0) for step in (0, 5)])
    packed = np.packbits(masks.astype(np.uint8), axis=None, bitorder="little").tobytes()
    dataset = with_overlay(box(), samples=frames)
    dataset[0x6000, 0x3000].value = packed
    dataset.add_new((0x6000, 0x0015), "IS", "2")
    dataset.add_new((0x6000, 0x0051), "US", 2)
    assert [places(dataset, index) for index in range(3)] == [
        [],
        [(10, 20, 3, 11)],
        [(15, 20, 3, 11)],
    ]


def test_a_plane_of_one_frame_lies_on_that_frame_only():
    dataset = with_overlay(box(), samples=np.stack([SAMPLES] * 3))
    dataset.add_new((0x6000, 0x0051), "US", 2)
    assert [places(dataset, index) for index in range(3)] == [[], [(10, 20, 3, 11)], []]


def in_pixels(
    mask: np.ndarray, bit: int, samples: np.ndarray = SAMPLES, **elements: Any
) -> FileDataset:
    """A film of before 2004 with a plane in a bit of each pixel's word."""
    samples = samples | (mask.astype(np.uint16) << bit)
    dataset = film(samples, **{"BitsStored": 12, "HighBit": 11, **elements})
    dataset.add_new((0x6000, 0x0010), "US", 60)
    dataset.add_new((0x6000, 0x0011), "US", 80)
    dataset.add_new((0x6000, 0x0050), "SS", [1, 1])
    dataset.add_new((0x6000, 0x0100), "US", 16)
    dataset.add_new((0x6000, 0x0102), "US", bit)
    return dataset


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian, RLELossless])
@pytest.mark.parametrize("bit", [12, 15])
def test_a_plane_in_the_free_bits_of_the_pixels_is_drawn(syntax: str, bit: int):
    dataset = in_pixels(box(), bit, transfer_syntax=syntax)
    image = pixel_image(dataset)
    assert (places(dataset), image.notes) == ([(10, 20, 3, 11)], ())
    assert image.overlays[0].bit == bit
    assert image.samples.max() == 500


@pytest.mark.parametrize(
    ("syntax", "encode"),
    [(JPEGLosslessSV1, imagecodecs.ljpeg_encode), (JPEGLSLossless, imagecodecs.jpegls_encode)],
)
def test_a_plane_comes_through_a_code_of_whole_words(syntax: str, encode: Any):
    dataset = in_pixels(box(), 15)
    words = np.frombuffer(dataset.PixelData, np.uint16).reshape(60, 80)
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = encapsulate([bytes(encode(words))])
    image = pixel_image(dataset)
    assert (places(dataset), image.notes) == ([(10, 20, 3, 11)], ())
    assert image.samples.max() == 500


def test_a_plane_in_the_bits_of_the_picture_or_lost_by_compression_is_named():
    dataset = in_pixels(np.zeros((60, 80), bool), 5)
    assert "damaged" in pixel_image(dataset).notes[0]
    lossy = in_pixels(np.zeros((60, 80), bool), 12, transfer_syntax=JPEGExtended12Bit)
    assert "did not come through" in pixel_image(lossy).notes[0]


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless])
def test_samples_may_lie_above_a_plane(syntax: str, *, signed: bool):
    values = np.arange(60 * 80).reshape(60, 80) % 4096 - 2048 * signed
    words = ((values << 4) & 0xFFFF | box() << 1).astype(np.uint16)
    dataset = in_pixels(np.zeros((60, 80), bool), 0, samples=words, transfer_syntax=syntax)
    dataset.HighBit, dataset.PixelRepresentation = 15, int(signed)
    dataset[0x6000, 0x0102].value = 1
    image = pixel_image(dataset)
    assert (places(dataset), image.notes) == ([(10, 20, 3, 11)], ())
    np.testing.assert_array_equal(image.samples * image.slope + image.intercept, values)


def test_samples_that_cannot_lie_where_the_header_says_are_refused():
    with pytest.raises(UnsupportedImageError, match="lowest bit"):
        pixel_image(film(SAMPLES, BitsStored=12, HighBit=15))


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
        {"CenterOfCircularShutter": [30], "RadiusOfCircularShutter": 20},
        {"CenterOfCircularShutter": 30, "RadiusOfCircularShutter": 20},
        {"CenterOfCircularShutter": [300, 300], "RadiusOfCircularShutter": 20},
        {"CenterOfCircularShutter": [30, 40]},
    ],
)
def test_a_shutter_that_makes_no_sense_costs_itself_and_is_said(elements: dict[str, Any]):
    image = pixel_image(film(SAMPLES, ShutterShape="CIRCULAR", **elements))
    assert image.shutter is None
    assert "shutter" in image.notes[0]
    both = film(SAMPLES, **{**RECTANGLE, **elements, "ShutterShape": ["RECTANGULAR", "CIRCULAR"]})
    image = pixel_image(both)
    assert (image.shutter is None) is (elements.get("CenterOfCircularShutter") == [300, 300])
    assert "shutter" in image.notes[0]


def test_words_in_the_place_of_a_centre_or_a_shape_cost_only_the_shutter():
    dataset = film(SAMPLES, **CIRCLE)
    dataset.add_new("CenterOfCircularShutter", "LO", ["here", "there"])
    assert pixel_image(dataset).shutter is None
    dataset.add_new("ShutterShape", "US", 7)
    image = pixel_image(dataset)
    assert (image.shutter, len(image.notes)) == (None, 1)


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
