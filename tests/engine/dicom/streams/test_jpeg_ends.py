"""Long JPEG streams with loss, of which the decoder itself is asked whether they are whole."""

from __future__ import annotations

from collections.abc import Callable

import imagecodecs
import numpy as np
import pytest
from pydicom.uid import JPEGBaseline8Bit, JPEGExtended12Bit
from testkit.code_streams import framed, pillow

from engine.dicom.codecs import decoded_frame
from engine.errors import DamagedFileError

_BITS = {"8": 8, "8, restarts": 8, "8, progressive": 8, "12": 12}
_ENCODERS: dict[str, Callable[[np.ndarray], bytes]] = {
    "8": lambda samples: pillow(samples, quality=95),
    "8, restarts": lambda samples: pillow(samples, quality=95, restart_marker_rows=1),
    "8, progressive": lambda samples: pillow(samples, quality=95, progressive=True),
    "12": lambda samples: bytes(imagecodecs.jpeg8_encode(samples, level=95, bitspersample=12)),
}
_ENDS = {"grey": 0.5, "black": 0.0, "white": 1.0}
_LONG = 2**18


def _noisy(name: str, end: float) -> np.ndarray:
    """A film of noise whose lower fifth is flat: of its code few bits are seen."""
    bits = _BITS[name]
    samples = np.random.default_rng(1).integers(0, 2**bits, (1000, 600))
    samples[800:] = round(end * (2**bits - 1))
    return samples.astype(np.uint8 if bits == 8 else np.uint16)


def _shown(stream: bytes, samples: np.ndarray) -> np.ndarray:
    syntax = JPEGBaseline8Bit if samples.dtype == np.uint8 else JPEGExtended12Bit
    return decoded_frame(framed(stream, samples, syntax), 0).samples


@pytest.mark.parametrize("name", _ENCODERS)
@pytest.mark.parametrize("end", _ENDS)
def test_a_whole_film_is_shown_whatever_it_ends_with(name: str, end: str) -> None:
    samples = _noisy(name, _ENDS[end])
    stream = _ENCODERS[name](samples)
    assert len(stream) > _LONG
    np.testing.assert_array_equal(_shown(stream, samples), imagecodecs.jpeg8_decode(stream))


@pytest.mark.parametrize("name", _ENCODERS)
@pytest.mark.parametrize("change", ["lost", "twice"])
def test_a_part_that_is_lost_or_there_twice_is_found(name: str, change: str) -> None:
    samples = _noisy(name, 0.0)
    stream = _ENCODERS[name](samples)
    first, last = len(stream) // 2, len(stream) // 2 + 512
    parts = (first, last) if change == "lost" else (last, first)
    with pytest.raises(DamagedFileError):
        _shown(stream[: parts[0]] + stream[parts[1] :], samples)


def test_a_lost_part_is_named_by_its_rows() -> None:
    samples = _noisy("8, restarts", 0.5)
    stream = _ENCODERS["8, restarts"](samples)
    place = len(stream) // 2
    with pytest.raises(DamagedFileError, match=r"rows \d+ to \d+ of 1,000 are not whole\.$"):
        _shown(stream[:place] + stream[place + 512 :], samples)


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.4.53", "1.2.840.10008.1.2.4.55"])
def test_the_retired_progressive_syntaxes_are_read(syntax: str) -> None:
    samples = np.random.default_rng(2).integers(0, 256, (40, 30)).astype(np.uint8)
    stream = pillow(samples, quality=95, progressive=True)
    found = decoded_frame(framed(stream, samples, syntax), 0)
    np.testing.assert_array_equal(found.samples, imagecodecs.jpeg8_decode(stream))
    assert found.notes == ()
