"""Progress and cancellation, shared by every long operation."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from engine.errors import CancelledError


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One report of progress.

    Attributes:
        done: Units finished so far.
        total: Units in all; 0 while unknown.
        message: One plain line without patient data, e.g. "12 files read".
        partial_text: Draft words so far; empty outside drafting.
        first_study: Identifier of the first study that a scan has put into the index, from then on.
    """

    done: int
    total: int
    message: str
    partial_text: str = ""
    first_study: str = ""


ProgressSink = Callable[[Progress], None]


def ignore_progress(_progress: Progress) -> None:
    """Sink for callers that show nothing."""


class CancelToken:
    """Set once by whoever wants the work to stop; safe between threads."""

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the work to stop."""
        self._event.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether stopping was asked for."""
        return self._event.is_set()

    def raise_if_cancelled(self) -> None:
        """Raise `CancelledError` if stopping was asked for."""
        if self._event.is_set():
            raise CancelledError("Stopped as you asked.")
