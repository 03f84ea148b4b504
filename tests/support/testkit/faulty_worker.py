"""A worker module whose handlers crash, hang, panic and eat memory, for tests of the pool."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

import numpy as np

from engine.domain.progress import Progress
from engine.errors import DamagedFileError
from engine.workers.entry import Call, Service
from engine.workers.protocol import Message, Reply, send


def service() -> Service:
    time.sleep(float(os.environ.get("FAULTY_WORKER_LOADS_S", "0")))
    return {
        "echo": lambda call: Reply(value=call.arguments, arrays=call.arrays),
        "noisy": _noisy,
        "damaged": _damaged,
        "bug": lambda call: Reply(value=call.arguments["absent"]),
        "panic": _panic,
        "crash": lambda _call: os.kill(os.getpid(), signal.SIGSEGV),  # type: ignore[dict-item,return-value]
        "hang": lambda _call: Reply(value=time.sleep(60)),
        "polite": _polite,
        "eat": lambda call: Reply(value=np.ones(call.arguments["bytes"], np.uint8).nbytes),
        "count": _count,
        "pause": lambda call: Reply(value=time.sleep(call.arguments["seconds"])),
        "surplus": _surplus,
        "late": _late,
        "deep": _deep,
        "odd_progress": _odd_progress,
    }


def _server(call: Call) -> Any:
    """The server object, which a file that took over the process could reach."""
    return call.progress.__self__  # type: ignore[attr-defined]


def _surplus(call: Call) -> Reply:
    def flood() -> None:
        time.sleep(0.1)
        for _ in range(call.arguments["count"]):
            _server(call)._send_reply(Reply(value="forged" * 100_000))

    threading.Thread(target=flood, daemon=True).start()
    return Reply(value="asked for")


def _late(call: Call) -> Reply:
    server = _server(call)

    def forge() -> None:
        time.sleep(0.3)
        send(server._answers, Message(kind="result", body={"value": "forged"}), None)

    threading.Thread(target=forge, daemon=True).start()
    return Reply(value="asked for")


def _deep(call: Call) -> Reply:
    payload = b'{"kind": ' + b"[" * 200_000
    _server(call)._answers.write(len(payload).to_bytes(4, "big") + payload)
    return Reply(value="never heard")


def _odd_progress(call: Call) -> Reply:
    server = _server(call)
    body = {"done": "a", "total": 1, "message": "", "partial_text": ""}
    send(server._answers, Message(kind="progress", number=server._number, body=body), None)
    return Reply(value="never heard")


def _noisy(_call: Call) -> Reply:
    print("a library prints", flush=True)  # noqa: T201 - this is what is tested
    os.write(1, b"\0\0\0\1x")
    return Reply(value="heard")


def _damaged(_call: Call) -> Reply:
    try:
        int("secret header text")
    except ValueError as error:
        raise DamagedFileError("The file is cut short.", what_to_do="Copy it again.") from error
    return Reply()


def _panic(_call: Call) -> Reply:
    class Panic(BaseException):
        pass

    raise Panic


def _polite(call: Call) -> Reply:
    while not call.cancel.is_cancelled:
        time.sleep(0.01)
    return Reply(value="stopped")


def _count(call: Call) -> Reply:
    total = call.arguments["total"]
    for done in range(total):
        call.progress(Progress(done=done, total=total, message="counting"))
        time.sleep(call.arguments["pause_s"])
    return Reply(value=total)
