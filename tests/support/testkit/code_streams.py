"""Compressed frames from every encoder at hand; one that could crash the tests runs in a child."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import gdcm
import imagecodecs
import numpy as np
from numpy.typing import NDArray
from openjpeg.utils import encode_array
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.uid import (
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from testkit.children import output_of
from testkit.dicom_files import chest_like, film, write_film

Samples = NDArray[np.integer]


def framed(stream: bytes, samples: Samples, syntax: str, **elements: object) -> FileDataset:
    """A film of `samples` whose pixel data is the given stream, in one fragment."""
    dataset = film(samples, **elements)
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = encapsulate([stream + b"\0" * (len(stream) % 2)])
    return dataset


def dcmtk(samples: Samples, *options: str, tool: str = "dcmcjpeg") -> bytes:
    """A frame encoded by a tool of DCMTK; raises `FileNotFoundError` if that is missing."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_film(Path(folder) / "a.dcm", samples)
        out = Path(folder) / "b.dcm"
        subprocess.run([tool, *options, path, out], check=True, capture_output=True)
        return _first_frame(out)


def has_dcmtk() -> bool:
    """Whether DCMTK's tools are installed."""
    return shutil.which("dcmcjpeg") is not None


def by_gdcm(samples: Samples, syntax: int) -> bytes:
    """A frame encoded by GDCM; `syntax` is a value of `gdcm.TransferSyntax`."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_film(Path(folder) / "a.dcm", samples)
        out = Path(folder) / "b.dcm"
        output_of("code_streams", path, out, syntax)
        return _first_frame(out)


def _first_frame(path: Path) -> bytes:
    return bytes(get_frame(dcmread(path).PixelData, 0, number_of_frames=1))


def pillow(samples: Samples, **options: int) -> bytes:
    """A baseline JPEG stream by libjpeg-turbo through Pillow."""
    buffer = io.BytesIO()
    Image.fromarray(samples).save(buffer, "JPEG", **options)
    return buffer.getvalue()


Encoder = tuple[str, Callable[[], bytes]]


@cache
def encoders() -> dict[str, Encoder]:
    """Each encoder's transfer syntax, and a function that encodes `phantom(...)`, by name."""
    return {**_libraries(), **_of_gdcm(), **_of_dcmtk()}


def _libraries() -> dict[str, Encoder]:
    deep, flat = phantom(12), phantom(8)
    return {
        "lj92 lossless": (JPEGLosslessSV1, lambda: bytes(imagecodecs.ljpeg_encode(deep))),
        "libjpeg-turbo lossless": (
            JPEGLossless,
            lambda: bytes(
                imagecodecs.jpeg8_encode(deep, lossless=True, bitspersample=12, predictor=4)
            ),
        ),
        "libjpeg-turbo 8": (JPEGBaseline8Bit, lambda: pillow(flat, quality=85)),
        "libjpeg-turbo restarts": (
            JPEGBaseline8Bit,
            lambda: pillow(flat, quality=85, restart_marker_rows=1),
        ),
        "libjpeg-turbo optimised": (
            JPEGBaseline8Bit,
            lambda: pillow(flat, quality=60, optimize=True),
        ),
        "libjpeg-turbo progressive": (
            JPEGBaseline8Bit,
            lambda: pillow(flat, quality=85, progressive=True),
        ),
        "libjpeg-turbo 12": (
            JPEGExtended12Bit,
            lambda: bytes(imagecodecs.jpeg8_encode(deep, level=95, bitspersample=12)),
        ),
        "CharLS": (JPEGLSLossless, lambda: bytes(imagecodecs.jpegls_encode(deep))),
        "OpenJPEG": (
            JPEG2000Lossless,
            lambda: encode_array(deep, bits_stored=12, photometric_interpretation=2),
        ),
        "OpenJPH": (
            HTJ2KLossless,
            lambda: bytes(imagecodecs.htj2k_encode(deep, reversible=True)),
        ),
        "pydicom RLE": (RLELossless, lambda: _rle(deep)),
    }


def _of_gdcm() -> dict[str, Encoder]:
    deep, flat, syntax = phantom(12), phantom(8), gdcm.TransferSyntax
    return {
        "GDCM lossless": (
            JPEGLosslessSV1,
            lambda: by_gdcm(deep, syntax.JPEGLosslessProcess14_1),
        ),
        "GDCM 8": (JPEGBaseline8Bit, lambda: by_gdcm(flat, syntax.JPEGBaselineProcess1)),
        "GDCM JPEG-LS": (JPEGLSLossless, lambda: by_gdcm(deep, syntax.JPEGLSLossless)),
        "GDCM JPEG 2000": (JPEG2000Lossless, lambda: by_gdcm(deep, syntax.JPEG2000Lossless)),
        "GDCM RLE": (RLELossless, lambda: by_gdcm(deep, syntax.RLELossless)),
    }


def _of_dcmtk() -> dict[str, Encoder]:
    deep, flat = phantom(12), phantom(8)
    return {
        "DCMTK lossless": (JPEGLosslessSV1, lambda: dcmtk(deep, "+e1")),
        "DCMTK lossless 6": (JPEGLossless, lambda: dcmtk(deep, "+el", "+sv", "6")),
        "DCMTK 8": (JPEGBaseline8Bit, lambda: dcmtk(flat, "+eb")),
        "DCMTK 12": (JPEGExtended12Bit, lambda: dcmtk(deep, "+ee")),
        "DCMTK 12 progressive": (JPEGExtended12Bit, lambda: dcmtk(deep, "+ep")),
        "DCMTK 12 spectral": (JPEGExtended12Bit, lambda: dcmtk(deep, "+es")),
        "DCMTK JPEG-LS": (JPEGLSLossless, lambda: dcmtk(deep, tool="dcmcjpls")),
        "DCMTK near lossless": (JPEGLSNearLossless, lambda: dcmtk(deep, "+en", tool="dcmcjpls")),
        "DCMTK RLE": (RLELossless, lambda: dcmtk(deep, tool="dcmcrle")),
    }


def phantom(bits: int) -> Samples:
    """The film given to the encoders."""
    samples = chest_like(120, 96, bits=bits)
    return samples.astype(np.uint8) if bits == 8 else samples


def _rle(samples: Samples) -> bytes:
    dataset = film(samples, transfer_syntax=RLELossless)
    return bytes(get_frame(dataset.PixelData, 0, number_of_frames=1))


def _compress(source: str, target: str, syntax: str) -> None:
    reader = gdcm.ImageReader()
    reader.SetFileName(source)
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(int(syntax)))
    if not reader.Read():
        raise SystemExit("GDCM cannot read the film")
    change.SetInput(reader.GetImage())
    if not change.Change():
        raise SystemExit("GDCM cannot compress the film")
    writer = gdcm.ImageWriter()
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    writer.SetFileName(target)
    if not writer.Write():
        raise SystemExit("GDCM cannot write the film")


if __name__ == "__main__":
    _compress(*sys.argv[1:])
