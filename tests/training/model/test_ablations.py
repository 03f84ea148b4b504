"""Every form of the model that the ablation grid trains: exact cache, no leak, no dead weights."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from pytest_regressions.data_regression import DataRegressionFixture
from testkit.tiny_cmcrl import films, tiny, words
from torch.nn import functional

from training.model.cmcrl import Cmcrl
from training.model.configuration import ModelConfiguration

FORMS: dict[str, dict[str, Any]] = {
    "full": {},
    "k of 2": {"local_per_head": 2},
    "k of 12": {"local_per_head": 12},
    "released scale": {"front_door_scaled": False},
    "roll-out with residual": {"rollout_residual": True},
    "no view embedding": {"view_embedding": False},
    "label prompt": {"labels": 5, "label_prompt": True},
    "VDM without local tokens": {"visual": "global"},
    "VDM without global tokens": {"visual": "local"},
    "VDM alone": {"linguistic": "none"},
    "VDM alone, without local tokens": {"linguistic": "none", "visual": "global"},
    "LDM alone": {"visual": "none"},
    "LDM of the paper alone": {"visual": "none", "linguistic": "paper"},
    "paper": {"linguistic": "paper", "front_door_scaled": False},
    "no causal module": {"visual": "none", "linguistic": "none"},
}
every_form = pytest.mark.parametrize("form", list(FORMS.values()), ids=list(FORMS))
cached_forms = pytest.mark.parametrize(
    "form",
    [form for form in FORMS.values() if form.get("linguistic") != "paper"],
    ids=[name for name, form in FORMS.items() if form.get("linguistic") != "paper"],
)


def test_the_weights_of_the_default_keep_their_names(
    data_regression: DataRegressionFixture,
) -> None:
    """Checkpoints and the bundle's source are read by these names."""
    model = Cmcrl(ModelConfiguration())
    data_regression.check({k: list(v.shape) for k, v in model.state_dict().items()})


@every_form
@pytest.mark.parametrize("views", [1, 2])
def test_every_form_leaves_the_same_memory(form: dict[str, Any], views: int) -> None:
    model = tiny(**form)
    memory = model.encode(*films(3, views))
    anchors = model.configuration.mediator_tokens

    assert memory.mediator.shape == (3, anchors, 32)
    assert memory.key_value.shape == (4, 3, 4, 1 + 36 * views, 8)
    assert memory.rollout.shape == (3, 4, 36 * views)
    assert memory.local_cells.shape == (3, anchors)
    assert bool(memory.mediator.any()) is (form.get("linguistic") != "none")


@cached_forms
def test_no_word_sees_the_words_after_it(form: dict[str, Any]) -> None:
    model = tiny(**form)
    memory = model.encode(*films(2, 1))
    ids = words(2, 12)
    changed = ids.clone()
    changed[:, 8:] = (changed[:, 8:] - 3 + 17) % 50 + 3

    before, after = model.logits(memory, ids), model.logits(memory, changed)
    assert (before[:, :8] - after[:, :8]).detach().abs().max().item() < 1e-6
    assert (before[:, 8:] - after[:, 8:]).detach().abs().max().item() > 1e-3


@cached_forms
def test_cached_steps_equal_the_uncached_text(form: dict[str, Any]) -> None:
    model = tiny(**form)
    memory = model.encode(*films(1, 2))
    ids = words(2, 9)
    shared = memory._replace(
        mediator=memory.mediator.expand(2, -1, -1),
        key_value=memory.key_value.expand(-1, 2, -1, -1, -1),
    )
    expected = model.logits(shared, ids).log_softmax(dim=-1)

    past = model.empty_past(beams=2)
    for length in range(1, 10):
        step = model.step(ids[:, :length], memory.mediator, memory.key_value, past)
        past = step.present
        torch.testing.assert_close(step.log_probs, expected[:, length - 1], atol=1e-5, rtol=1e-5)


@every_form
def test_padding_does_not_change_the_logits(form: dict[str, Any]) -> None:
    model = tiny(**form)
    memory = model.encode(*films(2, 2))
    ids = words(2, 9)
    padded = functional.pad(ids, (0, 6), value=0)

    torch.testing.assert_close(
        model.logits(memory, padded)[:, :9], model.logits(memory, ids), atol=3e-6, rtol=1e-5
    )


@every_form
def test_no_weight_is_dead(form: dict[str, Any]) -> None:
    model = tiny(**{"labels": 5, **form}).train()
    memory = model.encode(*films(4, 2), coded=torch.ones(4, 5))
    assert memory.labels is not None
    (model.logits(memory, words(4, 9)).square().mean() + memory.labels.square().mean()).backward()

    dead = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    assert dead == []


def test_forms_have_the_weights_that_they_use_and_no_others() -> None:
    def parts(**form: object) -> set[str]:
        names = tiny(**form).state_dict()
        return {".".join(name.split(".")[:2]) for name in names if "deconfounder" in name}

    local, whole, fusion, norm = (
        f"visual_deconfounder.{part}"
        for part in ("local_context", "global_sampler", "fusion", "norm")
    )
    assert {local, whole, fusion, norm} < parts()
    assert parts(visual="none", linguistic="none") == {norm}
    assert parts(visual="global", linguistic="none") == {whole, fusion, norm}
    assert parts(visual="local", linguistic="none") == {local, fusion, norm}
    assert local in parts(visual="none")
    assert not {whole, fusion} & parts(visual="none")
    assert "visual_embedding.view" not in tiny(view_embedding=False).state_dict()


def test_more_cells_than_there_are_cannot_be_picked() -> None:
    with pytest.raises(ValueError, match="cells"):
        tiny(local_per_head=37)
