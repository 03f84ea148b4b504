"""Degradation, patches, masks and the restoration loss (cmcrl.md 3.1, eq 1 to 3)."""

from __future__ import annotations

import pytest
import torch

from training.objectives.masking import degrade, draw_mask, patches, restoration_loss


def test_degrading_keeps_the_size_and_the_brightest_of_each_neighbourhood() -> None:
    film = torch.zeros(1, 3, 8, 8)
    film[0, :, 3, 3] = 1.0
    degraded = degrade(film)

    assert degraded.shape == film.shape
    # 3x3 windows at stride 2 with padding 1: pixel 3 is seen by windows 1 and 2 of each axis.
    expected = torch.zeros(8, 8)
    expected[2:6, 2:6] = 1.0
    torch.testing.assert_close(degraded[0, 0], expected)


def test_patches_are_squares_in_reading_order_with_channels_last() -> None:
    film = torch.arange(2 * 3 * 4 * 4, dtype=torch.float32).reshape(2, 3, 4, 4)
    squares = patches(film, grid=2)

    assert squares.shape == (2, 4, 12)
    torch.testing.assert_close(squares[0, 1], film[0, :, 0:2, 2:4].permute(1, 2, 0).flatten())


@pytest.mark.parametrize(("cells", "kept"), [(196, 29), (49, 7), (20, 3)])
def test_a_mask_keeps_the_papers_share_and_can_be_undone(cells: int, kept: int) -> None:
    mask = draw_mask(5, cells, 0.85, torch.Generator().manual_seed(1))
    tokens = torch.arange(cells).expand(5, -1)
    order = torch.cat([mask.kept, torch.full((5, cells - kept), -1)], dim=1)
    restored = order.gather(1, mask.restore)

    assert mask.kept.shape == (5, kept)
    assert bool((mask.dropped.sum(dim=1) == cells - kept).all())
    torch.testing.assert_close(restored, torch.where(mask.dropped, -1, tokens))
    assert len({tuple(row) for row in mask.kept.tolist()}) == 5


def test_only_dropped_cells_count() -> None:
    target = torch.zeros(1, 4, 6)
    restored = torch.zeros(1, 4, 6)
    restored[0, 0] = 100.0
    restored[0, 2] = 3.0
    dropped = torch.tensor([[False, True, True, False]])

    assert float(restoration_loss(restored, target, dropped)) == pytest.approx(4.5)
