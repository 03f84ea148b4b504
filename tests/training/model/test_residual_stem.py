"""The published stem, built small; its full size is counted without memory for it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import ResNetConfig, ResNetModel

from engine.errors import DamagedFileError
from training.model.residual_stem import ResidualStem, pretrained_stem

SMALL = {"embedding_size": 4, "layer_type": "bottleneck"}
THREE = ResNetConfig(depths=[1, 1, 1], hidden_sizes=[4, 8, 8], **SMALL)
FOUR = ResNetConfig(depths=[1, 1, 1, 1], hidden_sizes=[4, 8, 8, 16], **SMALL)


def test_the_published_stem_has_27_million_parameters() -> None:
    with torch.device("meta"):
        stem = ResidualStem()

    assert sum(p.numel() for p in stem.parameters()) == pytest.approx(27.5e6, abs=0.05e6)
    assert stem.channels == 1024


def test_one_cell_is_sixteen_pixels() -> None:
    assert ResidualStem(THREE)(torch.zeros(2, 3, 224, 224)).shape == (2, 8, 14, 14)


def test_its_beginning_is_taken_from_a_whole_networks_folder(tmp_path: Path) -> None:
    whole = ResNetModel(FOUR).eval()
    whole.save_pretrained(tmp_path)
    stem = pretrained_stem(tmp_path, THREE).eval()

    films = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        expected = whole(films, output_hidden_states=True).hidden_states[3]
        torch.testing.assert_close(stem(films), expected)


def test_a_folder_without_these_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DamagedFileError, match="no ResNet"):
        pretrained_stem(tmp_path, THREE)
    ResNetModel(THREE).save_pretrained(tmp_path)
    with pytest.raises(DamagedFileError, match="ResNet"):
        pretrained_stem(tmp_path, FOUR)
