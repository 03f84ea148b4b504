"""Labels of the films inside the model: the stem's own label head, and the label prompt.

Neither is in the paper. With two thousand studies the decoder learns its language long before it
learns to look; labels are a shorter way from film to words (after PromptMRG, AAAI 2024).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.model.configuration import ModelConfiguration

STEM_HEAD_WIDTH = 512
OFFSET_DEVIATION = 1.0 / 3.0
"""Standard deviation of a label's offset in each dimension; the tokens' is 1."""


class StemHead(nn.Sequential):
    """Stem features `(B, C, g, g)` to label logits `(B, labels)`.

    1x1 convolution, average over the map, dropout, linear: the head that stem adaptation trains.
    """

    def __init__(self, channels: int, labels: int, dropout: float) -> None:
        super().__init__(
            nn.Conv2d(channels, STEM_HEAD_WIDTH, 1, bias=False),
            nn.BatchNorm2d(STEM_HEAD_WIDTH),
            nn.ReLU6(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Dropout(dropout),
            nn.Linear(STEM_HEAD_WIDTH, labels),
        )

    def of_study(self, features: Tensor) -> Tensor:
        """Logits of studies, mean over the views: `(B, v, C, g, g)` to `(B, labels)`."""
        each: Tensor = self(features.flatten(0, 1))
        return each.reshape(*features.shape[:2], -1).mean(dim=1)


class LabelPrompt(nn.Module):
    """Gives the decoder the labels as an offset on every visual token.

    In training these are the true labels, otherwise those whose logit is above `thresholds`. An
    offset starts at a third of the normed tokens' scale: when it started at a twelfth, the decoder
    still ignored three labels of four after 20 epochs.
    """

    thresholds: Tensor

    def __init__(self, configuration: ModelConfiguration) -> None:
        super().__init__()
        self.offset = nn.Linear(configuration.labels, configuration.width, bias=False)
        self.register_buffer("thresholds", torch.zeros(configuration.labels))

    def initialise(self) -> None:
        """Draw the offsets anew; call it after the model's general initialisation."""
        nn.init.normal_(self.offset.weight, std=OFFSET_DEVIATION)

    def forward(self, film: Tensor, labels: Tensor, coded: Tensor | None) -> Tensor:
        """h_v `(B, N, D)` with the offset of the study's labels added."""
        found = (labels > self.thresholds).to(film.dtype) if coded is None else coded
        prompted: Tensor = film + self.offset(found)[:, None]
        return prompted
