"""Whether the end of an uncompressed film was never written.

A copy that was broken off leaves zeros where the disk space had been reserved. A black border looks
different: it begins along the film's content, or at other sides too.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

# Zeros from inside a row on are a loss if of the samples before and above this share is not 0.
_MOST_SAMPLES: Final = 0.6
# Samples of a row on either side of where its zeros begin; with fewer it counts as a whole row.
_LEAST_SAMPLES: Final = 8
# So many whole rows of zeros are a loss if no more than this share of the film before them is 0.
_LEAST_ROWS: Final = 8
_FEW_ZEROS: Final = 0.01
_STEP: Final = 16


def first_lost_row(samples: NDArray[Any], *, may_be_padding: bool) -> int | None:
    """The first row, from 0, of zeros that are probably a loss; None if there is none.

    Args:
        samples: `(rows, columns)` or `(rows, columns, samples)` as stored.
        may_be_padding: Whether the header says that 0 is padding.
    """
    rows = samples.reshape(len(samples), -1)
    last = next((row for row in range(len(rows) - 1, -1, -1) if rows[row].any()), None)
    if last is None or last == len(rows) - 1:
        return None
    end = int(np.flatnonzero(rows[last])[-1]) + 1
    if last and _LEAST_SAMPLES <= end <= rows.shape[1] - _LEAST_SAMPLES:
        around = (rows[last, :end], rows[last - 1, end:])
        if all(_share(part) >= _MOST_SAMPLES for part in around):
            return last
    if may_be_padding or len(rows) - 1 - last < _LEAST_ROWS:
        return None
    written = rows[: last + 1]
    # Most films with a border show it in a few rows; all of them would cost as much as decoding.
    is_full = all(1 - _share(part) <= _FEW_ZEROS for part in (written[::_STEP], written))
    return last + 1 if is_full else None


def _share(samples: NDArray[Any]) -> float:
    """The share of samples that are not zero."""
    return np.count_nonzero(samples) / samples.size
