"""Values survive the pipe, and nothing but the asked kind of value comes out of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.dicom.tree import FoundImage
from engine.domain.film_graphics import Overlay, Shutter
from engine.domain.image import PixelImage, VoiFunction, VoiLut, Window
from engine.domain.study import ImageRef, Patient, PixelSpacing, SkippedFile, SpacingKind, View
from engine.errors import WorkerError
from engine.workers.plain import from_plain, reply_with, to_plain, value_of
from engine.workers.protocol import Reply


def _found() -> FoundImage:
    spacing = PixelSpacing(row_mm=0.1, column_mm=0.2, kind=SpacingKind.CALIBRATED)
    image = ImageRef(
        path=Path("/films/\udcff.dcm"),
        sop_uid="1",
        sop_class="2",
        series_uid="3",
        study_uid="4",
        rows=5,
        columns=6,
        view=View.LATERAL,
        patient_orientation=("L", "F"),
        spacing=spacing,
    )
    patient = Patient(patient_id="7", name="王", birth_date=date(1960, 1, 2), sex="F")
    return FoundImage(
        image=image,
        patient=patient,
        study_date=None,
        study_time=time(8, 30, 1),
        accession="",
        study_description="",
        referring="",
        patient_age="",
        series_description="",
        series_number=8,
    )


def test_a_value_comes_back_equal_through_json() -> None:
    assert from_plain(FoundImage, json.loads(json.dumps(to_plain(_found())))) == _found()


@pytest.mark.parametrize(
    "plain", [{"name": 3, "reason": ""}, {"name": "a"}, {"name": "a", "reason": "b", "more": 1}]
)
def test_other_shapes_are_refused(plain: dict[str, object]) -> None:
    with pytest.raises((TypeError, KeyError)):
        from_plain(SkippedFile, plain)


def _film() -> PixelImage:
    curve = VoiLut(first_value=-5, entries=np.arange(4, dtype=np.uint16), bits=2, name="dark")
    return PixelImage(
        samples=np.arange(12, dtype=np.uint16).reshape(3, 4),
        slope=2.0,
        intercept=-1.5,
        bits_stored=12,
        monochrome1=False,
        inverse=True,
        padding=(0, 3),
        windows=(Window(center=4.0, width=9.0, function=VoiFunction.SIGMOID),),
        voi_luts=(curve, replace(curve, entries=curve.entries[::-1].copy())),
        spacing=None,
        samples_sha256="ab",
        overlays=(Overlay(mask=np.eye(3, dtype=np.uint8), row=1, column=2),),
        shutter=Shutter(polygon=((1.0, 2.0), (3.0, 4.0), (5.0, 0.0))),
        notes=("Shown in grey.",),
    )


def _sent(reply: Reply) -> Reply:
    """As it arrives: the value through JSON."""
    return Reply(value=json.loads(json.dumps(reply.value)), arrays=reply.arrays)


def test_arrays_travel_beside_the_value_and_come_back_in_their_places() -> None:
    film = _film()
    reply = reply_with(film)
    assert [array.shape for array in reply.arrays] == [(3, 4), (4,), (4,), (3, 3)]
    back = value_of(PixelImage, _sent(reply))
    assert back.samples is film.samples
    assert [lut.entries.tolist() for lut in back.voi_luts] == [[0, 1, 2, 3], [3, 2, 1, 0]]
    assert back.overlays[0].mask is film.overlays[0].mask
    assert repr(back) == repr(film)


@pytest.mark.parametrize(
    "change",
    [
        lambda value, arrays: arrays.pop(),
        lambda value, arrays: arrays.insert(0, arrays[0].astype(np.float64)),
        lambda value, arrays: arrays.insert(0, arrays[0][0]),
        lambda value, arrays: arrays.insert(1, arrays[0]),
        lambda value, arrays: value.update(samples=-1),
        lambda value, arrays: value.update(samples=[[1, 2]]),
        lambda value, arrays: value.update(voi_luts=7),
        lambda value, arrays: value["overlays"].append(None),
        lambda value, arrays: value.update(shutter=[1]),
        lambda value, arrays: value.pop("slope"),
    ],
)
def test_an_answer_that_is_no_film_is_an_error_of_the_worker(change: Any) -> None:
    reply = _sent(reply_with(_film()))
    value, arrays = reply.value, list(reply.arrays)
    change(value, arrays)
    with pytest.raises(WorkerError, match="no sense"):
        value_of(PixelImage, Reply(value=value, arrays=tuple(arrays)))


def test_a_value_with_arrays_is_no_plain_argument() -> None:
    with pytest.raises(TypeError):
        json.dumps(to_plain(_film()))
