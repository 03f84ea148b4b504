"""The product's side of the inference worker: request drafts, survive a failing graphics card.

A CUDA error can take the whole process down, and a full card fails run after run. The first such
failure moves the model to the processor for good, with a notice; a failure there is an error.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.domain.evidence import Occlusion
from engine.domain.progress import CancelToken, ProgressSink, ignore_progress
from engine.errors import InferenceError, WorkerCrashedError, WorkerTimeoutError
from engine.inference.device import CUDA, Device
from engine.inference.generated import Drafted, Generated
from engine.inference.occlusion import Box
from engine.inference.outline import Outlined
from engine.workers.limits import INFERENCE_LIMITS
from engine.workers.plain import to_plain, value_of
from engine.workers.pool import WorkerProcess
from engine.workers.protocol import Reply

_LOG = logging.getLogger(__name__)
GPU_FAILED_NOTICE = "The graphics card failed, so the draft is made on the processor."

_TIMEOUT_S = 60.0
_COPY_S = 600.0
# Encoding the films is one run that cannot be interrupted; with the pool's own delay this stays
# below 1 s.
_GRACE_S = 0.8


class InferenceClient:
    """Requests drafts from the inference worker; any thread may call it, one draft at a time.

    Args:
        folder: The model bundle.
        worker: Import path of the worker's module; tests pass their own.

    Attributes:
        folder: The model bundle; another one may be set between requests.
    """

    def __init__(self, folder: Path, *, worker: str = "inference") -> None:
        self.folder = folder
        self._process = WorkerProcess(
            worker,
            limits=INFERENCE_LIMITS,
            timeout_s=_TIMEOUT_S,
            grace_s=_GRACE_S,
            ends_gently=True,
        )
        self._has_gpu: bool | None = None
        self._gpu_failed = False
        self._device_said: Device | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the worker; None if it is not running."""
        return self._process.pid

    def unpack(self, source: Path, *, cancel: CancelToken | None = None) -> None:
        """Copy a model pack into `folder`, which is made, and check it.

        Raises:
            BundleError: It is no pack, damaged, or not as its manifest says.
            WorkerError: The worker failed.
            CancelledError: `cancel` was set.
        """
        arguments = {"source": str(source), "target": str(self.folder)}
        _explained(
            lambda: self._process.request("unpack", arguments, timeout_s=_COPY_S, cancel=cancel)
        )

    def load(self, manifest_sha256: str, *, cancel: CancelToken | None = None) -> Device:
        """Verify and load the bundle with this manifest hash.

        Raises:
            BundleError: It is missing, damaged or another one.
            WorkerError: The worker failed.
            CancelledError: `cancel` was set.
        """
        return self._device(value_of(Device, self._ask("load", manifest_sha256, cancel=cancel)))

    def draft(
        self,
        images: NDArray[np.float32],
        manifest_sha256: str,
        *,
        progress: ProgressSink = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> tuple[Generated, Device]:
        """Write the findings for films `(v, 3, size, size)`; loads the bundle if necessary.

        Raises:
            CancelledError: Within 1 s of a cancellation.
            ModelError: The bundle or the run failed.
            WorkerError: The worker failed.
        """
        reply = self._ask("draft", manifest_sha256, images, progress=progress, cancel=cancel)
        drafted = value_of(Drafted, reply)
        return drafted.generated, self._device(drafted.device)

    def without(
        self,
        images: NDArray[np.float32],
        manifest_sha256: str,
        sentences: Sequence[str],
        box: Box,
        *,
        progress: ProgressSink = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> tuple[Occlusion, ...]:
        """Test sentences with an area of the films occluded.

        Arguments as for `Generator.without`, errors as for `draft`.
        """
        more = {"sentences": list(sentences), "box": to_plain(box)}
        reply = self._ask(
            "without", manifest_sha256, images, more=more, progress=progress, cancel=cancel
        )
        return value_of(tuple[Occlusion, ...], reply)

    def outline(
        self,
        films: NDArray[np.float32],
        folder: Path,
        manifest_sha256: str,
        *,
        cancel: CancelToken | None = None,
    ) -> Outlined:
        """Outline lungs and heart on films `(n, 1, S, S)`, always on the processor.

        Args:
            films: Grey in [0, 1].
            folder: The outline model.
            manifest_sha256: Of its manifest.
            cancel: Stops the run.

        Errors as for `draft`.
        """
        arguments = {"folder": str(folder), "manifest_sha256": manifest_sha256}
        reply = _explained(
            lambda: self._process.request("outline", arguments, arrays=(films,), cancel=cancel)
        )
        return value_of(Outlined, reply)

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
                "folder": str(self.folder),
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
        except (InferenceError, WorkerCrashedError, WorkerTimeoutError) as error:
            _LOG.warning("the model failed on the graphics card", exc_info=error)
            reply = _explained(lambda: request(allow_gpu=False))
        # The processor succeeded with the same films, so the card was to blame.
        self._gpu_failed = True
        return reply

    def _may_use_gpu(self, cancel: CancelToken | None) -> bool:
        if self._has_gpu is None:
            reply = _explained(lambda: self._process.request("devices", cancel=cancel))
            self._has_gpu = CUDA in reply.value
            if not self._has_gpu:
                _LOG.info("no graphics card is used: the runtime has only %s", reply.value)
        return self._has_gpu and not self._gpu_failed

    def _device(self, device: Device) -> Device:
        if device != self._device_said:
            self._device_said = device
            _LOG.info("the model runs on %s", device.provider)
            if device.cause:
                _LOG.warning("the graphics card could not be used: %s", device.cause)
        return replace(device, notice=GPU_FAILED_NOTICE) if self._gpu_failed else device


def _explained(request: Callable[[], Reply]) -> Reply:
    """Replace the pool's messages, which speak of files, by ones about the model."""
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
