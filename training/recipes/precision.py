"""Half precision where the processor computes in it, and only there.

A processor without bfloat16 instructions emulates them: a stem step then takes eight times as long
as in single precision instead of half.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

import torch


def autocast() -> AbstractContextManager[object]:
    """bfloat16 autocast on processors that have it (AVX-512 BF16 or AMX); otherwise no change."""
    return torch.autocast("cpu", torch.bfloat16, enabled=has_bfloat16())


def has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 in hardware."""
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()  # noqa: SLF001 - torch has no public query
