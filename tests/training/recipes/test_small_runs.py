"""Both recipes from films to an evaluated model in seconds; the slow tests look more closely."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from testkit.small_runs import (
    SIZES,
    Job,
    curve,
    run_apart,
    small_finetune,
    small_pretrain,
    write_random_stem,
    write_small_data,
)
from testkit.tiny_bundle import write_tiny_bundle
from testkit.tiny_iu_xray import study, write_split
from testkit.tiny_mimic_cxr import write_mimic_cxr

from engine.errors import InputError, NotFoundError
from training.cli import main
from training.data.vocabulary import Vocabulary, load_vocabulary
from training.model.cmcrl import Cmcrl
from training.model.stored import TOKENIZER, load_model
from training.objectives.labels import LabelVocabulary
from training.recipes import finetune, report_material

RECIPES = ("pretrain", "finetune")

pytestmark = pytest.mark.timeout(900)  # seconds on two free cores, minutes on busy ones


@pytest.fixture(scope="module")
def stem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_random_stem(tmp_path_factory.mktemp("stem") / "stem.safetensors")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, stem: Path) -> Path:
    """Of each recipe a run, one that was killed and gone on with, and one of two processes."""
    folder = tmp_path_factory.mktemp("small")
    data = write_small_data(folder / "data")
    stages: list[list[Job]] = []
    for recipe in RECIPES:

        def job(name: str, killed_at: int = 0, recipe: str = recipe) -> Job:
            if recipe == "pretrain":
                settings = small_pretrain(data, stem, folder, f"pretrain-{name}")
                return Job(recipe=recipe, settings=settings, killed_at=killed_at)
            report = small_finetune(data, stem, folder, f"finetune-{name}")
            report = replace(report, initial=folder / "pretrain-whole" / "last")
            return Job(recipe=recipe, settings=report, killed_at=killed_at)

        stages += [[job("whole")], [job("cut", killed_at=2)], [job("cut")]]
        stages += [[job("group"), job("group")]]
    codes = run_apart(*stages)
    assert codes == [[0], [-signal.SIGKILL], [0], [0, 0]] * 2
    return folder


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_pre_training_hands_its_weights_to_a_model_that_is_validated_and_kept(runs: Path) -> None:
    before = load_model(runs / "pretrain-whole" / "last")
    after = load_model(runs / "finetune-whole" / "best")
    assert after.tensors["head.weight"].shape == before.tensors["head.weight"].shape
    assert not torch.equal(after.tensors["head.weight"], before.tensors["head.weight"])
    assert after.model().configuration.labels == len(after.labels) > 0
    assert (runs / "finetune-whole" / "best" / TOKENIZER).is_file()
    written = json.loads((runs / "finetune-whole" / "best" / "validation.json").read_text())
    assert list(written) == ["S100", "S101"]
    losses = [line["loss"] for line in curve(runs / "finetune-whole")]
    assert losses[1] < losses[0]


def test_weights_that_begin_anew_are_not_taken_over(runs: Path, stem: Path) -> None:
    initial = runs / "pretrain-whole" / "last"
    settings = small_finetune(runs / "data", stem, runs, "anew")
    model = Cmcrl(load_model(initial).configuration)
    before = model.head.weight.detach().clone()
    labels = LabelVocabulary(names=())
    anew = replace(settings, initial=initial, begun_anew=("head.",))
    words = load_vocabulary(initial / TOKENIZER)
    taken = finetune._take_over(model, anew, labels, words)
    assert "decoder.norm.weight" in taken
    assert not any(name.startswith("head.") for name in taken)
    assert torch.equal(model.head.weight, before)


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_killed_run_goes_on_to_the_same_losses_and_weights(runs: Path, recipe: str) -> None:
    whole, cut = (runs / f"{recipe}-{name}" for name in ("whole", "cut"))
    assert len(curve(whole)) == 2
    assert curve(cut) == curve(whole)
    again = load_model(cut / "last").tensors
    for name, value in load_model(whole / "last").tensors.items():
        torch.testing.assert_close(again[name], value)


@pytest.mark.parametrize("recipe", RECIPES)
def test_two_processes_have_the_losses_of_one(runs: Path, recipe: str) -> None:
    one, two = (curve(runs / f"{recipe}-{name}") for name in ("whole", "group"))
    assert len(two) == len(one)
    for alone, together in zip(one, two, strict=True):
        assert together == pytest.approx(alone, rel=2e-3)


@pytest.mark.usefixtures("threads")
def test_reports_are_learnt_from_mimic_cxrs_layout(stem: Path, tmp_path: Path) -> None:
    data = write_mimic_cxr(tmp_path / "mimic")
    settings = small_finetune(data, stem, tmp_path / "runs", "mimic")
    folder = finetune.run(replace(settings, label_weight=0.0, epochs=1, validate_every=1))
    assert load_model(folder / "best").model().label_head is None
    assert list(json.loads((folder / "best" / "validation.json").read_text())) == ["s5"]


@pytest.mark.usefixtures("threads")
def test_a_kept_model_and_a_bundle_are_scored_on_a_folder_they_have_not_seen(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.evaluate.meteor.shutil.which", lambda _name: None)
    write_tiny_bundle(tmp_path / "bundle")
    write_split(tmp_path / "unseen", "test", [study(300 + n, ("frontal",)) for n in range(3)])
    options = {
        "data": tmp_path / "unseen",
        "split": "test",
        "training": tmp_path / "nowhere",
        "bundle": tmp_path / "bundle",
        "model": runs / "finetune-whole" / "best",
        "out": tmp_path / "out",
        "runs": tmp_path / "runs",
        "resamples": 5,
        "explained_studies": 1,
    }
    words = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    assert main(["evaluate", *words]) == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert {"reference", "bundle", "bundle, shuffled films", "model"} <= set(summary["rows"])
    assert summary["rows"]["model"]["all"]["studies"] == 3
    assert summary["rows"]["reference"]["all"]["label_f1"] == 1.0


def test_weights_that_do_not_fit_are_not_left_out_in_silence(
    runs: Path, stem: Path, tmp_path: Path
) -> None:
    settings = small_finetune(runs / "data", stem, tmp_path, "other")
    settings = replace(settings, initial=runs / "pretrain-whole" / "last")
    wider = replace(settings.model, feed_forward=32)
    with pytest.raises(InputError, match="other sizes"):
        finetune.run(replace(settings, model=wider))
    words = load_vocabulary(settings.initial / TOKENIZER).words
    turned = Vocabulary(words=(*words[:3], *reversed(words[3:])))
    shutil.copytree(settings.initial, tmp_path / "turned")
    turned.save(tmp_path / "turned" / TOKENIZER)
    with pytest.raises(InputError, match="other words"):
        finetune.run(replace(settings, initial=tmp_path / "turned"))


def test_a_folder_of_another_run_is_not_gone_on_with(runs: Path, stem: Path) -> None:
    settings = small_finetune(runs / "data", stem, runs, "pretrain-whole")
    with pytest.raises(InputError, match="of the recipe pretrain"):
        finetune.run(settings)
    wider = replace(settings, name="finetune-whole", model=replace(SIZES, feed_forward=32))
    with pytest.raises(InputError, match="another model"):
        finetune.run(wider)


def test_studies_of_both_splits_and_empty_reports_are_told(stem: Path, tmp_path: Path) -> None:
    data = write_small_data(tmp_path / "data")
    settings = small_finetune(data, stem, tmp_path, "run")
    write_split(data / "iu_xray", "val", [study(0, ("frontal",)), study(101)])
    with pytest.raises(InputError, match=r"1 validation studies are among .* S0"):
        finetune.run(settings)
    write_split(data / "iu_xray", "val", [{**study(102), "report": ""}, study(101)])
    assert len(report_material.prepare(settings).validation) == 1
    write_split(data / "iu_xray", "val", [{**study(102), "report": ""}])
    with pytest.raises(InputError, match="No validation study"):
        finetune.run(settings)


def test_studies_outside_the_splits_are_said_to_be_missing(stem: Path, tmp_path: Path) -> None:
    data = write_small_data(tmp_path / "data")
    settings = replace(small_finetune(data, stem, tmp_path, "run"), with_extra=True)
    with pytest.raises(NotFoundError) as caught:
        finetune.run(settings)
    assert "extra.jsonl" in caught.value.message
    assert "--with_extra false" in (caught.value.what_to_do or "")


def test_a_loss_that_is_no_number_ends_the_run_before_its_weights_are_kept(
    stem: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = write_small_data(tmp_path / "data")
    settings = small_finetune(data, stem, tmp_path, "run")

    def lost(logits: torch.Tensor, *_args: object, **_kept: object) -> torch.Tensor:
        return logits.sum() * float("nan")

    monkeypatch.setattr(finetune, "captioning_loss", lost)
    with pytest.raises(InputError, match="step 1 is not a number"):
        finetune.run(settings)
    assert not (tmp_path / "run" / "last").exists()


def test_one_film_is_shown_where_the_model_is_of_one_film(stem: Path, tmp_path: Path) -> None:
    data = write_small_data(tmp_path / "data")
    settings = replace(small_finetune(data, stem, tmp_path, "run"), most_views=1)
    material = report_material.prepare(settings)
    assert {len(example.films) for example in material.validation} == {1}
    assert {len(example.films) for example in material.training} == {1, 2}
    stored = load_model(finetune.run(settings) / "last")
    assert (stored.writing.most_views, stored.writing.max_tokens) == (1, 23)
