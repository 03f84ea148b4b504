"""The ablation grid on a few drawn films: every arm once, and on after a kill."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from testkit.tiny_iu_xray import study, write_data, write_split
from testkit.tiny_mimic_cxr import write_mimic_cxr

from engine.errors import InputError
from training.data.record import Record
from training.evaluate.seed_table import seed_table
from training.model.configuration import LinguisticForm, ModelConfiguration, VisualForm
from training.model.stem_file import write_stem
from training.model.visual_encoder import VisualStem
from training.recipes import ablate
from training.recipes.ablate import AblateConfig, arm_model, read_arms, score_arm
from training.recipes.report_material import FinetuneConfig
from training.recipes.run_log import jsonable

SIZES = ModelConfiguration(
    width=16,
    heads=2,
    feed_forward=16,
    encoder_layers=1,
    decoder_layers=1,
    token_pool=2,
    local_per_head=3,
    global_head_width=4,
)


@pytest.fixture
def config(tmp_path: Path) -> AblateConfig:
    torch.manual_seed(0)
    write_stem(VisualStem(), tmp_path / "stem.safetensors")
    return AblateConfig(
        data=write_data(tmp_path / "data"),
        runs=tmp_path / "runs",
        stem=tmp_path / "stem.safetensors",
        name="grid",
        arms=("02-radcare", "09-full"),
        seeds=(1,),
        model=SIZES,
        pretrain_epochs=1,
        epochs=1,
        crops=1,
        beam=1,
    )


def test_every_arm_that_ships_makes_a_model_of_its_own(config: AblateConfig) -> None:
    arms = read_arms(replace(config, arms=()))
    assert len(
        {
            (arm.pretrained, arm.degraded, arm.adapted, arm_model(config, arm))
            for arm in arms.values()
        }
    ) == len(arms)
    assert arm_model(config, arms["01-baseline"]).visual is VisualForm.NONE
    assert arm_model(config, arms["05-ldm-paper"]).linguistic is LinguisticForm.PAPER
    assert arm_model(config, arms["16-k-12"]).local_per_head == 12
    with pytest.raises(InputError, match="99-nothing"):
        read_arms(replace(config, arms=("99-nothing",)))


@pytest.mark.slow
def test_the_grid_goes_on_after_a_kill_and_ends_in_one_table(config: AblateConfig) -> None:
    folder = config.runs / "grid"
    first = folder / "02-radcare-1" / "result.json"
    settings = config.runs.with_name("settings.yaml")
    settings.write_text(json.dumps(jsonable(asdict(config))), encoding="utf-8")
    command = [sys.executable, "-m", "training.cli", "ablate", "--config", str(settings)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while not first.is_file() and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    written = first.stat().st_mtime_ns

    table = ablate.run(config).read_text(encoding="utf-8")
    assert first.stat().st_mtime_ns == written
    assert "| RadCARE | 1 |" in table
    assert "| Full: RadCARE, VDM, causal LDM, label prompt | 1 |" in table
    assert len(list(folder.glob("radcare*"))) == 1
    figures = json.loads((folder / "09-full-1" / "result.json").read_text())
    assert set(figures) == {"all", "abnormal", "shuffled"}
    assert figures["all"]["word_loss"] > 0
    assert "worth of the film" in table

    ablate.run(replace(config, seeds=(1, 2), arms=("02-radcare",)))
    assert "| RadCARE | 2 |" in (folder / "table.md").read_text(encoding="utf-8")
    with pytest.raises(InputError, match="another epochs"):
        ablate.run(replace(config, epochs=2))


def test_a_grid_without_a_seed_is_refused(config: AblateConfig) -> None:
    with pytest.raises(InputError, match="at least one seed"):
        ablate.run(replace(config, seeds=()))


def test_arms_that_learn_from_codes_are_refused_where_nobody_coded(config: AblateConfig) -> None:
    uncoded = [{**study(number), "mesh_major": []} for number in range(4)]
    write_split(config.data / "iu_xray", "train", uncoded)
    with pytest.raises(InputError, match=r"learn from codes: 09-full\.") as caught:
        ablate.run(config)
    assert "--arms" in (caught.value.what_to_do or "")


def test_studies_that_nobody_coded_are_scored_without_abnormal_ones() -> None:
    records = [
        Record(id=str(number), report="The lungs are clear.", headings=(), films=())
        for number in range(3)
    ]
    figures = score_arm({record.id: "the lungs are clear ." for record in records}, records, 1)
    assert set(figures) == {"all", "shuffled"}
    assert seed_table({"an arm": [figures]}).count("–") >= 1


@pytest.mark.slow
def test_a_grid_runs_on_mimic_and_without_studies_outside_the_splits(
    config: AblateConfig, tmp_path: Path
) -> None:
    data = write_mimic_cxr(tmp_path / "mimic")
    arms = ("02-radcare",)
    table = ablate.run(replace(config, data=data, arms=arms, with_extra=False))
    assert "| RadCARE | 1 |" in table.read_text(encoding="utf-8")


def test_without_an_adapted_stem_every_arm_begins_with_imagenet_s(
    config: AblateConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []

    def note(finetuning: FinetuneConfig) -> Path:
        begun.append(finetuning.stem)
        raise InterruptedError

    monkeypatch.setattr(ablate.finetune, "run", note)
    with pytest.raises(InterruptedError):
        ablate.run(replace(config, stem=None, arms=("10-no-pretraining",)))
    assert begun == [config.runs / "grid" / "imagenet.safetensors"]
