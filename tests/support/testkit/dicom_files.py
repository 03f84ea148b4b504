"""Synthetic DICOM films: valid DX files, every value of which a test can set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
    generate_uid,
)

from engine.paths import resources

NATIVE = (
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
)
# Named, because pydicom might choose GDCM, which crashes on some films.
_ENCODERS = {RLELossless: "pydicom", JPEG2000Lossless: "pylibjpeg", JPEGLSLossless: "pyjpegls"}


def chest_like(
    rows: int = 256, columns: int = 224, *, bits: int = 12, seed: int = 0
) -> NDArray[np.uint16]:
    """A phantom: the input gate's typical frontal chest, blurred, with noise and a border."""
    content = json.loads((resources() / "quality" / "frontal_chest.json").read_text("utf-8"))
    typical = np.array(content["typical"], np.float32).reshape(content["side"], -1)
    size = (columns, rows)
    film = np.asarray(Image.fromarray(typical).resize(size, Image.Resampling.BICUBIC), np.float64)
    film = 0.25 + 0.55 * (film - film.min()) / (film.max() - film.min())
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    film += np.random.default_rng(seed).normal(0, 0.02, film.shape)
    film = np.clip(film, 0.05, 1.0)
    film[(np.abs(x) > 0.94) | (np.abs(y) > 0.94)] = 0
    return (film * (2**bits - 1)).astype(np.uint16)


def film(samples: NDArray[Any], *, transfer_syntax: str = "", **elements: Any) -> FileDataset:
    """Make a DX data set around stored samples.

    Args:
        samples: `(rows, columns)` of uint8, uint16 or int16, optionally with frames in front.
        transfer_syntax: UID; explicit little endian if empty.
        **elements: DICOM keywords that replace defaults, or remove them if None; for example
            `PatientID="7"`, `ViewPosition=None`, `PhotometricInterpretation="MONOCHROME1"`.
    """
    syntax = transfer_syntax or ExplicitVRLittleEndian
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    dataset = FileDataset(
        "",
        {},
        file_meta=meta,
        preamble=b"\0" * 128,
        is_implicit_VR=syntax == ImplicitVRLittleEndian,
        is_little_endian=syntax != ExplicitVRBigEndian,
    )
    for keyword, value in {**_defaults(samples), **elements}.items():
        if value is None:
            if keyword in dataset:
                delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    _set_pixels(dataset, samples, syntax)
    return dataset


def write_film(
    path: Path, samples: NDArray[Any] | None = None, *, transfer_syntax: str = "", **elements: Any
) -> Path:
    """Write `film(...)` to a file, making folders; returns the path.

    Without samples a small `chest_like()` film is written.
    """
    dataset = film(
        chest_like() if samples is None else samples, transfer_syntax=transfer_syntax, **elements
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path


def _defaults(samples: NDArray[Any]) -> dict[str, Any]:
    bits = 8 if samples.dtype.itemsize == 1 else 16
    stored = 12 if samples.dtype == np.uint16 and int(samples.max(initial=0)) < 4096 else bits
    return {
        "SOPClassUID": DigitalXRayImageStorageForPresentation,
        "SOPInstanceUID": generate_uid(),
        "StudyInstanceUID": generate_uid(),
        "SeriesInstanceUID": generate_uid(),
        "SpecificCharacterSet": "ISO_IR 192",
        "PatientID": "T-1",
        "PatientName": "Test^Ada",
        "PatientBirthDate": "19600102",
        "PatientSex": "F",
        "StudyDate": "20240203",
        "StudyTime": "101500",
        "StudyDescription": "Chest",
        "AccessionNumber": "A1",
        "ReferringPhysicianName": "Doe^Jo",
        "Modality": "DX",
        "SeriesNumber": 1,
        "InstanceNumber": 1,
        "BodyPartExamined": "CHEST",
        "ViewPosition": "PA",
        "PatientOrientation": ["L", "F"],
        "ImagerPixelSpacing": [0.14, 0.14],
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": samples.shape[-2],
        "Columns": samples.shape[-1],
        "NumberOfFrames": samples.shape[0] if samples.ndim == 3 else None,
        "BitsAllocated": bits,
        "BitsStored": stored,
        "HighBit": stored - 1,
        "PixelRepresentation": int(samples.dtype.kind == "i"),
    }


def _set_pixels(dataset: FileDataset, samples: NDArray[Any], syntax: str) -> None:
    if syntax in NATIVE:
        order = ">" if syntax == ExplicitVRBigEndian else "<"
        payload = samples.astype(samples.dtype.newbyteorder(order)).tobytes()
        vr = "OB" if samples.dtype.itemsize == 1 else "OW"
        dataset.add_new("PixelData", vr, payload + b"\0" * (len(payload) % 2))
        return
    frames = samples if samples.ndim == 3 else samples[None]
    if syntax in (JPEGLossless, JPEGLosslessSV1):
        encoded = [imagecodecs.ljpeg_encode(frame) for frame in frames]
    elif syntax == JPEGExtended12Bit:
        encoded = [imagecodecs.jpeg8_encode(frame, level=95, bitspersample=12) for frame in frames]
    elif syntax in _ENCODERS:
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.add_new("PixelData", "OW", samples.tobytes())
        dataset.compress(syntax, generate_instance_uid=False, encoding_plugin=_ENCODERS[syntax])
        return
    else:
        raise NotImplementedError(syntax)
    dataset.add_new("PixelData", "OB", encapsulate([bytes(item) for item in encoded]))
