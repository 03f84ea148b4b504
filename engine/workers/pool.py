"""A child process that is started when needed, limited, timed, and replaced when it dies.

One `WorkerProcess` answers one request at a time; any thread may send one. One thread starts and
reads the process and lives as long as it does, for two reasons: not every system can wait for a
pipe with a timeout, and on Linux a child that dies with its parent dies with the *thread* that
started it.
"""

from __future__ import annotations

import os
import queue
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Self, cast

from engine.domain.progress import CancelToken, Progress, ProgressSink, ignore_progress
from engine.errors import (
    CancelledError,
    TechnicalError,
    WorkerCrashedError,
    WorkerError,
    WorkerTimeoutError,
)
from engine.workers.limits import WorkerLimits
from engine.workers.protocol import (
    Array,
    MemoryBlock,
    Message,
    ProtocolError,
    Reply,
    error_from,
    receive,
    send,
)

_POLL_S = 0.05
_CLOSE_S = 1.0
_MOST_UNREAD = 2
"""Unread messages of a child that are held; a child that sends more has to wait."""
_NUMBER_BITS = 48
_SAID_BY_CHILD = ("loaded", "progress", "result", "error")
_LOAD_S = 45.0
"""Time in seconds that a child may take to load its libraries, on top of its first request."""


class WorkerProcess:
    """A named worker and the process that serves it at present.

    Args:
        name: "decode" or "inference"; the child loads that worker module.
        limits: What the process may use.
        timeout_s: Longest silence of the child during a request, in seconds, after which it is
            ended; progress messages count as signs of life.
        grace_s: How long a cancelled request may take to stop by itself, once the child has loaded
            its libraries: ended earlier, it would have to load them again for the next request.
        ends_gently: Whether a request that is cancelled gently may take longer: ended, the child
            would have to load a model again for the next request.
    """

    def __init__(
        self,
        name: str,
        *,
        limits: WorkerLimits,
        timeout_s: float = 15.0,
        grace_s: float = 0.5,
        ends_gently: bool = False,
    ) -> None:
        self._name = name
        self._limits = limits
        self._timeout_s = timeout_s
        self._grace_s = grace_s
        self._ends_gently = ends_gently
        self._lock = threading.Lock()
        self._process: _Process | None = None
        self._is_closed = False

    @property
    def pid(self) -> int | None:
        """Process id of the running child, or None."""
        process = self._process
        return process.pid if process is not None and process.is_alive else None

    def start(self) -> None:
        """Start the child at once, so that the first request need not wait for its imports."""
        with self._lock:
            self._running()

    def request(
        self,
        verb: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        arrays: Sequence[Array] = (),
        timeout_s: float | None = None,
        progress: ProgressSink = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> Reply:
        """Send a request to the child and wait for its answer.

        Args:
            verb: Key of the child's service.
            arguments: JSON object for the handler.
            arrays: Arrays for the handler.
            timeout_s: Overrides the worker's timeout for this request.
            progress: Called in this thread with each progress message.
            cancel: Stops the request from another thread.

        Raises:
            CancelledError: `cancel` was set; the child stopped or was ended.
            WorkerTimeoutError: The child was silent too long and was ended.
            WorkerCrashedError: The child died; the next request starts a new one.
            NegatoscopeError: Any error of ours that the handler raised.
        """
        message = Message(
            kind="request",
            number=secrets.randbits(_NUMBER_BITS),
            body={"verb": verb, "arguments": dict(arguments or {})},
            arrays=tuple(arrays),
        )
        with self._turn(cancel):
            process = self._running()
            try:
                process.send(message)
                return self._answer(process, timeout_s or self._timeout_s, progress, cancel)
            except ProtocolError as error:
                self._end()
                raise _crashed() from error
            except BaseException:
                if not process.is_idle:
                    self._end()
                raise

    def stop(self) -> None:
        """End the child at once; the next request starts a new one."""
        process = self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        """End the child; a request in progress fails with `WorkerCrashedError`."""
        self._is_closed = True
        process = self._process
        if process is not None:
            process.close()

    def __enter__(self) -> Self:
        """Return the worker itself; leaving the context closes it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    @contextmanager
    def _turn(self, cancel: CancelToken | None) -> Iterator[None]:
        while not self._lock.acquire(timeout=_POLL_S):
            if cancel is not None:
                cancel.raise_if_cancelled()
        try:
            if cancel is not None:
                cancel.raise_if_cancelled()
            yield
        finally:
            self._lock.release()

    def _running(self) -> _Process:
        if self._is_closed:
            raise WorkerError("The background process was closed.")
        process = self._process
        # A child that sent something unasked was taken over by a file, or is broken.
        if process is not None and process.is_alive and not process.has_spoken:
            return process
        self._end()
        self._process = process = _Process(self._name, self._limits)
        return process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process = None

    def _answer(
        self,
        process: _Process,
        timeout_s: float,
        progress: ProgressSink,
        cancel: CancelToken | None,
    ) -> Reply:
        heard = time.monotonic()
        cancelled_at: float | None = None
        while True:
            message = process.next_message(_POLL_S)
            now = time.monotonic()
            if cancelled_at is None and cancel is not None and cancel.is_cancelled:
                process.send(Message(kind="cancel"))
                cancelled_at = now
            if message is not None:
                heard = now
                if message.kind == "loaded":
                    process.is_loaded = True
                    cancelled_at = cancelled_at and now
                    continue
                if message.kind == "progress":
                    if cancelled_at is None:
                        progress(_progress(message.body))
                    continue
                process.is_idle = not message.body.get("leaving", False)
                return _result(message, is_cancelled=cancelled_at is not None)
            is_late = cancelled_at is not None and now - cancelled_at > self._grace_s
            waits = self._ends_gently and cancel is not None and cancel.is_gentle
            if is_late and process.is_loaded and not waits:
                raise CancelledError("Stopped as you asked.")
            if now - heard > timeout_s + (0.0 if process.is_loaded else _LOAD_S):
                raise WorkerTimeoutError(
                    f"It took longer than {timeout_s:.0f} s and was stopped.",
                    what_to_do="Try again when the computer has less to do.",
                )


class _Process:
    """One running child with its pipes, its memory block and the thread that reads it."""

    def __init__(self, name: str, limits: WorkerLimits) -> None:
        self._block = MemoryBlock.create()
        self._messages: queue.Queue[Message | None] = queue.Queue(_MOST_UNREAD)
        self._started: queue.SimpleQueue[subprocess.Popen[bytes] | OSError] = queue.SimpleQueue()
        self._has_ended = False
        self._is_unwanted = False
        self.number = 0
        self.is_idle = True
        self.is_loaded = False
        self._thread = threading.Thread(
            target=self._run, args=(name, limits), name=f"{name}-worker", daemon=True
        )
        self._thread.start()
        started = self._started.get()
        if isinstance(started, OSError):
            raise WorkerCrashedError("The background process could not be started.") from started
        self._child = started

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def is_alive(self) -> bool:
        return not self._has_ended and self._child.poll() is None

    @property
    def has_spoken(self) -> bool:
        """Whether an unrequested message arrived; only meaningful between requests."""
        return not self._messages.empty()

    def send(self, message: Message) -> None:
        self.is_idle = False
        if message.kind == "request":
            self.number = message.number
        try:
            send(cast("BinaryIO", self._child.stdin), message, self._block)
        except (OSError, ValueError) as error:
            raise self._crash() from error

    def next_message(self, wait_s: float) -> Message | None:
        """The next message for the request, or None if there is none yet.

        Raises `WorkerCrashedError`, or `ProtocolError` for an answer to another request.
        """
        try:
            message = self._messages.get(timeout=wait_s)
        except queue.Empty:
            return None
        if message is None:
            raise self._crash()
        if message.number != self.number or message.kind not in _SAID_BY_CHILD:
            raise ProtocolError("an answer to no request")
        return message

    def kill(self) -> None:
        self._is_unwanted = True
        self._child.kill()
        self._finish()

    def close(self) -> None:
        """Close the input pipe, at which a healthy child ends itself; kill one that does not."""
        self._is_unwanted = True
        with suppress(OSError, ValueError):
            cast("BinaryIO", self._child.stdin).close()
        try:
            self._child.wait(_CLOSE_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
        self._finish()

    def _finish(self) -> None:
        self._child.wait()
        self._thread.join()

    def _crash(self) -> WorkerCrashedError:
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(_CLOSE_S)
        error = _crashed()
        error.__cause__ = TechnicalError(f"exit status {self._child.returncode}")
        return error

    def _run(self, name: str, limits: WorkerLimits) -> None:
        """Start the child and queue its messages until it ends."""
        try:
            child = _spawn(name, limits, self._block)
        except OSError as error:
            self._close_block()
            self._started.put(error)
            return
        self._started.put(child)
        stdout = cast("BinaryIO", child.stdout)
        with suppress(ProtocolError, OSError, MemoryError):
            while (message := receive(stdout, self._block)) is not None:
                self._put(message)
        # Whatever ended the stream, a child that cannot be heard is useless.
        self._has_ended = True
        child.kill()
        child.wait()
        self._put(None)
        stdout.close()
        with suppress(OSError, ValueError):
            cast("BinaryIO", child.stdin).close()
        self._close_block()

    def _put(self, message: Message | None) -> None:
        """Queue a message once there is room: a child that floods is not read and has to wait."""
        while not self._is_unwanted:
            with suppress(queue.Full):
                self._messages.put(message, timeout=_POLL_S)
                return
        with suppress(queue.Full):
            self._messages.put_nowait(message)

    def _close_block(self) -> None:
        if self._block is not None:
            self._block.close()


def _spawn(name: str, limits: WorkerLimits, block: MemoryBlock | None) -> subprocess.Popen[bytes]:
    if getattr(sys, "frozen", False):
        command = [sys.executable, "--worker", name]
    else:
        command = [sys.executable, "-P", "-m", "engine.workers.entry", name]
    command += limits.arguments()
    if block is not None:
        command += ["--memory-fd", str(block.fd)]
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **limits.environment(), "PYTHONPATH": path},
        pass_fds=() if block is None else (block.fd,),
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _crashed() -> WorkerCrashedError:
    return WorkerCrashedError(
        "The background process ended unexpectedly.",
        what_to_do="Try again; if it happens again, leave this file out.",
    )


def _progress(body: Mapping[str, Any]) -> Progress:
    try:
        return Progress(
            done=int(body["done"]),
            total=int(body["total"]),
            message=str(body["message"]),
            partial_text=str(body["partial_text"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ProtocolError("not a progress") from error


def _result(message: Message, *, is_cancelled: bool) -> Reply:
    if is_cancelled:
        raise CancelledError("Stopped as you asked.")
    if message.kind == "error":
        raise error_from(message.body)
    return Reply(value=message.body.get("value"), arrays=message.arrays)
