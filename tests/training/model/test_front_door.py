"""The front door's forms against each other and against their formulas (eq 11, 17)."""

from __future__ import annotations

import pytest
import torch

from training.model.front_door import causal_front_door, front_door, newest_front_door


def sample(scale: float = 1.0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(5)
    features = torch.randn(3, 11, 16, generator=generator) * scale
    return features, torch.randn(3, 6, 16, generator=generator) * scale


def test_front_door_is_two_softmaxes() -> None:
    features, mediator = sample()
    expected = torch.softmax(mediator @ features.mT * 0.25, dim=-1) @ features
    expected = torch.softmax(features @ mediator.mT * 0.25, dim=-1) @ expected

    torch.testing.assert_close(front_door(features, mediator, 0.25), expected)


def test_causal_form_at_released_scale_is_the_papers_form_of_each_prefix() -> None:
    features, mediator = sample()
    causal = causal_front_door(features, mediator, 1.0)

    for length in range(1, 12):
        prefix = front_door(features[:, :length], mediator, 1.0)
        difference = (causal[:, length - 1] - prefix[:, -1]).abs().max()
        assert float(difference) < 5e-7 * 4  # the specification's bound at values of size 4


@pytest.mark.parametrize("size", [1.0, 30.0])
def test_causal_form_stays_finite_and_exact_with_huge_scores(size: float) -> None:
    features, mediator = sample(size)
    features[:, 5] *= 3  # a late score that dwarfs the earlier ones
    causal = causal_front_door(features, mediator, 1.0)

    assert causal.isfinite().all()
    first = features[:, :1]
    torch.testing.assert_close(causal[:, :1], first)


def test_newest_is_the_last_row_of_the_causal_form() -> None:
    features, mediator = sample()
    shared = mediator[:1]
    whole = causal_front_door(features, shared.expand(3, -1, -1), 0.25)

    torch.testing.assert_close(newest_front_door(features, shared, 0.25), whole[:, -1:])


def test_padding_is_not_read() -> None:
    features, mediator = sample()
    seen = torch.ones(3, 11, dtype=torch.bool)
    seen[:, 7:] = False
    masked = front_door(features, mediator, 0.25, seen)

    torch.testing.assert_close(masked[:, :7], front_door(features[:, :7], mediator, 0.25))
