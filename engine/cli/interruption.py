"""Ctrl+C and requests to end for verbs that take long, so that work ends in order."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from engine.domain.progress import CancelToken


@contextmanager
def stopped_by(*numbers: signal.Signals) -> Iterator[CancelToken]:
    """Signals set a token: an exception inside a callback of a worker or database would be lost."""
    token = CancelToken()
    before = {number: signal.signal(number, lambda *_: token.cancel()) for number in numbers}
    try:
        yield token
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
