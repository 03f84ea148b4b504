"""Headers of many files read by several decode workers at once, in the order of the files.

A request per file would cost more than reading the file, so files go in batches. A file that hangs
or kills its worker still costs only itself: its batch is requested again, file by file.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from engine.domain.progress import CancelToken
from engine.errors import InputError, NegatoscopeError, WorkerError
from engine.workers.pool import WorkerProcess

BATCH = 16
"""Files per request: a film opened meanwhile waits for no more than these."""
Request = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderOutcome:
    """Result for one file: what its header described, or why it was left out.

    Attributes:
        may_be_film: Whether a file left out is DICOM, or says so.
    """

    found: dict[str, Any] | None
    error: str
    may_be_film: bool = True


def read_headers(
    workers: Sequence[WorkerProcess], files: Sequence[Request], cancel: CancelToken
) -> Generator[HeaderOutcome]:
    """Read the headers of files.

    Args:
        workers: Share the work: the first at once, the others as soon as they have loaded.
        files: Arguments of each file, as the worker's `headers` takes them.
        cancel: Stops all workers.

    Yields:
        One outcome for each file, in order.

    Raises:
        CancelledError: `cancel` was set.
    """
    batches = [files[first : first + BATCH] for first in range(0, len(files), BATCH)]
    if not batches:
        return
    waiting: dict[int, list[HeaderOutcome]] = {}
    serving = _Serving(workers, batches, cancel)
    try:
        for number in range(len(batches)):
            while number not in waiting:
                place, outcome = serving.answers.get()
                if isinstance(outcome, BaseException):
                    raise outcome
                waiting[place] = outcome
            yield from waiting.pop(number)
    finally:
        serving.stop()


_Answers = queue.SimpleQueue[tuple[int, list[HeaderOutcome] | BaseException]]


class _Serving:
    """Workers that each take the next batch until none is left or the caller stops."""

    def __init__(
        self,
        workers: Sequence[WorkerProcess],
        batches: Sequence[Sequence[Request]],
        cancel: CancelToken,
    ) -> None:
        self.answers: _Answers = queue.SimpleQueue()
        self._batches: Iterator[tuple[int, Sequence[Request]]] = iter(enumerate(batches))
        self._lock = threading.Lock()
        self._cancel = cancel
        self._busy: list[threading.Thread] = []
        for worker in workers:
            is_first = worker is workers[0]
            thread = threading.Thread(target=self._serve, args=(worker, is_first), daemon=True)
            if is_first:
                self._busy.append(thread)
            thread.start()

    def stop(self) -> None:
        """Wait for the batches being read and take no more."""
        with self._lock:
            self._batches = iter(())
            busy = list(self._busy)
        for thread in busy:
            thread.join()

    def _serve(self, worker: WorkerProcess, is_first: bool) -> None:  # noqa: FBT001 - of a thread
        if not is_first:
            # Until this worker has loaded its libraries, the others take the files.
            with suppress(NegatoscopeError):
                worker.request("scanned", cancel=self._cancel)
            with self._lock:
                self._busy.append(threading.current_thread())
        while (taken := self._next()) is not None:
            number, batch = taken
            try:
                self.answers.put((number, _batch(worker, batch, self._cancel)))
            except BaseException as error:  # noqa: BLE001 - raised where the answer is awaited
                self.answers.put((number, error))
                return

    def _next(self) -> tuple[int, Sequence[Request]] | None:
        with self._lock:
            return next(self._batches, None)


def _batch(
    worker: WorkerProcess, files: Sequence[Request], cancel: CancelToken
) -> list[HeaderOutcome]:
    try:
        return _asked(worker, files, cancel)
    except (InputError, WorkerError) as error:
        if len(files) == 1:
            return [HeaderOutcome(found=None, error=error.message)]
    return [outcome for file in files for outcome in _batch(worker, [file], cancel)]


def _asked(
    worker: WorkerProcess, files: Sequence[Request], cancel: CancelToken
) -> list[HeaderOutcome]:
    reply = worker.request("headers", {"files": [dict(file) for file in files]}, cancel=cancel)
    answers = reply.value
    if not isinstance(answers, list) or len(answers) != len(files):
        raise WorkerError("The background process gave an answer that made no sense.")
    return [
        HeaderOutcome(
            found=answer.get("found"),
            error=str(answer.get("error", "")),
            may_be_film=bool(answer.get("may_be_film", True)),
        )
        for answer in answers
    ]
