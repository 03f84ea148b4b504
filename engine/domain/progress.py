"""Progress and cancellation, shared by every long operation."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
        first_study: Identifier of the first study that a scan has indexed; empty until there is
            one.
    """

    done: int
    total: int
    message: str
    partial_text: str = ""
    first_study: str = ""


ProgressSink = Callable[[Progress], None]


def ignore_progress(_progress: Progress) -> None:
    """Discard progress, for callers that show none."""


class CancelToken:
    """A flag that the caller sets once to stop the work; safe between threads."""

    __slots__ = ("_event", "_is_gentle", "_listeners")

    def __init__(self) -> None:
        self._event = threading.Event()
        self._is_gentle = False
        self._listeners: list[Callable[[], None]] = []

    def cancel(self, *, is_gentle: bool = False) -> None:
        """Ask the work to stop: at once, or as soon as it can without losing a loaded model."""
        self._is_gentle = is_gentle
        self._event.set()
        for stop in tuple(self._listeners):
            stop()

    @contextmanager
    def heard_by(self, stop: Callable[[], None]) -> Iterator[None]:
        """Within the context `stop` is called when the work is asked to stop, or was before.

        It is called in the thread that asks, and perhaps twice.
        """
        self._listeners.append(stop)
        try:
            # After it is listed: who asks between the two has told it already.
            if self.is_cancelled:
                stop()
            yield
        finally:
            self._listeners.remove(stop)

    @property
    def is_gentle(self) -> bool:
        """Whether the work may end a run that it cannot interrupt."""
        return self._is_gentle

    @property
    def is_cancelled(self) -> bool:
        """Whether the work was asked to stop."""
        return self._event.is_set()

    def raise_if_cancelled(self) -> None:
        """Raise `CancelledError` if the work was asked to stop."""
        if self._event.is_set():
            raise CancelledError("Stopped as you asked.")
