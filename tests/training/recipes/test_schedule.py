from itertools import pairwise

import pytest
import torch
from torch import nn

from training.recipes.schedule import WeightAverage, cosine_rate


def test_the_rate_rises_then_falls_to_the_floor():
    rates = [cosine_rate(p / 100, warmup=0.1, floor=0.05) for p in range(101)]
    assert rates[0] == 0.0
    assert rates[10] == pytest.approx(1.0)
    assert rates[-1] == pytest.approx(0.05)
    assert all(a > b for a, b in pairwise(rates[10:]))
    assert cosine_rate(2.0) == pytest.approx(0.0)


def test_the_average_follows_the_weights_and_copies_counters():
    module = nn.BatchNorm1d(2)
    average = WeightAverage(module, decay=0.9)
    with torch.no_grad():
        module.weight.fill_(5.0)
        module.num_batches_tracked.fill_(7)
    for _ in range(200):
        average.update(module)
    torch.testing.assert_close(average.tensors["weight"], torch.full((2,), 5.0))
    assert average.tensors["num_batches_tracked"].item() == 7
