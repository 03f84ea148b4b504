"""Whether a draft can be made, with which model and on which device."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStatus:
    """State of the model for the status bar.

    Attributes:
        bundle: e.g. "cmcrl-s 0.1"; empty if there is none.
        provider: The provider that the session actually got ("CPU", "CUDA"); empty until loaded.
        is_ready: Whether a draft can be requested.
        message: A plain sentence about what is wrong; empty if nothing is.
        licence: What the weights may be used for, in plain sentences; empty without a model.
        intended_use: What the model was made for, in plain sentences; empty without a model.
    """

    bundle: str
    provider: str
    is_ready: bool
    message: str = ""
    licence: str = ""
    intended_use: str = ""
