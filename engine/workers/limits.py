"""What a child process may use, and that it never outlives the product.

The child sets its limits itself before it imports anything heavy. On systems without `resource`
(Windows) only the timeout and the end of the input pipe limit it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerLimits:
    """Limits of one kind of worker.

    Attributes:
        address_space: Maximum virtual memory in bytes (RLIMIT_AS); None for no limit.
        math_threads: Threads of BLAS and OpenMP; None leaves it to the libraries.
        niceness: Lowers its priority below the window's (POSIX).
    """

    address_space: int | None = None
    math_threads: int | None = None
    niceness: int = 0

    def environment(self) -> dict[str, str]:
        """Variables that must be set before the child starts."""
        # ONNX Runtime's telemetry would write a session file and could call its vendor. The library
        # reads this when it is loaded, before any call could switch telemetry off.
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
        """Command-line arguments that tell the child its limits."""
        memory = [] if self.address_space is None else ["--address-space", str(self.address_space)]
        return memory if not self.niceness else [*memory, "--niceness", str(self.niceness)]


DECODE_LIMITS = WorkerLimits(address_space=1536 * 2**20, math_threads=1)
# What comes in while somebody reads: a film on its way to the screen takes precedence.
INCOMING_LIMITS = replace(DECODE_LIMITS, niceness=15)
# Showing a film takes precedence over a draft: the model's threads would take every core.
INFERENCE_LIMITS = WorkerLimits(niceness=10)


INFERENCE_ADDRESS_SPACE = 16 * 2**30
"""The graphs take some hundred MiB; libraries and threads reserve the rest without using it."""


def limit_address_space(size: int) -> None:
    """Limit this process's address space (POSIX)."""
    if os.name == "posix":
        import resource  # noqa: PLC0415 - the module does not exist on Windows

        resource.setrlimit(resource.RLIMIT_AS, (size, size))


def apply_limits(address_space: int | None, niceness: int = 0) -> None:
    """Limit this process: memory, its share of the cores, no core files, death with the parent.

    It also ignores Ctrl+C, which is meant for the parent.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.name == "posix":
        import resource  # noqa: PLC0415 - the module does not exist on Windows

        os.nice(niceness)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if address_space is not None:
        limit_address_space(address_space)
