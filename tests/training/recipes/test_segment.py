import json

import pytest
import torch
from safetensors.torch import load_file
from testkit.tiny_film_masks import write_film_masks

from engine.errors import InputError
from training.data.film_masks import read_film_masks
from training.model.outline_net import OUTLINE, OutlineNet
from training.recipes import segment
from training.recipes.segment import SegmentConfig, outline_loss

pytestmark = pytest.mark.slow


def config(tmp_path, **changes):
    settings = {
        "data": tmp_path / "data",
        "runs": tmp_path / "runs",
        "name": "outline",
        "batch_size": 4,
        "passes": 0.8,
    }
    return SegmentConfig(**(settings | changes))


def test_a_run_leaves_weights_and_what_they_were_made_with(tmp_path):
    write_film_masks(tmp_path / "data")
    folder = segment.run(config(tmp_path))
    net = OutlineNet()
    net.load_state_dict(load_file(folder / OUTLINE))
    facts = json.loads((folder / "run.json").read_text())
    assert facts["recipe"] == "segment"
    (data,) = [
        line
        for line in map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())
        if line["kind"] == "data"
    ]
    trained = [film for film in read_film_masks(tmp_path / "data") if not film.is_held_out]
    assert data["films"] == len(trained) < 24


def test_an_interrupted_run_ends_with_the_weights_of_an_uninterrupted_one(tmp_path, monkeypatch):
    write_film_masks(tmp_path / "data")
    whole = segment.run(config(tmp_path, name="whole"))
    kept = segment._OutlineTraining._report
    monkeypatch.setattr(segment, "REPORT_STEPS", 2)

    def interrupted(training, *arguments):
        kept(training, *arguments)
        training.keeper.save(training.step, {"step": training.step})
        raise KeyboardInterrupt

    monkeypatch.setattr(segment._OutlineTraining, "_report", interrupted)
    with pytest.raises(KeyboardInterrupt):
        segment.run(config(tmp_path, name="cut"))
    monkeypatch.undo()
    cut = segment.run(config(tmp_path, name="cut"))
    first, second = (load_file(folder / OUTLINE) for folder in (whole, cut))
    for name, value in first.items():
        torch.testing.assert_close(second[name], value, msg=name)


def test_too_few_films_are_said(tmp_path):
    write_film_masks(tmp_path / "data", count=3)
    with pytest.raises(InputError, match="to train on"):
        segment.run(config(tmp_path))


def test_the_loss_is_least_for_the_right_classes():
    masks = torch.randint(0, 4, (2, 16, 16))
    right = torch.nn.functional.one_hot(masks, 4).permute(0, 3, 1, 2).float() * 20
    assert outline_loss(right, masks) < 0.01
    assert outline_loss(-right, masks) > 1.0
