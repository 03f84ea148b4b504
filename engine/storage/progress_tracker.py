"""Progress and cancellation of one long check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from engine.domain.progress import CancelToken, Progress, ProgressSink, ignore_progress

T = TypeVar("T")
_EVERY = 200
_NEVER = CancelToken()


class ProgressTracker:
    """Counts the steps of one check, reports every 200th and stops when cancelled.

    Args:
        name: Of the check.
        progress: Receives the reports.
        cancel: Tested at every step.
    """

    def __init__(
        self, name: str = "", progress: ProgressSink = ignore_progress, cancel: CancelToken = _NEVER
    ) -> None:
        self.name = name
        self._progress = progress
        self._cancel = cancel
        self._done = self._total = 0

    def begin(self, total: int = 0) -> None:
        """Start counting; a total of 0 means that it is unknown."""
        self._done, self._total = 0, total
        self._report()

    def step(self) -> None:
        """Count one step. Raises `CancelledError`."""
        self._cancel.raise_if_cancelled()
        self._done += 1
        if self._done % _EVERY == 0:
            self._report()

    def through(self, items: Iterable[T]) -> Iterator[T]:
        """The same items, counting each as a step."""
        for item in items:
            self.step()
            yield item

    @property
    def is_stopped(self) -> bool:
        """Whether the check was cancelled."""
        return self._cancel.is_cancelled

    def _report(self) -> None:
        self._cancel.raise_if_cancelled()
        done = min(self._done, self._total) if self._total else 0
        self._progress(Progress(done=done, total=self._total, message=self.name))
