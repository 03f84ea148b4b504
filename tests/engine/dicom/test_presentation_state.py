"""Presentation states as they come: which film, which part, which places, and what is left out."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from testkit.presentation_states import item, reference, state_dataset, table

from engine.dicom.presentation_state import (
    MAX_GRAPHICS,
    found_presentation,
    is_presentation_state,
    presentation_state,
)
from engine.dicom.reader import read_header
from engine.domain.presentation_state import DisplayedArea, GraphicKind, PresentationState, SizeMode
from engine.errors import DamagedFileError, UnsupportedImageError

FILM, OTHER = "1.2.3.4.5", "1.2.3.4.6"
ROWS, COLUMNS = 100, 80


def read(**elements: Any) -> PresentationState:
    stream = io.BytesIO()
    state_dataset(FILM, **elements).save_as(stream, enforce_file_format=True)
    stream.seek(0)
    return presentation_state(read_header(stream), FILM, ROWS, COLUMNS)


def shape(kind: str, data: list[float], units: str = "PIXEL", **more: Any):
    return item(
        GraphicType=kind,
        GraphicData=data,
        GraphicAnnotationUnits=units,
        GraphicDimensions=2,
        NumberOfGraphicPoints=len(data) // 2,
        GraphicFilled="N",
        **more,
    )


def drawn(*shapes: Any, texts: tuple[Any, ...] = (), film: str = FILM, **elements: Any):
    annotation = item(GraphicLayer="A", ReferencedImageSequence=reference(film))
    if shapes:
        annotation.GraphicObjectSequence = list(shapes)
    if texts:
        annotation.TextObjectSequence = list(texts)
    return read(GraphicAnnotationSequence=[annotation], **elements)


def area(first: list[int], last: list[int], mode: str = "SCALE TO FIT", **more: Any):
    return item(
        DisplayedAreaTopLeftHandCorner=first,
        DisplayedAreaBottomRightHandCorner=last,
        PresentationSizeMode=mode,
        **more,
    )


def test_it_says_whose_and_which_films_it_is_about():
    dataset = state_dataset(FILM)
    assert is_presentation_state(dataset)
    found = found_presentation(dataset, Path("state.dcm"))
    assert (found.films, found.title, found.creator) == ((FILM,), "Look here", "Doe, Jo")
    assert (found.patient_id, str(found.created)) == ("T-1", "2024-02-04")
    with pytest.raises(DamagedFileError, match="names no film"):
        found_presentation(state_dataset(FILM, ReferencedSeriesSequence=[]), Path())
    with pytest.raises(UnsupportedImageError, match="another film"):
        presentation_state(dataset, OTHER, ROWS, COLUMNS)


def test_the_window_is_the_one_of_this_film():
    mine = item(
        WindowCenter=[40, 50], WindowWidth=[400, 500], ReferencedImageSequence=reference(FILM)
    )
    others = item(WindowCenter=1, WindowWidth=2, ReferencedImageSequence=reference(OTHER))
    assert read(SoftcopyVOILUTSequence=[others, mine]).window.width == 400
    assert read(SoftcopyVOILUTSequence=[others]).window is None
    frame_two = reference(FILM)
    frame_two[0].ReferencedFrameNumber = 2
    mine.ReferencedImageSequence = frame_two
    assert read(SoftcopyVOILUTSequence=[mine]).window is None


@pytest.mark.parametrize(
    ("rotation", "flip", "turns", "mirrored"),
    [(0, "N", 0, False), (90, "N", 1, False), (90, "Y", 3, True), (270, "Y", 1, True)],
)
def test_turned_first_and_mirrored_then(rotation: int, flip: str, turns: int, mirrored: bool):
    state = read(ImageRotation=rotation, ImageHorizontalFlip=flip)
    assert (state.quarter_turns, state.mirrored) == (turns, mirrored)


def test_a_part_of_the_film_by_its_edges_however_its_corners_are_named():
    wanted = DisplayedArea(left=9.5, top=19.5, right=40.5, bottom=60.5)
    for first, last in (([11, 21], [41, 61]), ([41, 21], [11, 61]), ([41, 61], [11, 21])):
        assert read(DisplayedAreaSelectionSequence=[area(first, last)]).area == wanted
    beyond = read(DisplayedAreaSelectionSequence=[area([-9, -19], [120, 130])]).area
    assert (beyond.left, beyond.top) == (-10.5, -20.5)
    larger = area([1, 1], [80, 100], "MAGNIFY", PresentationPixelMagnificationRatio=2.5)
    magnified = read(DisplayedAreaSelectionSequence=[larger]).area
    assert (magnified.mode, magnified.magnification) == (SizeMode.MAGNIFY, 2.5)


def test_places_are_image_pixels_whatever_the_units():
    pixel = drawn(shape("POINT", [10.5, 20.5])).graphics[0]
    assert [(p.x, p.y) for p in pixel.points] == [(10.0, 20.0)]
    part = area([11, 21], [30, 60])
    half = drawn(
        shape("POINT", [0.25, 0.5], "DISPLAY"), DisplayedAreaSelectionSequence=[part]
    ).graphics[0]
    assert [(p.x, p.y) for p in half.points] == [(9.5 + 0.25 * 20, 19.5 + 0.5 * 40)]


@pytest.mark.parametrize(
    ("rotation", "flip", "corner"),
    [
        # Which corner of the film is seen at the top left.
        (0, "N", (-0.5, -0.5)),
        (90, "N", (-0.5, 99.5)),
        (180, "N", (79.5, 99.5)),
        (270, "N", (79.5, -0.5)),
        (0, "Y", (79.5, -0.5)),
        (90, "Y", (-0.5, -0.5)),
        (180, "Y", (-0.5, 99.5)),
        (270, "Y", (79.5, 99.5)),
    ],
)
def test_places_on_the_display_turn_with_the_film(rotation: int, flip: str, corner: Any):
    point = drawn(
        shape("POINT", [0, 0], "DISPLAY"), ImageRotation=rotation, ImageHorizontalFlip=flip
    ).graphics[0]
    assert [(p.x, p.y) for p in point.points] == [corner]


def test_words_keep_their_lines_and_their_anchor():
    words = item(
        UnformattedTextValue="first\r\nsecond\u202e",
        BoundingBoxAnnotationUnits="PIXEL",
        BoundingBoxTopLeftHandCorner=[5.5, 6.5],
        BoundingBoxBottomRightHandCorner=[50, 20],
        AnchorPoint=[30.5, 40.5],
        AnchorPointAnnotationUnits="PIXEL",
        AnchorPointVisibility="Y",
    )
    text = drawn(texts=(words,)).texts[0]
    assert text.lines == ("first", "second")
    assert (text.corner.x, text.anchor.y, text.is_tied) == (5.0, 40.0, True)


def test_graphics_of_another_film_are_not_drawn():
    assert drawn(shape("POINT", [1, 2]), film=OTHER).graphics == ()


@pytest.mark.parametrize(
    "broken",
    [
        shape("POINT", [1, 2, 3, 4]),
        shape("ELLIPSE", [1, 2, 3, 4]),
        shape("POLYLINE", [1, 2, 3]),
        shape("SPIRAL", [1, 2, 3, 4]),
        shape("POINT", [1, 2], "MATRIX"),
        shape("POLYLINE", [float("nan"), 2, 3, 4]),
    ],
)
def test_a_graphic_without_sense_is_left_out_and_said(broken: Any):
    state = drawn(broken, shape("CIRCLE", [10, 10, 14, 10]))
    assert [graphic.kind for graphic in state.graphics] == [GraphicKind.CIRCLE]
    assert state.left_out == ("a graphic that makes no sense",)


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        ({"RescaleSlope": "0", "RescaleIntercept": "1"}, "its rescale values"),
        ({"ShutterShape": "CIRCULAR", "CenterOfCircularShutter": [30]}, "its shutter"),
        ({"SoftcopyVOILUTSequence": [item(WindowCenter="40", WindowWidth="0")]}, "its window"),
        (
            {"SoftcopyVOILUTSequence": [item(VOILUTSequence=[table(0, range(4096), 16)])]},
            "the bits of its display curve",
        ),
    ],
)
def test_what_makes_no_sense_costs_only_itself_and_is_named(elements: Any, words: str):
    state = read(**elements)
    assert words in state.left_out[0]
    assert state.title == "Look here"


@pytest.mark.parametrize("has_data", [True, False])
def test_overlays_of_a_state_are_named(has_data: bool):
    dataset = state_dataset(FILM)
    dataset.add_new((0x6002, 0x1001), "CS", "L1")
    if has_data:
        dataset.add_new((0x6002, 0x3000), "OW", bytes(1000))
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    stream.seek(0)
    state = presentation_state(read_header(stream), FILM, ROWS, COLUMNS)
    assert "overlays" in state.left_out[0]


def test_what_is_not_shown_is_named():
    state = read(
        ImageRotation=45,
        PresentationLUTShape=None,
        PresentationLUTSequence=[item(LUTDescriptor=[9, 0, 12], LUTData=b"\0\0\xff\x0f")],
    )
    assert state.table is None
    assert state.left_out == (
        "its rotation, which is not by right angles",
        "its presentation table, which is damaged",
    )
    many = drawn(*[shape("POINT", [1, 2])] * (MAX_GRAPHICS + 1))
    assert len(many.graphics) == MAX_GRAPHICS
    assert "after the first" in many.left_out[0]
