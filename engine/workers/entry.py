"""The child's side: take requests from the input pipe, answer them on the output pipe.

Started as `python -P -m engine.workers.entry NAME …`, in a frozen app as `--worker NAME …`. A
worker module provides `service()`, a mapping from verb to handler. Every outcome of a handler
becomes one message, `BaseException` included: decoders written in Rust panic past `Exception`.
"""

from __future__ import annotations

import argparse
import importlib
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from engine.domain.progress import CancelToken, Progress, ProgressSink
from engine.errors import LimitExceededError, NegatoscopeError
from engine.workers.limits import apply_limits
from engine.workers.protocol import (
    Array,
    MemoryBlock,
    Message,
    Reply,
    error_body,
    receive,
    send,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Call:
    """One request as a handler sees it.

    Attributes:
        arguments: The request's JSON object.
        arrays: The request's arrays, read-only.
        progress: Sends a progress message to the parent.
        cancel: Set when the parent asks to stop; a handler that ignores it is killed.
    """

    arguments: Mapping[str, Any]
    arrays: tuple[Array, ...]
    progress: ProgressSink
    cancel: CancelToken


Handler = Callable[[Call], Reply]
Service = Mapping[str, Handler]


def run_worker(name: str, arguments: Sequence[str] = ()) -> int:
    """Serve requests until the parent closes the pipe; returns the exit status.

    Args:
        name: "decode", "inference", or the import path of a module with a `service()`.
        arguments: The command-line arguments after the name.
    """
    parser = argparse.ArgumentParser(prog="worker")
    parser.add_argument("--address-space", type=int)
    parser.add_argument("--niceness", type=int, default=0)
    parser.add_argument("--memory-fd", type=int)
    options = parser.parse_args(arguments)
    requests, answers = _take_over_pipes()
    apply_limits(options.address_space, options.niceness)
    block = None if options.memory_fd is None else MemoryBlock(options.memory_fd)
    return _Server(requests, answers, block).serve(name)


class _Server:
    def __init__(self, requests: BinaryIO, answers: BinaryIO, block: MemoryBlock | None) -> None:
        self._requests = requests
        self._answers = answers
        self._block = block
        self._queue: queue.SimpleQueue[tuple[Message, CancelToken]] = queue.SimpleQueue()
        self._current = CancelToken()
        self._number = 0

    def serve(self, name: str) -> int:
        service: Service | None = None
        threading.Thread(target=self._listen, daemon=True).start()
        while True:
            message, cancel = self._queue.get()
            self._number = message.number
            try:
                if service is None:
                    service = _service(name)
                    # The time limit is for the request, not for a slow disk during the imports.
                    send(self._answers, Message(kind="loaded", number=self._number), None)
                reply = self._answer(service, message, cancel)
            except BaseException as error:  # noqa: BLE001 - the outcome is the message
                leaving = not isinstance(error, Exception) or isinstance(error, MemoryError)
                self._send_error(error, leaving=leaving)
                if leaving:
                    return 0
            else:
                self._send_reply(reply)

    def _listen(self) -> None:
        """Queue requests, notice cancellation, and end the process with its parent."""
        while True:
            try:
                message = receive(self._requests, self._block)
            except BaseException:  # noqa: BLE001 - a broken stream ends the process as well
                message = None
            if message is None:
                os._exit(0)
            if message.kind == "cancel":
                self._current.cancel()
            else:
                self._current = CancelToken()
                self._queue.put((message, self._current))

    def _answer(self, service: Service, message: Message, cancel: CancelToken) -> Reply:
        call = Call(
            arguments=message.body["arguments"],
            arrays=message.arrays,
            progress=self._send_progress,
            cancel=cancel,
        )
        return service[message.body["verb"]](call)

    def _send_progress(self, progress: Progress) -> None:
        body = {
            "done": progress.done,
            "total": progress.total,
            "message": progress.message,
            "partial_text": progress.partial_text,
        }
        send(self._answers, Message(kind="progress", number=self._number, body=body), None)

    def _send_reply(self, reply: Reply) -> None:
        body = {"value": reply.value}
        message = Message(kind="result", number=self._number, body=body, arrays=reply.arrays)
        send(self._answers, message, self._block)

    def _send_error(self, error: BaseException, *, leaving: bool) -> None:
        cause = _technical(error)
        if isinstance(error, MemoryError | RecursionError):
            error = LimitExceededError(
                "It needs more memory than the safety limit allows.",
                what_to_do="Check that the file is what it claims to be.",
            )
        body: dict[str, Any] = {**error_body(error, cause), "leaving": leaving}
        send(self._answers, Message(kind="error", number=self._number, body=body), None)


def _technical(error: BaseException) -> str:
    """Types and code positions of an error and its causes, without texts that name patients."""
    lines: list[str] = []
    current: BaseException | None = error
    while current is not None and len(lines) < 8:
        frames = traceback.extract_tb(current.__traceback__)[-1:]
        place = "".join(f" at {os.path.basename(f.filename)}:{f.lineno}" for f in frames)  # noqa: PTH119 - not a path to open
        text = f": {current.message}" if isinstance(current, NegatoscopeError) else ""
        lines.append(f"{type(current).__name__}{text}{place}")
        current = current.__cause__ or current.__context__
    return "; ".join(lines)


def _take_over_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep both pipes for messages; what libraries print goes to standard error."""
    requests, answers = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - Windows only

        msvcrt.setmode(requests, os.O_BINARY)
        msvcrt.setmode(answers, os.O_BINARY)
    return os.fdopen(requests, "rb"), os.fdopen(answers, "wb")


def _service(name: str) -> Service:
    """The handlers of a worker; imported here so that a failed import becomes a message."""
    modules = {
        "decode": "engine.workers.decode_worker",
        "inference": "engine.workers.inference_worker",
    }
    service: Service = importlib.import_module(modules.get(name, name)).service()
    return service


if __name__ == "__main__":
    raise SystemExit(run_worker(sys.argv[1], sys.argv[2:]))
