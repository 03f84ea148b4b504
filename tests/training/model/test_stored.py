"""A stored model comes back whole, or not at all (cmcrl.md B11, B12)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.domain.bundle import PreprocessSpec
from engine.errors import DamagedFileError
from training.model.cmcrl import Cmcrl
from training.model.configuration import ModelConfiguration
from training.model.stored import SETTINGS, WEIGHTS, StoredModel, Writing, load_model, save_model

SIZES = ModelConfiguration(vocabulary_rows=9, width=16, heads=2, feed_forward=16, labels=2)


def stored() -> StoredModel:
    return StoredModel(
        configuration=SIZES,
        tensors=Cmcrl(SIZES).state_dict(),
        preprocess=PreprocessSpec(size=64, mean=(0.1, 0.2, 0.3)),
        labels=("Cardiomegaly", "normal"),
        facts={"epochs": 3},
    )


def test_a_model_that_does_not_say_how_it_writes_has_the_defaults(tmp_path: Path) -> None:
    save_model(tmp_path, stored())
    settings = json.loads((tmp_path / SETTINGS).read_text())
    del settings["writing"]
    (tmp_path / SETTINGS).write_text(json.dumps(settings))
    assert load_model(tmp_path).writing == Writing()


def test_a_model_comes_back_as_it_was(tmp_path: Path) -> None:
    before = replace(stored(), writing=Writing(most_views=1, max_tokens=79, forbidden=()))
    save_model(tmp_path, before)
    after = load_model(tmp_path)

    assert after.configuration == before.configuration
    assert after.preprocess == before.preprocess
    assert after.labels == before.labels
    assert after.writing == before.writing
    for name, value in after.model().state_dict().items():
        assert torch.equal(value, before.tensors[name])


def test_missing_weights_are_not_made_up(tmp_path: Path) -> None:
    whole = stored()
    tensors = {k: v for k, v in whole.tensors.items() if not k.startswith("decoder.layers.2.")}
    save_model(tmp_path, replace(whole, tensors=tensors))

    with pytest.raises(DamagedFileError, match="whole model"):
        load_model(tmp_path).model()


def test_a_cut_file_is_named(tmp_path: Path) -> None:
    save_model(tmp_path, stored())
    content = (tmp_path / WEIGHTS).read_bytes()
    (tmp_path / WEIGHTS).write_bytes(content[: len(content) // 2])

    with pytest.raises(DamagedFileError):
        load_model(tmp_path)
