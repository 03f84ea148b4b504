"""Progressive JPEG: every scan counted to the last bit, whole streams shown as they are."""

from __future__ import annotations

import io

import imagecodecs
import numpy as np
import pytest
from PIL import Image
from pydicom.uid import JPEGBaseline8Bit
from testkit.code_streams import framed, phantom, pillow

from engine.dicom.codecs import decoded_frame
from engine.dicom.streams import jpeg_progressive
from engine.dicom.streams.jpeg import read_jpeg
from engine.dicom.streams.jpeg_progressive import check_whole
from engine.errors import DamagedFileError, LimitExceededError


def _shown(stream: bytes, samples: np.ndarray) -> np.ndarray:
    return decoded_frame(framed(stream, samples, JPEGBaseline8Bit), 0).samples


@pytest.mark.parametrize("restarts", [{}, {"restart_marker_rows": 1}, {"restart_marker_blocks": 5}])
@pytest.mark.parametrize("quality", [40, 85, 98])
def test_a_whole_film_is_shown(restarts: dict[str, int], quality: int) -> None:
    samples = phantom(8)
    stream = pillow(samples, quality=quality, progressive=True, **restarts)
    np.testing.assert_array_equal(_shown(stream, samples), imagecodecs.jpeg8_decode(stream))


@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_colours_are_counted_whatever_their_sampling(subsampling: int) -> None:
    rgb = np.random.default_rng(subsampling).integers(0, 256, (83, 61, 3)).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=90, progressive=True, subsampling=subsampling)
    stream = buffer.getvalue()
    check_whole(stream, read_jpeg(stream))


def test_empty_blocks_that_lead_past_the_picture_are_refused() -> None:
    samples = np.full((160, 96), 90, np.uint8)
    samples[:80] = phantom(8)[:80, :96]
    stream = pillow(samples, quality=85, progressive=True)
    frame = stream.index(b"\xff\xc2")
    shorter = stream[: frame + 5] + (120).to_bytes(2, "big") + stream[frame + 7 :]
    assert imagecodecs.jpeg8_decode(shorter).shape == (120, 96)  # a decoder takes it
    with pytest.raises(DamagedFileError):
        _shown(shorter, samples[:120])


def test_each_byte_of_each_scan_is_needed() -> None:
    samples = phantom(8)
    stream = pillow(samples, quality=85, progressive=True)
    for scan in read_jpeg(stream).scans:
        end = scan.intervals[-1].end
        for less in (1, 2, 5):
            with pytest.raises(DamagedFileError):
                _shown(stream[: end - less] + stream[end:], samples)
        with pytest.raises(DamagedFileError):
            _shown(stream[:end] + b"\x55" + stream[end:], samples)


def test_a_film_that_would_take_too_long_is_refused_by_its_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    samples = np.tile(phantom(8), (5, 10))
    stream = pillow(samples, quality=85, progressive=True)
    monkeypatch.setattr(jpeg_progressive, "_MOST_SECONDS", 0)
    with pytest.raises(LimitExceededError, match="progressive JPEG stream of 1 million pixels"):
        _shown(stream, samples)
