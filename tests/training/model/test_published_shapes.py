"""Configurations of the published size have the specification's parameters (cmcrl.md 3.2, 4.9).

Ours lack what the release carries for nothing: the linear maps of both front doors that are never
used (2.1 M), and position tables that are not trained but counted there (0.1 M).
"""

from __future__ import annotations

import pytest
import torch
import yaml
from torch import nn

from training.config import CHECKOUT
from training.model.cmcrl import Cmcrl
from training.model.configuration import ModelConfiguration
from training.model.pretraining_heads import RadcareModel
from training.model.residual_stem import ResidualStem

NEVER_USED, NEVER_TRAINED = 2.1, 0.1


def model_of(name: str, rows: int) -> Cmcrl:
    path = CHECKOUT / "training" / "configs" / f"{name}.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))["model"]
    with torch.device("meta"):
        return Cmcrl(ModelConfiguration(**settings, vocabulary_rows=rows))


@pytest.fixture(scope="module")
def stem() -> ResidualStem:
    with torch.device("meta"):
        return ResidualStem()


def millions(*modules: nn.Module) -> float:
    return sum(p.numel() for module in modules for p in module.parameters()) / 1e6


def test_iu_xray(stem: ResidualStem) -> None:
    model = model_of("iu_xray_paper", rows=763)
    visual = model.visual_deconfounder

    assert millions(stem) == pytest.approx(27.5, abs=0.05)
    assert millions(model.visual_embedding) == pytest.approx(0.5, abs=0.05)
    assert millions(model.text_embedding) == pytest.approx(0.4, abs=0.05)
    assert millions(model.encoder, visual.norm) == pytest.approx(9.5, abs=0.05)
    assert millions(visual.fusion) == pytest.approx(4.7, abs=0.05)
    assert millions(visual.local_context) == pytest.approx(3.2, abs=0.05)
    assert millions(visual.global_sampler) == pytest.approx(2.9, abs=0.05)
    assert millions(model.linguistic_deconfounder) == pytest.approx(6.3, abs=0.05)
    assert millions(model.decoder) == pytest.approx(12.6, abs=0.05)
    assert millions(model.head) == pytest.approx(0.4, abs=0.05)
    published = 70.2 - NEVER_USED - NEVER_TRAINED
    assert millions(stem, model) == pytest.approx(published, abs=0.1)


def test_two_views_are_393_tokens() -> None:
    sizes = model_of("iu_xray_paper", rows=763).configuration
    assert 1 + 2 * sizes.cells == 393
    assert sizes.mediator_tokens == 48


def test_mimic_cxr(stem: ResidualStem) -> None:
    model = model_of("mimic_cxr_paper", rows=4350)
    published = 95.9 - NEVER_USED - NEVER_TRAINED
    assert millions(stem, model) == pytest.approx(published, abs=0.1)


def test_radcare(stem: ResidualStem) -> None:
    model = model_of("radcare_paper", rows=4350)
    with torch.device("meta"):
        whole = RadcareModel(model, film_size=224)
    visual = model.visual_deconfounder
    causal = (visual.fusion, visual.local_context, visual.global_sampler)
    taken_part = millions(stem, whole) - millions(*causal, model.linguistic_deconfounder)
    assert taken_part == pytest.approx(70.8, abs=0.1)
    assert millions(whole.text_blocks) == pytest.approx(6.3, abs=0.05)
    assert millions(whole.film_blocks) == pytest.approx(9.5, abs=0.05)
    assert millions(whole.patch_head) == pytest.approx(0.4, abs=0.05)
