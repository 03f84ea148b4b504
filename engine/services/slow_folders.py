"""Calls into folders that may not answer: a share that died keeps whoever asks it for minutes.

Nobody can interrupt such a call. So it is made in a thread of its own, and whoever is asked to stop
leaves that thread behind. Only what reads may be called so: nobody learns how a call ended that was
left behind.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from engine.domain.progress import CancelToken
from engine.errors import CancelledError

T = TypeVar("T")


def unless_cancelled(call: Callable[[], T], cancel: CancelToken | None) -> T:
    """What the call returns or raises; raises `CancelledError` as soon as `cancel` is set."""
    if cancel is None:
        return call()
    ended = threading.Event()
    returned: list[T] = []
    raised: list[Exception] = []

    def run() -> None:
        try:
            returned.append(call())
        except Exception as error:  # noqa: BLE001 - raised again where it was asked for
            raised.append(error)
        ended.set()

    # A daemon: the end of the program does not wait for it.
    threading.Thread(target=run, name="folder", daemon=True).start()
    with cancel.heard_by(ended.set):
        ended.wait()
    if raised:
        raise raised[0]
    if not returned:
        raise CancelledError("Stopped as you asked.")
    return returned[0]
