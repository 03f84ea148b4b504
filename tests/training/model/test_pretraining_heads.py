"""RadCARE's network: sizes, routing and what is handed over (cmcrl.md 3.2, 3.4, 3.6)."""

from __future__ import annotations

import pytest
import torch

from training.model.cmcrl import Cmcrl
from training.model.configuration import ModelConfiguration
from training.model.pretraining_heads import RadcareModel
from training.objectives.masking import draw_mask

SIZES = ModelConfiguration(
    vocabulary_rows=30,
    width=32,
    heads=4,
    feed_forward=48,
    encoder_layers=2,
    decoder_layers=2,
    stem_channels=8,
    stem_grid=4,
    local_per_head=2,
    global_head_width=8,
    dropout=0.0,
    word_dropout=0.0,
)
PREFIX = torch.tensor([[1, 4, 5, 0], [1, 6, 0, 0]])
POSTFIX = torch.tensor([[1, 7, 8, 2], [1, 9, 2, 0]])
VIEWS = torch.zeros(2, 1, dtype=torch.int64)


def model() -> RadcareModel:
    torch.manual_seed(0)
    return RadcareModel(Cmcrl(SIZES), film_size=64).eval()


def film() -> torch.Tensor:
    return torch.randn(2, 1, 8, 4, 4, generator=torch.Generator().manual_seed(1))


def test_extras_of_cmcrl_s_have_the_specified_size() -> None:
    whole = RadcareModel(Cmcrl(ModelConfiguration(vocabulary_rows=764)), film_size=224)
    parts = {
        name: sum(p.numel() for p in child.parameters()) / 1e6
        for name, child in whole.named_children()
    }

    assert parts["text_blocks"] == pytest.approx(1.58, abs=0.005)
    assert parts["film_blocks"] == pytest.approx(2.37, abs=0.005)
    assert parts["patch_head"] + 256e-6 == pytest.approx(0.20, abs=0.005)


def test_text_is_continued_from_film_and_prefix() -> None:
    network = model()
    logits = network.continue_text(film(), VIEWS, PREFIX, POSTFIX)

    assert logits.shape == (2, 3, 30)
    other_film = network.continue_text(film().flip(0), VIEWS, PREFIX, POSTFIX)
    assert not torch.allclose(logits, other_film)
    changed = PREFIX.clone()
    changed[0, 1] = 20
    assert not torch.allclose(logits, network.continue_text(film(), VIEWS, changed, POSTFIX))


def test_the_text_task_ignores_padding_and_needs_no_film() -> None:
    network = model()
    logits = network.continue_text(None, VIEWS, PREFIX, POSTFIX)
    wider = torch.nn.functional.pad(PREFIX, (0, 3))

    torch.testing.assert_close(network.continue_text(None, VIEWS, wider, POSTFIX), logits)


def test_a_restored_film_depends_on_kept_cells_and_on_the_report() -> None:
    network = model()
    mask = draw_mask(2, 16, 0.75, torch.Generator().manual_seed(4))
    pixels = network.restore_film(film(), VIEWS, mask.kept, mask.restore, PREFIX)
    assert pixels.shape == (2, 16, 3 * 16 * 16)

    hidden = film()
    rows, columns = divmod(int(mask.dropped[0].nonzero()[0]), 4)
    hidden[0, 0, :, rows, columns] += 5.0
    unseen = network.restore_film(hidden, VIEWS, mask.kept, mask.restore, PREFIX)
    torch.testing.assert_close(unseen, pixels)
    alone = network.restore_film(film(), VIEWS, mask.kept, mask.restore, None)
    assert not torch.allclose(alone, pixels)


def test_text_learns_its_own_blocks_when_films_are_restored() -> None:
    """Defect B4: the report must take the text's feed-forward blocks in task B."""
    network = model().train()
    mask = draw_mask(2, 16, 0.75, torch.Generator().manual_seed(4))
    network.restore_film(film(), VIEWS, mask.kept, mask.restore, PREFIX).square().mean().backward()

    assert all(p.grad is not None and bool(p.grad.any()) for p in network.text_blocks.parameters())


def test_fine_tuning_takes_over_all_but_the_causal_modules() -> None:
    names = set(model().transferred())
    left = {name.split(".")[0] for name in Cmcrl(SIZES).state_dict() if name not in names}

    assert left == {"visual_deconfounder", "linguistic_deconfounder"}
