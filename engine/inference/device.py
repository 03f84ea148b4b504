"""Where a model runs; separate from the sessions so that importing it loads no ONNX Runtime."""

from __future__ import annotations

from dataclasses import dataclass

CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"
_SHORT = {CPU: "CPU", CUDA: "CUDA"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Where a model actually runs.

    Attributes:
        provider: ONNX Runtime execution provider that the sessions got.
        notice: A plain sentence if a better provider should have worked; else empty.
        cause: Why it is not, in technical words for the log; else empty.
    """

    provider: str
    notice: str = ""
    cause: str = ""

    @property
    def short_name(self) -> str:
        """For the status bar: "CPU" or "CUDA"."""
        return _SHORT.get(self.provider, self.provider)
