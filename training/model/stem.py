"""The interface of every convolutional stem: films to a feature map of 14x14 cells.

The published method trains a ResNet-101 together with the rest; the product's stem is a small
network that is adapted beforehand and then frozen. Everything after the stem treats both alike.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from torch import nn


class StemForm(StrEnum):
    """The networks that can be a stem."""

    EFFICIENTNET_LITE0 = "efficientnet_lite0"
    RESNET101 = "resnet101"


class Stem(nn.Module):
    """`(B, 3, S, S)` to `(B, channels, S/16, S/16)`.

    BatchNorm follows the module's mode as usual: `train()` uses and updates batch statistics (stem
    adaptation), `eval()` uses the stored ones (everything else). `frozen()` is for a stem that
    takes part in another model's training without learning.

    Attributes:
        form: Which network it is.
        channels: Of the feature map.
    """

    form: StemForm
    channels: int

    def __init__(self) -> None:
        super().__init__()
        self._is_frozen = False

    def frozen(self) -> Self:
        """The stem itself, permanently without gradients and in evaluation mode."""
        self._is_frozen = True
        self.requires_grad_(requires_grad=False)
        return self.eval()

    def train(self, mode: bool = True) -> Self:  # noqa: FBT001, FBT002 - nn.Module's signature
        """As `nn.Module.train`, but a frozen stem stays in evaluation mode."""
        super().train(mode and not self._is_frozen)
        return self
