"""Never half a film as a whole one: streams cut, overwritten and robbed of a part."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from pydicom.dataset import FileDataset
from pydicom.uid import JPEGBaseline8Bit
from testkit.code_streams import encoders, framed, has_dcmtk, phantom

from engine.dicom.codecs import decoded_frame
from engine.errors import InputError

_END = b"\xff\xd9"
# So much of a stream is its header or, in a stretch that is lost, too little to be told from a
# slip of the encoder.
_LEAST = 64
WAYS: dict[str, Callable[[bytes, int, int], bytes]] = {
    "cut": lambda stream, cut, _end: stream[:cut],
    "cut, end mark": lambda stream, cut, _end: stream[:cut] + _end_of(stream),
    "zeros": lambda stream, cut, _end: stream[:cut] + bytes(len(stream) - cut),
    "zeros, end mark": lambda stream, cut, _end: (
        stream[:cut] + bytes(len(stream) - cut - len(_end_of(stream))) + _end_of(stream)
    ),
    "middle lost": lambda stream, cut, end: stream[:cut] + stream[end:],
    "middle zeros": lambda stream, cut, end: stream[:cut] + bytes(end - cut) + stream[end:],
}


def _end_of(stream: bytes) -> bytes:
    return _END if stream.endswith(_END) else b""


def _film(stream: bytes, name: str) -> FileDataset:
    syntax, _ = encoders()[name]
    return framed(stream, phantom(8 if syntax == JPEGBaseline8Bit else 12), syntax)


def _whole(name: str) -> bytes:
    if name.startswith("DCMTK") and not has_dcmtk():
        pytest.skip("DCMTK is not installed")
    stream = encoders()[name][1]()
    if _END in stream[-4:]:
        return stream[: stream.rindex(_END) + 2]
    return stream


def _shown(name: str, count: int) -> list[str]:
    """Ways and places in which a broken stream was shown as another picture."""
    whole = _whole(name)
    right = decoded_frame(_film(whole, name), 0).samples
    chance = np.random.default_rng(sum(name.encode()))
    head = min(len(whole) // 3, 700)
    wrong = []
    for number in range(count):
        way = list(WAYS)[number % len(WAYS)]
        cut = int(chance.integers(head, len(whole) - _LEAST - 16))
        end = min(cut + int(chance.integers(_LEAST, max(len(whole) // 3, 80))), len(whole) - 16)
        try:
            found = decoded_frame(_film(WAYS[way](whole, cut, end), name), 0).samples
        except InputError:
            continue
        if not np.array_equal(found, right):
            wrong.append(f"{way} at {cut} to {end} of {len(whole)}")
    return wrong


@pytest.mark.parametrize("name", encoders())
def test_no_part_of_a_film_is_made_up(name: str) -> None:
    assert _shown(name, 18) == []


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", encoders())
def test_no_part_of_a_film_is_made_up_in_a_thousand_cuts(name: str) -> None:
    assert _shown(name, 1000) == []
