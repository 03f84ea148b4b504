"""Written presentation states: judged by dciodvfy and DCMTK, read back, seen the same."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from testkit.dicom_files import write_film
from testkit.dicom_validator import SIDE_NOT_KNOWN, complaints_of
from testkit.pixel_films import pixel_film, slope_samples
from testkit.presentation_states import annotations_on, shown_film

from engine.dicom.pixels import pixel_image
from engine.dicom.presentation_state import presentation_state
from engine.dicom.reader import read_header, read_whole
from engine.documents.dicom.presentation_state import presentation_state_file
from engine.domain.annotation_kind import AnnotationKind
from engine.domain.film_graphics import Shutter
from engine.domain.image import PixelImage, VoiFunction, VoiLut, Window
from engine.domain.presentation_state import DisplayedArea, GraphicKind, PresentationState
from engine.errors import ExportError
from engine.imaging.presentation import GreyLook, ShownFilm, grey_look, state_turn
from engine.imaging.transform import ViewTransform
from engine.imaging.window import display_table

CURVE = VoiLut(
    first_value=100,
    entries=(np.linspace(0, 1, 3000) ** 2 * 4095).astype(np.uint16),
    bits=12,
    name="Chest",
)
EIGHT = [ViewTransform(quarter_turns=q, mirrored=m) for q in range(4) for m in (False, True)]


def film(**changes: Any) -> PixelImage:
    return pixel_film(slope_samples(100, 80), stored_step=1.0, **changes)


def read_back(shown: ShownFilm) -> PresentationState:
    content = presentation_state_file(shown, "0.1.0")
    header = read_header(io.BytesIO(content))
    return presentation_state(header, shown.image.sop_uid, shown.pixels.rows, shown.pixels.columns)


@pytest.mark.parametrize(
    "voi",
    [
        Window(center=1234.5, width=777.25, name="Mine"),
        Window(center=-12, width=3000, function=VoiFunction.LINEAR_EXACT),
        Window(center=900, width=1500, function=VoiFunction.SIGMOID),
        CURVE,
    ],
)
@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("monochrome1", [False, True])
def test_a_film_is_seen_the_same_again(voi: Window | VoiLut, inverted: bool, monochrome1: bool):
    pixels = film(monochrome1=monochrome1, slope=2.5, intercept=-100.0)
    shown = shown_film(pixels, look=GreyLook(voi=voi, inverted=inverted))
    look = grey_look(read_back(shown), pixels)
    assert look.inverted == inverted
    before = display_table(pixels, voi, inverted=inverted)
    after = display_table(pixels, look.voi, inverted=look.inverted)
    assert np.abs(before.astype(int) - after).max() <= (0 if isinstance(voi, Window) else 1)


@pytest.mark.parametrize("first", [-1000, -0x8000, 40_000])
@pytest.mark.parametrize("count", [3000, 40_000])
def test_a_curve_that_starts_below_zero_is_seen_the_same_again(first: int, count: int):
    pixels = film(intercept=float(first))
    entries = np.linspace(0, 1, count) ** 2 * 4095
    curve = VoiLut(first_value=first, entries=entries.astype(np.uint16), bits=12)
    shown = shown_film(pixels, look=GreyLook(voi=curve, inverted=False))
    look = grey_look(read_back(shown), pixels)
    before, after = display_table(pixels, curve), display_table(pixels, look.voi)
    assert np.abs(before.astype(int) - after)[pixels.samples].max() <= 1


def test_a_curve_beyond_what_a_state_can_name_is_a_sentence():
    curve = replace(CURVE, first_value=-40_000)
    with pytest.raises(ExportError, match="no presentation state"):
        presentation_state_file(
            shown_film(film(), look=GreyLook(voi=curve, inverted=False)), "0.1.0"
        )


@pytest.mark.parametrize("turn", EIGHT)
def test_turn_and_part_in_view_come_back(turn: ViewTransform):
    area = DisplayedArea(left=9.5, top=19.5, right=49.5, bottom=89.5)
    state = read_back(shown_film(film(), turn=turn, area=area))
    assert state_turn(state) == turn
    assert state.area == area


def test_the_first_corner_is_the_one_seen_at_the_top_left():
    turn = ViewTransform(quarter_turns=1)
    content = presentation_state_file(shown_film(film(), turn=turn), "0.1.0")
    item = dcmread(io.BytesIO(content)).DisplayedAreaSelectionSequence[0]
    # Turned clockwise, the film's bottom left corner comes to the top left (PS3.3 C.10.4).
    assert list(item.DisplayedAreaTopLeftHandCorner) == [1, 100]
    assert list(item.DisplayedAreaBottomRightHandCorner) == [80, 1]


def test_the_shutter_comes_back():
    shutter = Shutter(box=(4, 6, 70, 90), circle=(40, 50, 45), polygon=((1, 2), (70, 3), (60, 95)))
    assert read_back(shown_film(film(), shutter=shutter)).shutter == shutter
    assert read_back(shown_film(film(shutter=shutter))).shutter is None


def test_every_kind_of_mark_is_drawn_where_it_is_and_says_what_it_measures():
    pixels = film()
    shown = shown_film(pixels)
    marks = annotations_on(shown.image, *AnnotationKind)
    state = read_back(replace(shown, annotations=marks))
    assert {graphic.kind for graphic in state.graphics} == {
        GraphicKind.POINT,
        GraphicKind.POLYLINE,
        GraphicKind.ELLIPSE,
    }
    length = state.graphics[0]
    assert [p.x for p in length.points] == pytest.approx([p.x for p in marks[0].points])
    assert [p.y for p in length.points] == pytest.approx([p.y for p in marks[0].points])
    words = [line for text in state.texts for line in text.lines]
    # 7 and 6 pixels of 0.2 mm.
    assert any(line.startswith("1.8 mm") for line in words)
    assert words.count("see here") == 2
    assert state.left_out == ()


def test_places_beyond_the_film_are_drawn_at_its_edge():
    shown = shown_film(film())
    mark = annotations_on(shown.image, AnnotationKind.LENGTH)[0].moved(-500, 2000)
    state = read_back(replace(shown, annotations=(mark,)))
    assert all(p.x == -0.5 and p.y == 99.5 for p in state.graphics[0].points)


VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "curve": {"look": GreyLook(voi=CURVE, inverted=True)},
    "turned": {"turn": ViewTransform(quarter_turns=3, mirrored=True)},
    "part": {"area": DisplayedArea(left=-20.5, top=3.5, right=60.5, bottom=120.5)},
    "no spacing": {"spacing": None},
    "no author": {"author": ""},
}


@pytest.mark.parametrize("name", VARIANTS)
def test_written_states_are_valid(name: str, tmp_path: Path):
    shown = shown_film(film(slope=0.5), shutter=Shutter(box=(4, 6, 70, 90)))
    shown = replace(shown, annotations=annotations_on(shown.image, *AnnotationKind))
    shown = replace(shown, image=replace(shown.image, body_part="CHEST"))
    path = tmp_path / "state.dcm"
    path.write_bytes(presentation_state_file(replace(shown, **VARIANTS[name]), "0.1.0"))
    assert complaints_of(path) == []


@pytest.mark.parametrize(("part", "side"), [("HAND", "L"), ("HAND", ""), ("ché\\st", "")])
def test_a_side_is_written_where_the_film_has_one(part: str, side: str, tmp_path: Path):
    shown = shown_film(film())
    shown = replace(shown, image=replace(shown.image, body_part=part, laterality=side))
    path = tmp_path / "state.dcm"
    path.write_bytes(presentation_state_file(shown, "0.1.0"))
    found = dcmread(path)
    assert found.Laterality == side
    assert found.get("BodyPartExamined", "") == (part if part.isascii() else "")
    assert all(SIDE_NOT_KNOWN in line for line in complaints_of(path))


GDCM = """
import sys, gdcm
reader = gdcm.Reader()
reader.SetFileName(sys.argv[1])
assert reader.Read()
strings = gdcm.StringFilter()
strings.SetFile(reader.GetFile())
for tag in ((0x0008, 0x0016), (0x2050, 0x0020), (0x0070, 0x0042)):
    print(strings.ToString(gdcm.Tag(*tag)).strip("\\0 "))
"""


def test_a_second_toolkit_reads_it(tmp_path: Path):
    pytest.importorskip("gdcm")
    path = tmp_path / "state.dcm"
    turned = shown_film(film(), turn=ViewTransform(quarter_turns=1))
    path.write_bytes(presentation_state_file(turned, "0.1.0"))
    done = subprocess.run(
        [sys.executable, "-c", GDCM, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["1.2.840.10008.5.1.4.1.1.11.1", "IDENTITY", "90"]


@pytest.mark.parametrize("monochrome", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("turn", EIGHT)
@pytest.mark.parametrize("inverted", [False, True])
def test_dcmtk_shows_the_film_as_we_do(
    monochrome: str, turn: ViewTransform, inverted: bool, tmp_path: Path
):
    program = shutil.which("dcmp2pgm")
    if program is None:
        pytest.skip("dcmp2pgm is not installed (Debian: dcmtk)")
    path = write_film(
        tmp_path / "film.dcm",
        slope_samples(100, 80),
        PhotometricInterpretation=monochrome,
        ImagerPixelSpacing=None,
        RescaleSlope=2,
        RescaleIntercept=-1000,
        RescaleType="US",
    )
    with path.open("rb") as stream:
        dataset = read_whole(stream)
    pixels = pixel_image(dataset)
    look = GreyLook(voi=Window(center=3000, width=4000), inverted=inverted)
    shown = shown_film(pixels, look=look, turn=turn, spacing=None)
    image = replace(shown.image, sop_uid=dataset.SOPInstanceUID, study_uid=dataset.StudyInstanceUID)
    state = tmp_path / "state.dcm"
    state.write_bytes(presentation_state_file(replace(shown, image=image), "0.1.0"))
    out = tmp_path / "shown.pgm"
    subprocess.run(
        [program, "--pstate", str(state), str(path), str(out)], check=True, capture_output=True
    )
    grey = display_table(pixels, look.voi, inverted=inverted)[pixels.samples]
    wanted = np.rot90(grey[:, ::-1] if turn.mirrored else grey, -turn.quarter_turns)
    theirs = np.asarray(Image.open(out))
    assert theirs.shape == wanted.shape
    assert np.abs(theirs.astype(int) - wanted).max() <= 1


@pytest.mark.parametrize(("changes", "words"), [({"stored_step": 0.0}, "table"), ({}, "greyscale")])
def test_what_cannot_be_written_is_said(changes: dict[str, Any], words: str):
    shown = shown_film(replace(film(), **changes))
    if not changes:
        shown = replace(shown, image=replace(shown.image, photometric="RGB"))
    with pytest.raises(ExportError, match=words):
        presentation_state_file(shown, "0.1.0")
