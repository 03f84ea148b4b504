"""Restoration of a film's hidden cells from the stem's map."""

from __future__ import annotations

import torch

from training.model.pretraining_heads import RestorationHead
from training.objectives.masking import patches, restoration_loss


def test_what_is_hidden_does_not_reach_the_pixels():
    torch.manual_seed(1)
    head = RestorationHead(channels=4, values=12)
    features = torch.randn(2, 4, 7, 7)
    dropped = torch.zeros(2, 49, dtype=torch.bool)
    dropped[:, 24] = True
    other = features.clone()
    other[:, :, 3, 3] += 5.0
    assert torch.equal(head(features, dropped), head(other, dropped))
    assert not torch.equal(head(features, ~dropped), head(other, ~dropped))


def test_a_cell_is_restored_from_the_five_by_five_around_it():
    head = RestorationHead(channels=4, values=12)
    features = torch.randn(1, 4, 7, 7)
    other = features.clone()
    other[:, :, 0, 0] += 5.0
    seen = torch.zeros(1, 49, dtype=torch.bool)
    changed = (head(features, seen) != head(other, seen)).any(dim=2).reshape(7, 7)
    assert changed[:3, :3].all()
    assert changed.sum() == 9


def test_a_few_steps_restore_a_film_better_than_none():
    torch.manual_seed(1)
    films = torch.randn(4, 3, 8, 8)
    target = patches(films, 4)
    features = target.transpose(1, 2).reshape(4, 12, 4, 4)
    dropped = torch.rand(4, 16) < 0.5
    head = RestorationHead(channels=12, values=12)
    optimizer = torch.optim.Adam(head.parameters(), lr=3e-3)
    losses = []
    for _ in range(60):
        loss = restoration_loss(head(features, dropped), target, dropped)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.8 * losses[0]
