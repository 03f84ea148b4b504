"""The whole model: sizes, causality, caching, padding, number of views (cmcrl.md 4, 5, 9)."""

from __future__ import annotations

import math

import pytest
import torch
from testkit.tiny_cmcrl import films, tiny, words
from torch import nn
from torch.nn import functional

from training.model.cmcrl import Cmcrl, FilmMemory
from training.model.configuration import LinguisticForm, ModelConfiguration


def test_parameters_of_cmcrl_s_are_those_of_the_specification() -> None:
    model = Cmcrl(ModelConfiguration(vocabulary_rows=764))

    def millions(*modules: nn.Module) -> float:
        return sum(p.numel() for module in modules for p in module.parameters()) / 1e6

    visual = model.visual_deconfounder
    assert millions(model.visual_embedding) == pytest.approx(0.03, abs=0.005)
    assert millions(model.text_embedding) == pytest.approx(0.20, abs=0.005)
    assert millions(model.encoder, visual.norm) == pytest.approx(2.37, abs=0.005)
    assert millions(visual.fusion) == pytest.approx(1.19, abs=0.006)
    assert millions(visual.local_context) == pytest.approx(0.79, abs=0.005)
    assert millions(visual.global_sampler) == pytest.approx(0.73, abs=0.006)
    assert millions(model.linguistic_deconfounder) == pytest.approx(1.58, abs=0.005)
    assert millions(model.decoder) == pytest.approx(3.16, abs=0.005)
    assert millions(model.head) == pytest.approx(0.20, abs=0.005)
    assert millions(model) == pytest.approx(10.2, abs=0.05)


@pytest.mark.parametrize("views", [1, 2])
@pytest.mark.parametrize("token_pool", [1, 2])
def test_encode_gives_the_shapes_of_the_contract(views: int, token_pool: int) -> None:
    model = tiny(token_pool=token_pool)
    memory = model.encode(*films(3, views))
    tokens = 1 + views * model.configuration.cells

    assert memory.mediator.shape == (3, 12, 32)
    assert memory.key_value.shape == (4, 3, 4, tokens, 8)
    assert memory.rollout.shape == (3, 4, tokens - 1)
    assert memory.local_cells.shape == (3, 12)
    assert int(memory.local_cells.max()) < tokens - 1


def test_local_cells_are_the_roll_outs_strongest_of_each_head() -> None:
    memory = tiny().encode(*films(1, 2))

    for head in range(4):
        best = memory.rollout[0, head].topk(3).indices
        picked = memory.local_cells[0, 3 * head : 3 * head + 3]
        assert set(best.tolist()) == set(picked.tolist())


def test_roll_out_of_a_row_equals_the_product_of_whole_maps() -> None:
    model = tiny(encoder_layers=3)
    tokens = model.visual_embedding(*films(2, 1))
    product = torch.eye(37).expand(2, 4, -1, -1)
    for layer in model.encoder.stack:
        tokens, weights = layer(tokens)
        product = weights @ product

    rollout = model.encode(*films(2, 1)).rollout
    torch.testing.assert_close(rollout, product[:, :, 0, 1:])


@pytest.mark.parametrize(("form", "leaks"), [("causal", False), ("paper", True)])
def test_a_later_word_changes_earlier_logits_only_in_the_papers_form(
    form: str, *, leaks: bool
) -> None:
    model = tiny(linguistic=LinguisticForm(form))
    memory = model.encode(*films(2, 1))
    ids = words(2, 12)
    changed = ids.clone()
    changed[:, 8:] = (changed[:, 8:] - 3 + 17) % 50 + 3

    before, after = model.logits(memory, ids)[:, :8], model.logits(memory, changed)[:, :8]
    difference = (before - after).detach().abs().max().item()
    assert difference > 1e-3 if leaks else difference < 1e-6


@pytest.mark.parametrize("form", list(LinguisticForm))
def test_padding_does_not_change_the_logits(form: LinguisticForm) -> None:
    model = tiny(linguistic=form)
    memory = model.encode(*films(2, 2))
    ids = words(2, 9)
    padded = functional.pad(ids, (0, 6), value=0)

    torch.testing.assert_close(
        model.logits(memory, padded)[:, :9], model.logits(memory, ids), atol=2e-6, rtol=1e-5
    )


@pytest.mark.parametrize("scaled", [True, False])
def test_cached_steps_equal_the_uncached_text(*, scaled: bool) -> None:
    model = tiny(front_door_scaled=scaled)
    memory = model.encode(*films(1, 2))
    ids = words(3, 11)
    shared = FilmMemory(
        memory.mediator.expand(3, -1, -1),
        memory.key_value.expand(-1, 3, -1, -1, -1),
        memory.rollout,
        memory.local_cells,
        memory.labels,
    )
    expected = model.logits(shared, ids).log_softmax(dim=-1)

    past = model.empty_past(beams=3)
    for length in range(1, 12):
        step = model.step(ids[:, :length], memory.mediator, memory.key_value, past)
        past = step.present
        torch.testing.assert_close(step.log_probs, expected[:, length - 1], atol=1e-5, rtol=1e-5)
        assert step.cross_attention.shape == (3, 1 + 2 * 36)
        torch.testing.assert_close(step.cross_attention.sum(dim=1), torch.ones(3))


def test_the_papers_form_has_no_cached_step() -> None:
    model = tiny(linguistic=LinguisticForm.PAPER)
    memory = model.encode(*films(1, 1))

    with pytest.raises(ValueError, match="causal"):
        model.step(words(1, 1), memory.mediator, memory.key_value, model.empty_past(beams=1))


def test_the_view_embedding_tells_frontal_from_lateral_once_it_is_not_zero() -> None:
    model = tiny()
    features, frontal = films(1, 1)
    same = model.encode(features, frontal + 1).mediator
    torch.testing.assert_close(model.encode(features, frontal).mediator, same)

    with torch.no_grad():
        model.visual_embedding.view[1] += torch.linspace(-3, 3, 32)
    assert not torch.allclose(model.encode(features, frontal + 1).mediator, same)


def test_the_label_prompt_tells_what_is_above_its_threshold_or_what_is_coded() -> None:
    model = tiny(labels=3, label_prompt=True)
    prompt = model.label_prompt
    assert prompt is not None
    features, views = films(2, 1)
    labels = model.encode(features, views).labels
    assert labels is not None
    prompt.thresholds.copy_(labels[0].detach() - 0.01)

    found = (labels > prompt.thresholds).float()
    assert found[0].tolist() == [1, 1, 1]
    told = model.encode(features, views).key_value
    torch.testing.assert_close(told, model.encode(features, views, coded=found).key_value)
    silent = model.encode(features, views, coded=torch.zeros(2, 3)).key_value
    assert not torch.allclose(told[:, 0], silent[:, 0])


def test_every_parameter_learns_from_the_report_and_the_labels() -> None:
    model = tiny(labels=5).train()
    memory = model.encode(*films(4, 2))
    loss = model.logits(memory, words(4, 9)).square().mean() + memory.labels.square().mean()
    loss.backward()

    silent = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    assert silent == []


@pytest.mark.slow
@pytest.mark.timeout(900)  # 600 batches: a minute on a free core, ten on a busy one
def test_random_words_cannot_be_learnt_in_the_causal_form() -> None:
    """The leak test of cmcrl.md 4.7: fresh uniform words stay at the entropy floor."""
    assert teacher_forced_loss(LinguisticForm.CAUSAL) > math.log(50) - 0.02


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_leak_test_finds_the_leak_of_the_papers_form() -> None:
    assert teacher_forced_loss(LinguisticForm.PAPER) < math.log(50) - 0.2


def teacher_forced_loss(form: LinguisticForm) -> float:
    """Mean loss in nats of the last of 600 fresh batches of uniformly random words."""
    model = tiny(linguistic=form, front_door_scaled=False, dropout=0.0, word_dropout=0.0).train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3)
    features, views = films(16, 1)
    generator = torch.Generator().manual_seed(3)
    losses = []
    for _ in range(600):
        ids = torch.randint(3, 53, (16, 13), generator=generator)
        ids[:, 0] = 1
        logits = model.logits(model.encode(features, views), ids[:, :-1])
        loss = functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return sum(losses[-100:]) / 100
