"""A loss that is not finite ends the run before it reaches the weights."""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor

from engine.errors import InputError


def require_finite(losses: Iterable[Tensor], step: int) -> None:
    """Raise `InputError` if a loss of that step is not finite; call it before the update."""
    if not all(bool(loss.detach().isfinite().all()) for loss in losses):
        raise InputError(
            f"The loss of step {step + 1} is not a number any more, so the run was stopped; the "
            "weights kept before it are as they were.",
            what_to_do="Lower the rates, or name a stem with trained weights (--stem).",
        )
