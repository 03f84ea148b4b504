"""An inference worker with a pretended graphics card, which fails as the folder's name asks."""

from __future__ import annotations

import os
import signal

from engine.errors import InferenceError
from engine.inference.device import CPU, CUDA
from engine.workers.entry import Call, Service
from engine.workers.inference_worker import service as real_service
from engine.workers.protocol import Reply


def service() -> Service:
    real = real_service()

    def on_card(call: Call) -> Reply:
        if not call.arguments["allow_gpu"]:
            return real["draft"](call)
        if "crash" in call.arguments["folder"]:
            os.kill(os.getpid(), signal.SIGSEGV)
        raise InferenceError("The model could not read the films.")

    return {**real, "devices": lambda _call: Reply(value=[CUDA, CPU]), "draft": on_card}
