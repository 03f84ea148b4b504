"""The word loss scores words and EOS, and nothing that pads (eq 16)."""

from __future__ import annotations

import math

import pytest
import torch

from training.objectives.captioning import captioning_loss


def test_padding_is_not_scored_and_eos_is() -> None:
    ids = torch.tensor([[1, 5, 2, 0, 0], [1, 6, 7, 8, 2]])
    logits = torch.zeros(2, 4, 10)
    logits[0, 1, 2] = 50.0  # sure of the first report's EOS
    expected = (5 * math.log(10)) / 6

    assert float(captioning_loss(logits, ids, 0)) == pytest.approx(expected, rel=1e-5)
    logits[0, 2:] = torch.randn(2, 10) * 100
    assert float(captioning_loss(logits, ids, 0)) == pytest.approx(expected, rel=1e-5)


def test_smoothing_asks_for_less_certainty() -> None:
    ids = torch.tensor([[1, 5, 2]])
    sure = torch.full((1, 2, 10), -40.0)
    sure[0, 0, 5] = sure[0, 1, 2] = 40.0

    assert float(captioning_loss(sure, ids, 0)) < 1e-5
    assert float(captioning_loss(sure, ids, 0, smoothing=0.1)) > 1.0
