"""Whether rows of an uncompressed film were never written.

A copy that was broken off, or that lacks blocks, has zeros where the disk space had been reserved.
A black border looks different: it begins along the film's content, or at other sides too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

# Zeros from inside a row on are a loss if of the samples before and above this share is not 0.
_MOST_SAMPLES: Final = 0.6
# Samples of a row on either side of where its zeros begin; with fewer it counts as a whole row.
_LEAST_SAMPLES: Final = 8
# So many whole rows of zeros at the end are a loss if no more than this share of the film is 0 …
_LEAST_ROWS: Final = 8
_FEW_ZEROS: Final = 0.01
# … or, of a film without a black border, if the row before is full and no more than this is 0.
_FULL_ROW: Final = 0.95
_SOME_ZEROS: Final = 0.05
# A film fades into a border where its last row has less than `_MOST_SAMPLES`, or is darker than
# this share of the film's brightest sample.
_DARK: Final = 0.02
LEAST_BAND: Final = 4
"""So many whole rows of zeros between others are a loss."""
# Of the columns in use so many are not 0 in a row beside such a band; beside the black around a
# label or a shutter fewer are.
_BESIDE_BAND: Final = 0.5
# Rows of a drawing have fewer different values.
_LEAST_VALUES: Final = 16
_STEP: Final = 16
_PROBES: Final = 8

Span = tuple[int, int]


def lost_rows(samples: NDArray[Any], *, may_be_padding: bool) -> Sequence[Span]:
    """Rows of zeros that are probably a loss, each as its first row, from 0, and the one after.

    Args:
        samples: `(rows, columns)` or `(rows, columns, samples)` as stored.
        may_be_padding: Whether the header says that 0 is padding.
    """
    rows = samples.reshape(len(samples), -1)
    last = next((row for row in range(len(rows) - 1, -1, -1) if rows[row].any()), None)
    if last is None:
        return ()
    tail = _lost_tail(rows, last, may_be_padding=may_be_padding)
    bands = _lost_bands(rows[: last + 1])
    return bands if tail is None else (*bands, (tail, len(rows)))


def lost_part(samples: NDArray[Any], *, may_be_padding: bool) -> str:
    """The sentence that names the rows that were probably lost; empty if there are none."""
    spans, of = lost_rows(samples, may_be_padding=may_be_padding), len(samples)
    if not spans:
        return ""
    first, after = spans[0]
    if after == of:
        return f"From row {first + 1:,} of {of:,} on there are only zeros: a part may be missing."
    named = f"Rows {first + 1:,} to {after:,}"
    if len(spans) > 1:
        return f"{named} of {of:,} and later ones hold only zeros: parts may be missing."
    return f"{named} of {of:,} hold only zeros: a part may be missing."


def _lost_tail(rows: NDArray[Any], last: int, *, may_be_padding: bool) -> int | None:
    """The first lost row of the end; `last` is the last row that is not all zeros."""
    if last == len(rows) - 1:
        return None
    end = int(np.flatnonzero(rows[last])[-1]) + 1
    if last and _LEAST_SAMPLES <= end <= rows.shape[1] - _LEAST_SAMPLES:
        around = (rows[last, :end], rows[last - 1, end:])
        if all(_share(part) >= _MOST_SAMPLES for part in around):
            return last
    if may_be_padding or len(rows) - 1 - last < _LEAST_ROWS:
        return None
    written = rows[: last + 1]
    most = _SOME_ZEROS if _is_cut_sharply(written) else _FEW_ZEROS
    # Most films with a border show it in a few rows; all of them would cost as much as decoding.
    is_full = all(1 - _share(part) <= most for part in (written[::_STEP], written))
    return last + 1 if is_full and not _fades(written) else None


def _is_cut_sharply(written: NDArray[Any]) -> bool:
    """Whether the last row is full, and the film has no border at another side."""
    sides = (written[0], written[::_STEP, 0], written[::_STEP, -1])
    return _share(written[-1]) >= _FULL_ROW and all(side.any() for side in sides)


def _fades(written: NDArray[Any]) -> bool:
    """Whether the last row is nearly black, so that the film fades into a border."""
    if _share(written[-1]) < _MOST_SAMPLES:
        return True
    brightest = np.abs(written[::_STEP].astype(np.float64)).max(initial=0)
    return bool(np.abs(written[-1].astype(np.float64)).mean() < _DARK * brightest)


def _lost_bands(rows: NDArray[Any]) -> tuple[Span, ...]:
    """Bands of zeros between other rows; the last row is not all zeros."""
    probed = rows[:, :: max(1, rows.shape[1] // _PROBES)]
    is_zero: NDArray[np.bool_] = np.logical_not(probed.any(axis=1))
    if not is_zero.any():
        return ()
    is_zero[is_zero] = ~rows[is_zero].any(axis=1)
    edges = np.flatnonzero(np.diff(is_zero.astype(np.int8), prepend=0, append=0))
    bands = [(int(first), int(after)) for first, after in edges.reshape(-1, 2)]
    used = np.count_nonzero(rows[::_STEP].any(axis=0))
    return tuple(
        (first, after)
        for first, after in bands
        if first and after - first >= LEAST_BAND
        # A band may begin and end inside a row: of two rows the fuller one counts.
        if all(
            _is_of_film(beside, _BESIDE_BAND * used)
            for beside in (rows[max(0, first - 2) : first], rows[after : after + 2])
        )
    )


def _is_of_film(beside: NDArray[Any], least: float) -> bool:
    """Whether one of these rows is a film's: so many samples are not zero, and they vary."""
    is_full = np.count_nonzero(beside, axis=1).max() >= least
    return bool(is_full) and len(np.unique(beside)) >= _LEAST_VALUES


def _share(samples: NDArray[Any]) -> float:
    """The share of samples that are not zero."""
    return np.count_nonzero(samples) / samples.size
