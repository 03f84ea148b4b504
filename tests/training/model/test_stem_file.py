"""Stems come back as the network they were, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from engine.errors import DamagedFileError
from training.model.residual_stem import ResidualStem
from training.model.stem import StemForm
from training.model.stem_file import new_stem, read_stem, write_stem
from training.model.visual_encoder import VisualStem


def test_the_file_says_which_network_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "stem.safetensors"
    before = VisualStem()
    write_stem(before, path)
    after = read_stem(path)

    assert after.form is StemForm.EFFICIENTNET_LITE0
    for name, value in after.state_dict().items():
        assert torch.equal(value, before.state_dict()[name])
    with pytest.raises(DamagedFileError, match="not a resnet101"):
        new_stem(StemForm.RESNET101, path)


@pytest.mark.slow
def test_a_resnet_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "stem.safetensors"
    before = new_stem(StemForm.RESNET101)
    write_stem(before, path)
    after = new_stem(StemForm.RESNET101, path)

    assert isinstance(after, ResidualStem)
    assert torch.equal(
        after.network.encoder.stages[2].layers[22].layer[2].convolution.weight,
        before.network.encoder.stages[2].layers[22].layer[2].convolution.weight,
    )


def test_a_file_without_a_name_is_the_first_network_we_had(tmp_path: Path) -> None:
    path = tmp_path / "stem.safetensors"
    save_file({k: v.contiguous() for k, v in VisualStem().state_dict().items()}, path)
    assert read_stem(path).form is StemForm.EFFICIENTNET_LITE0


def test_an_efficientnet_begins_with_imagenet() -> None:
    first, second = (new_stem(StemForm.EFFICIENTNET_LITE0).state_dict() for _ in range(2))
    assert all(torch.equal(value, second[name]) for name, value in first.items())


def test_missing_or_cut_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(DamagedFileError, match="no weights"):
        new_stem(StemForm.EFFICIENTNET_LITE0, tmp_path / "absent")
    path = tmp_path / "stem.safetensors"
    write_stem(VisualStem(), path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(DamagedFileError, match="cannot be read"):
        read_stem(path)
