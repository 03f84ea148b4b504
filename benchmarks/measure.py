"""Medians and ratios, one printed row per figure. Benchmarks never assert a time."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence


def seconds_of(work: Callable[[], object], *, runs: int = 7, warm_up: int = 1) -> list[float]:
    """Wall-clock seconds of each counted run."""
    taken = []
    for number in range(warm_up + runs):
        start = time.perf_counter()
        work()
        if number >= warm_up:
            taken.append(time.perf_counter() - start)
    return taken


def show(name: str, seconds: Sequence[float], *, baseline: float | None = None) -> float:
    """Print median, least and most in milliseconds, and the ratio to a baseline's median."""
    median = statistics.median(seconds)
    ratio = f"   {baseline / median:6.1f} times as quick as the baseline" if baseline else ""
    print(
        f"{name:52} median {median * 1000:9.1f} ms   "
        f"(least {min(seconds) * 1000:.1f}, most {max(seconds) * 1000:.1f}, "
        f"n={len(seconds)}){ratio}"
    )
    return median
