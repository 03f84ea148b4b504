"""Both report recipes on a data set of a few drawn films: they learn, keep and go on."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from engine.errors import InputError
from training.data.dataset import training_batches
from training.model.cmcrl import WRITING, Cmcrl
from training.model.configuration import ModelConfiguration
from training.model.labels import StemHead
from training.model.stem_file import read_stem
from training.model.stored import STEM, STEM_HEAD, TOKENIZER, load_model
from training.model.visual_encoder import STEM_CHANNELS, VisualStem
from training.recipes import finetune, pretrain, reward_tuning
from training.recipes.film_readings import FilmReadings
from training.recipes.precision import autocast
from training.recipes.pretrain import PretrainConfig
from training.recipes.report_material import FinetuneConfig, prepare
from training.recipes.reward_tuning import RewardTuningConfig
from training.recipes.run_log import jsonable

pytestmark = pytest.mark.slow

BRIGHT = "there is a large opacity in the left lung . no pleural effusion ."
DARK = "the heart is normal in size . the lungs are clear . no pneumothorax ."
SIZES = ModelConfiguration(
    width=32,
    heads=4,
    feed_forward=64,
    encoder_layers=1,
    decoder_layers=1,
    token_pool=2,
    local_per_head=2,
    global_head_width=8,
    dropout=0.0,
    word_dropout=0.0,
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bright films with an opacity, dark ones without; every third study has no lateral."""
    folder = tmp_path_factory.mktemp("data")
    films = folder / "iu_xray" / "images"
    films.mkdir(parents=True)
    draw = np.random.default_rng(0)
    for split, first, count in (("train", 0, 12), ("val", 100, 4), ("extra", 200, 2)):
        lines = []
        for number in range(first, first + count):
            is_bright = number % 2 == 0
            views = ("frontal", "lateral") if number % 3 else ("frontal",)
            images = []
            for view in views:
                noise = draw.integers(0, 40, (32, 32))
                noise[:, :16] += 200 if is_bright else 0
                name = f"images/{number}-{view}.jpg"
                Image.fromarray(noise.astype(np.uint8)).save(folder / "iu_xray" / name)
                images.append({"file": name, "view": view})
            study = {
                "id": f"study-{number}",
                "report": BRIGHT if is_bright else DARK,
                "mesh_major": ["Opacity/lung"] if is_bright else ["normal"],
                "images": images,
            }
            lines.append(json.dumps(study))
        (folder / "iu_xray" / f"{split}.jsonl").write_text("\n".join(lines))
    return folder


@pytest.fixture(scope="module")
def stem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("stem")
    for module, name in ((VisualStem(), STEM), (StemHead(STEM_CHANNELS, 2, 0.0), STEM_HEAD)):
        save_file({k: v.contiguous() for k, v in module.state_dict().items()}, folder / name)
    return folder / STEM


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def settings(data: Path, stem: Path, cache: Path, tmp_path: Path) -> FinetuneConfig:
    (tmp_path / "cache").symlink_to(cache)
    return FinetuneConfig(
        data=data,
        runs=tmp_path,
        stem=stem,
        name="run",
        model=SIZES,
        epochs=2,
        batch_size=6,
        min_studies=2,
        min_count=1,
        crops=2,
        validate_every=1,
        checkpoint_minutes=0.0,
    )


def measurements(folder: Path, kind: str) -> list[dict[str, float]]:
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [line for line in lines if line["kind"] == kind]


def test_fine_tuning_learns_validates_keeps_and_goes_on(settings: FinetuneConfig) -> None:
    folder = finetune.run(settings)
    assert [line["epoch"] for line in measurements(folder, "validation")] == [1, 2]

    harder = replace(settings, normal_share=0.5, word_replacement=0.1)
    finetune.run(replace(harder, epochs=12, rate=5e-3))
    losses = [line["loss"] for line in measurements(folder, "training")]
    assert len(losses) == 12
    assert losses[-1] < 0.8 * losses[0]

    stored = load_model(folder / "best")
    assert stored.model().configuration.labels == len(stored.labels) > 0
    assert (folder / "best" / TOKENIZER).is_file()
    assert len(json.loads((folder / "best" / "validation.json").read_text())) == 4


def test_a_validation_study_among_the_training_studies_is_refused(
    settings: FinetuneConfig, data: Path, tmp_path: Path
) -> None:
    mixed = tmp_path / "mixed"
    (mixed / "iu_xray").mkdir(parents=True)
    (mixed / "iu_xray" / "images").symlink_to(data / "iu_xray" / "images")
    leak = (data / "iu_xray" / "train.jsonl").read_text().splitlines()[0]
    for split in ("train", "val", "extra"):
        text = (data / "iu_xray" / f"{split}.jsonl").read_text()
        (mixed / "iu_xray" / f"{split}.jsonl").write_text(
            f"{text}\n{leak}" if split == "val" else text
        )
    with pytest.raises(InputError, match="validation studies"):
        prepare(replace(settings, data=mixed))


def test_pre_training_hands_over_to_fine_tuning(
    settings: FinetuneConfig, data: Path, stem: Path, tmp_path: Path
) -> None:
    config = PretrainConfig(
        data=data,
        runs=tmp_path,
        stem=stem,
        name="before",
        model=SIZES,
        epochs=16,
        rate=3e-3,
        batch_size=6,
        min_count=1,
        checkpoint_minutes=0.0,
    )
    folder = pretrain.run(config)
    lines = measurements(folder, "training")
    drawn = {name for line in lines for name in line if name in {"vt2t", "vt2v", "v2v", "t2t"}}
    assert drawn == {"vt2t", "vt2v", "v2v", "t2t"}
    for tasks in (("vt2v", "v2v"), ("vt2t",), ("t2t",)):
        # A batch holds bright or dark films, so single losses jump.
        losses = [line[task] for line in lines for task in tasks if task in line]
        third = len(losses) // 3
        assert sum(losses[-third:]) < 0.8 * sum(losses[:third])

    kept = load_model(folder / "last").tensors
    started = finetune.run(
        replace(settings, initial=folder / "last", epochs=1, transferred_rate=0.0, rate=1e-3)
    )
    tuned = load_model(started / "last").tensors
    for name, value in kept.items():
        torch.testing.assert_close(tuned[name], value)
    fresh = finetune.run(replace(settings, name="fresh", epochs=1))
    assert not torch.allclose(
        load_model(fresh / "last").tensors["head.weight"], kept["head.weight"]
    )


def test_reward_tuning_raises_the_reward_and_goes_on(settings: FinetuneConfig) -> None:
    """From a model that has only begun to write: one that is done has nothing to gain here."""
    told = replace(SIZES, labels=1, label_prompt=True)
    source = finetune.run(replace(settings, model=told, epochs=5, validate_every=5, rate=5e-3))
    config = RewardTuningConfig(
        source=source,
        runs=settings.runs,
        name="tuned",
        epochs=10,
        batch_size=6,
        samples=6,
        longest=24,
        rate=3e-3,
        likelihood_weight=0.0,
        validate_every=10,
        checkpoint_minutes=0.0,
    )
    folder = reward_tuning.run(config)
    rewards = [line["cider"] + line["bleu"] for line in measurements(folder, "training")]
    assert len(rewards) == 3
    assert rewards[-1] > 1.1 * rewards[0]
    assert load_model(folder / "best").model().label_prompt is not None

    reward_tuning.run(replace(config, epochs=12))
    assert measurements(folder, "validation")[-1]["step"] == 36


def test_the_stems_label_head_is_taken_over(settings: FinetuneConfig, stem: Path) -> None:
    head = StemHead(STEM_CHANNELS, 2, 0.0)
    folder = settings.runs / "with-head"
    folder.mkdir()
    shutil.copyfile(stem, folder / STEM)
    (folder / "labels.json").write_text(json.dumps(["Opacity", "normal"]))
    save_file({k: v.contiguous() for k, v in head.state_dict().items()}, folder / STEM_HEAD)
    told = replace(SIZES, labels=1, label_prompt=True, stem_head=True)
    run = finetune.run(
        replace(settings, stem=folder / STEM, model=told, epochs=1, transferred_rate=0.0)
    )
    kept = load_model(run / "last").tensors
    torch.testing.assert_close(kept["stem_head.6.weight"], head.state_dict()["6.weight"])


def test_the_writing_side_learns_alone(settings: FinetuneConfig) -> None:
    first = finetune.run(replace(settings, epochs=1))
    second = finetune.run(
        replace(settings, name="writing", initial=first / "last", writing_only=True, rate=1e-2)
    )
    before, after = (load_model(run / "last").tensors for run in (first, second))
    for name, value in before.items():
        if not name.startswith(WRITING):
            torch.testing.assert_close(after[name], value)
    assert not torch.allclose(after["decoder.norm.weight"], before["decoder.norm.weight"])


def test_a_kept_reading_is_what_the_model_reads(settings: FinetuneConfig) -> None:
    material = prepare(replace(settings, crops=1))
    model = Cmcrl(replace(SIZES, vocabulary_rows=len(material.vocabulary), labels=1)).eval()
    readings = FilmReadings(model, material.features, 1)
    batch = next(iter(training_batches(material.training, 4, seed=0, epoch=0)))
    with autocast(), torch.no_grad():  # in half precision where the processor has it, as kept
        expected = model.read(material.features.clean(batch.films), batch.views)
    for _ in range(2):
        found = readings.drawn(batch, torch.Generator())
        torch.testing.assert_close(found.film, expected.film, atol=4e-3, rtol=1e-3)
        torch.testing.assert_close(found.labels, expected.labels)


def test_a_stem_may_learn_with_the_model(settings: FinetuneConfig, stem: Path) -> None:
    folder = finetune.run(replace(settings, stem_rate=1e-3, epochs=1))
    before, after = (read_stem(f).state_dict() for f in (stem, folder / "best" / STEM))

    assert not torch.equal(after["first.1.weight"], before["first.1.weight"])
    assert len(json.loads((folder / "best" / "validation.json").read_text())) == 4
    finetune.run(replace(settings, stem_rate=1e-3, epochs=2))
    assert [line["epoch"] for line in measurements(folder, "training")] == [1, 2]
    with pytest.raises(InputError, match="stem is frozen"):
        finetune.run(replace(settings, name="both", stem_rate=1e-3, writing_only=True))


def test_a_killed_run_goes_on_to_the_same_weights(settings: FinetuneConfig) -> None:
    moved = replace(settings, model=replace(SIZES, dropout=0.1), epochs=4, validate_every=4)
    whole = finetune.run(moved)
    file = settings.runs / "settings.yaml"
    file.write_text(json.dumps(jsonable(asdict(replace(moved, name="cut")))))
    train = [sys.executable, "-m", "training.cli"]
    with subprocess.Popen(
        [*train, "finetune", "--config", str(file)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "epoch=2" in line:
                process.kill()
    cut = settings.runs / "cut"
    assert not (cut / "last").exists()

    subprocess.run([*train, "resume", str(cut)], check=True, stdout=subprocess.DEVNULL)
    kept, again = (load_model(folder / "last").tensors for folder in (whole, cut))
    for name, value in kept.items():
        torch.testing.assert_close(again[name], value)
    losses = [measurements(folder, "training")[-1]["loss"] for folder in (whole, cut)]
    assert losses[1] == pytest.approx(losses[0], rel=1e-5)
