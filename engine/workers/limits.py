"""What a child process may use, and that it never outlives the product.

Limits are set by the child on itself before it imports anything heavy. On systems without
`resource` (Windows) only the timeout and the end of the input pipe hold.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerLimits:
    """Limits of one kind of worker.

    Attributes:
        address_space: Most bytes of virtual memory (RLIMIT_AS); None for no limit.
        math_threads: Threads of BLAS and OpenMP; None leaves it to the libraries.
        niceness: By how much it gives way to the window (POSIX).
    """

    address_space: int | None = None
    math_threads: int | None = None
    niceness: int = 0

    def environment(self) -> dict[str, str]:
        """Variables that must be set before the child starts."""
        # ONNX Runtime's own telemetry would write a session file and could call its maker: this
        # is read when its library is loaded, before any call could switch it off.
        silent = {"ORT_DISABLE_TELEMETRY": "1"}
        if self.math_threads is None:
            return silent
        count = str(self.math_threads)
        # Each malloc arena reserves 64 MiB of address space, which RLIMIT_AS counts.
        return {
            **silent,
            "OPENBLAS_NUM_THREADS": count,
            "OMP_NUM_THREADS": count,
            "MALLOC_ARENA_MAX": "2",
        }

    def arguments(self) -> Sequence[str]:
        """Command-line arguments by which the child learns its limits."""
        memory = [] if self.address_space is None else ["--address-space", str(self.address_space)]
        return memory if not self.niceness else [*memory, "--niceness", str(self.niceness)]


DECODE_LIMITS = WorkerLimits(address_space=1536 * 2**20, math_threads=1)
# A film under the hand comes before a draft: the model's threads would take every core from it.
INFERENCE_LIMITS = WorkerLimits(niceness=10)


def apply_limits(address_space: int | None, niceness: int = 0) -> None:
    """Limit this process: memory, its share of the cores, no core files, death with the parent.

    It has no Ctrl+C of its own either.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.name == "posix":
        import resource  # noqa: PLC0415 - the module does not exist on Windows

        os.nice(niceness)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if address_space is not None:
            resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
