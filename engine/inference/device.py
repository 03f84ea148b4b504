"""Where a model runs; apart from the sessions because the product must not import ONNX Runtime."""

from __future__ import annotations

from dataclasses import dataclass

CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"
_SHORT = {CPU: "CPU", CUDA: "CUDA"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Where a model really runs.

    Attributes:
        provider: ONNX Runtime execution provider that the sessions got.
        notice: A plain sentence if that is not the best one there should be; else empty.
    """

    provider: str
    notice: str = ""

    @property
    def short_name(self) -> str:
        """For the status bar: "CPU" or "CUDA"."""
        return _SHORT.get(self.provider, self.provider)
