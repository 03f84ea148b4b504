"""The product's side of the inference worker: ask for a draft, survive its graphics card.

A CUDA error can take the whole process down, and a full card fails run after run. The first such
failure moves the model to the processor for good, with a notice; a failure there is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from engine.domain.evidence import KnockOut
from engine.domain.progress import CancelToken, ProgressSink, ignore_progress
from engine.errors import InferenceError, WorkerCrashedError, WorkerTimeoutError
from engine.inference.device import CUDA, Device
from engine.inference.generated import Generated
from engine.inference.knock_out import Box
from engine.workers.limits import INFERENCE_LIMITS
from engine.workers.pool import WorkerProcess
from engine.workers.protocol import Reply

GPU_FAILED_NOTICE = "The graphics card failed, so the draft is made on the processor."

_KNOCK_OUTS = TypeAdapter(tuple[KnockOut, ...])
_TIMEOUT_S = 60.0
# Encoding the films is one uninterruptible run; with the pool's own delay this stays below 1 s.
_GRACE_S = 0.8


class InferenceClient:
    """Drafts from the model in the inference worker; any thread may ask, one draft at a time.

    Args:
        folder: The model bundle.
        worker: Import path of the worker's module; another one only in tests.
    """

    def __init__(self, folder: Path, *, worker: str = "inference") -> None:
        self._folder = folder
        self._process = WorkerProcess(
            worker, limits=INFERENCE_LIMITS, timeout_s=_TIMEOUT_S, grace_s=_GRACE_S
        )
        self._has_gpu: bool | None = None
        self._gpu_failed = False

    @property
    def pid(self) -> int | None:
        """Process id of the worker; None if it does not run."""
        return self._process.pid

    def load(self, manifest_sha256: str, *, cancel: CancelToken | None = None) -> Device:
        """Verify and load the bundle that has this manifest.

        Raises:
            BundleError: It is missing, damaged or another one.
            WorkerError: The worker failed.
            CancelledError: `cancel` was set.
        """
        reply = self._ask("load", manifest_sha256, cancel=cancel)
        return self._device(reply)

    def draft(
        self,
        images: NDArray[np.float32],
        manifest_sha256: str,
        *,
        progress: ProgressSink = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> tuple[Generated, Device]:
        """Write the findings about films `(v, 3, size, size)`; loads the bundle if need be.

        Raises:
            CancelledError: Within 1 s of a cancellation.
            ModelError: The bundle or the run failed.
            WorkerError: The worker failed.
        """
        reply = self._ask("draft", manifest_sha256, images, progress=progress, cancel=cancel)
        return Generated.from_json(reply.value["generated"]), self._device(reply)

    def without(
        self,
        images: NDArray[np.float32],
        manifest_sha256: str,
        told: Sequence[str],
        box: Box,
        *,
        progress: ProgressSink = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> tuple[KnockOut, ...]:
        """What becomes of sentences when an area of the films is painted out.

        Args and errors are those of `Generator.without` and of `draft`.
        """
        more = {"told": list(told), "box": asdict(box)}
        reply = self._ask(
            "without", manifest_sha256, images, more=more, progress=progress, cancel=cancel
        )
        return _KNOCK_OUTS.validate_python(reply.value["found"])

    def close(self) -> None:
        """End the worker."""
        self._process.close()

    def _ask(
        self,
        verb: str,
        manifest_sha256: str,
        *arrays: NDArray[Any],
        more: Mapping[str, Any] | None = None,
        progress: ProgressSink = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> Reply:
        def request(*, allow_gpu: bool) -> Reply:
            arguments = {
                "folder": str(self._folder),
                "manifest_sha256": manifest_sha256,
                "allow_gpu": allow_gpu,
                **(more or {}),
            }
            return self._process.request(
                verb, arguments, arrays=arrays, progress=progress, cancel=cancel
            )

        if not self._may_use_gpu(cancel):
            return _explained(lambda: request(allow_gpu=False))
        try:
            return request(allow_gpu=True)
        except (InferenceError, WorkerCrashedError, WorkerTimeoutError):
            reply = _explained(lambda: request(allow_gpu=False))
        # Only now is it certain that the card was to blame and not the films.
        self._gpu_failed = True
        return reply

    def _may_use_gpu(self, cancel: CancelToken | None) -> bool:
        if self._has_gpu is None:
            reply = _explained(lambda: self._process.request("devices", cancel=cancel))
            self._has_gpu = CUDA in reply.value
        return self._has_gpu and not self._gpu_failed

    def _device(self, reply: Reply) -> Device:
        device = Device(**reply.value["device"])
        return replace(device, notice=GPU_FAILED_NOTICE) if self._gpu_failed else device


def _explained(request: Callable[[], Reply]) -> Reply:
    """The pool's errors speak of files; here it is the model that failed."""
    try:
        return request()
    except WorkerCrashedError as error:
        raise WorkerCrashedError(
            "The model stopped unexpectedly.",
            what_to_do="Ask for the draft again; if it happens again, restart Negatoscope.",
        ) from error
    except WorkerTimeoutError as error:
        raise WorkerTimeoutError(
            "The model took too long and was stopped.",
            what_to_do="Close other programs and ask for the draft again.",
        ) from error
