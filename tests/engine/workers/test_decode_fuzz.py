"""Compressed films with bytes changed at random, through the real decode worker.

A decoder that ends its process, hangs or raises what nobody foresaw shows here: the worker stays,
and each film is shown or refused with a sentence.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from pydicom.dataset import FileDataset
from pydicom.uid import (
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)
from testkit.code_streams import encoders, framed, phantom, pillow
from testkit.lossless_jpeg import Options, encode

from engine.workers.decode_client import DecodeClient

# The worker is ended after 15 s; nothing of this size may come near that.
_LONGEST_S = 10
_UNFORESEEN = "The file is damaged and cannot be read."
_MARKERS = (
    0x00,
    0x01,
    0xC0,
    0xC3,
    0xC4,
    0xCC,
    0xD0,
    0xD7,
    0xD8,
    0xD9,
    0xDA,
    0xDC,
    0xDD,
    0xFE,
    0xFF,
)


def _films() -> dict[str, tuple[bytes, np.ndarray, str]]:
    deep, flat = phantom(12)[:48, :40], np.ascontiguousarray(phantom(8)[:48, :40])
    restarts = Options(precision=12, predictor=4, restart_rows=3, fill=1)
    return {
        "lossless": (bytes(imagecodecs.ljpeg_encode(deep)), deep, JPEGLosslessSV1),
        "lossless, restarts": (encode(deep, restarts), deep, JPEGLossless),
        "12 bits with loss": (
            bytes(imagecodecs.jpeg8_encode(deep, level=90, bitspersample=12)),
            deep,
            JPEGExtended12Bit,
        ),
        "JPEG-LS": (bytes(imagecodecs.jpegls_encode(deep)), deep, JPEGLSLossless),
        "JPEG 2000": (
            bytes(imagecodecs.jpeg2k_encode(deep, codecformat="j2k", level=0, reversible=True)),
            deep,
            JPEG2000Lossless,
        ),
        "HTJ2K": (bytes(imagecodecs.htj2k_encode(deep, reversible=True)), deep, HTJ2KLossless),
        "RLE": (encoders()["pydicom RLE"][1](), phantom(12), RLELossless),
        "progressive": (pillow(flat, quality=90, progressive=True), flat, JPEGBaseline8Bit),
    }


def _mutated(stream: bytes, chance: np.random.Generator) -> bytes:
    """A few bytes changed, put in, taken out or made a marker, mostly near the start."""
    changed = bytearray(stream)
    for _ in range(int(chance.integers(1, 6))):
        reach = 300 if chance.integers(3) else len(changed)
        place = int(chance.integers(2, min(reach, len(changed))))
        match int(chance.integers(5)):
            case 0:
                changed[place] ^= 1 << int(chance.integers(8))
            case 1:
                changed[place] = int(chance.integers(256))
            case 2:
                changed[place : place + 2] = bytes([0xFF, int(chance.choice(_MARKERS))])
            case 3:
                del changed[place : place + int(chance.integers(1, 40))]
            case _:
                changed[place:place] = bytes(chance.integers(0, 256, 4, np.uint8))
    return bytes(changed)


def _broken_films(name: str, count: int) -> Iterator[FileDataset]:
    stream, samples, syntax = _films()[name]
    chance = np.random.default_rng(len(stream))
    for _ in range(count):
        yield framed(_mutated(stream, chance), samples, syntax)


@pytest.fixture(scope="module")
def client() -> Iterator[DecodeClient]:
    with DecodeClient() as started:
        started.start()
        yield started


def _check(client: DecodeClient, name: str, count: int, path: Path) -> None:
    worker = client.pid
    for number, dataset in enumerate(_broken_films(name, count)):
        dataset.save_as(path, enforce_file_format=True)
        start = time.monotonic()
        facts = client.inspect(path)
        told = (number, facts["error"])
        assert time.monotonic() - start < _LONGEST_S, told
        assert facts["ok"] or facts["error"].endswith("."), told
        assert facts["error"] != _UNFORESEEN, told
        assert client.pid == worker, told


@pytest.mark.parametrize("name", _films())
def test_a_broken_stream_neither_ends_nor_holds_up_the_worker(
    client: DecodeClient, name: str, tmp_path: Path
) -> None:
    _check(client, name, 40, tmp_path / "film.dcm")


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", _films())
def test_thousands_of_broken_streams_neither_end_nor_hold_up_the_worker(
    client: DecodeClient, name: str, tmp_path: Path
) -> None:
    _check(client, name, 5000, tmp_path / "film.dcm")
