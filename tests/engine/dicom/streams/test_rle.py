"""Run-length coding, zeros among it: those of a film, and those of a stretch that was lost."""

from __future__ import annotations

import numpy as np
import pytest

from engine.dicom.streams import rle
from engine.errors import DamagedFileError

_SHAPE = (4, 128, 1)
_LITERAL_ZEROS = b"\x7f" + bytes(128)
_RUN = b"\x81\x05"
_NOISE = b"\x7f" + bytes(range(1, 129))


def _frame(*rows: bytes) -> bytes:
    header = np.zeros(16, "<u4")
    header[:2] = 1, rle.HEADER_BYTES
    return header.tobytes() + b"".join(rows)


def test_an_encoder_that_knows_no_runs_writes_zeros_as_they_are() -> None:
    found = rle.decode(_frame(_NOISE, _LITERAL_ZEROS, _LITERAL_ZEROS, _NOISE), _SHAPE, 1)
    assert not found[1:3].any()


@pytest.mark.parametrize(
    "rows",
    [
        (_NOISE, bytes(256), _NOISE, _NOISE),
        (_RUN, _LITERAL_ZEROS, _NOISE, _NOISE),
    ],
)
def test_zeros_that_nobody_coded_are_not_shown(rows: tuple[bytes, ...]) -> None:
    with pytest.raises(DamagedFileError):
        rle.decode(_frame(*rows), _SHAPE, 1)
