import json
from dataclasses import MISSING, fields
from typing import get_type_hints

import pytest
from testkit.tiny_iu_xray import write_data

from training.cli import RECIPES, main
from training.config import CHECKOUT


@pytest.mark.parametrize("command", [*RECIPES, "resume"])
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert "--help" in capsys.readouterr().out


def test_prepare_counts_the_data(tmp_path, capsys):
    data = write_data(tmp_path / "data")
    config = tmp_path / "settings.yaml"
    config.write_text("min_count: 2\npreprocess:\n  low_percentile: 1.0\n")
    arguments = ["prepare", "--config", str(config), "--data", str(data)]
    assert main([*arguments, "--runs", str(tmp_path / "runs")]) == 0
    out = capsys.readouterr().out
    assert "kind=train" in out
    (run,) = (tmp_path / "runs").glob("prepare-*")
    settings = json.loads((run / "run.json").read_text())["settings"]
    assert settings["min_count"] == 2
    assert settings["preprocess"]["low_percentile"] == 1.0
    assert settings["preprocess"]["high_percentile"] == 99.5
    assert (run / "tokenizer.json").is_file()


def test_what_is_no_run_cannot_be_resumed(tmp_path, capsys):
    assert main(["resume", str(tmp_path)]) == 1
    assert "not the folder of a run" in capsys.readouterr().err
    assert main(["tune", "--source", str(tmp_path), "--runs", str(tmp_path / "runs")]) == 1
    assert "not the folder of a run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "name", "required"),
    [
        ("adapt-stem", "adapt_stem", []),
        ("finetune", "cmcrl_s", ["--stem", "stem.safetensors"]),
        ("finetune", "iu_xray_paper", []),
        ("finetune", "mimic_cxr_paper", []),
        ("pretrain", "radcare_paper", []),
    ],
)
def test_the_settings_that_ship_fit_their_commands(command, name, required, capsys):
    path = CHECKOUT / "training" / "configs" / f"{name}.yaml"
    with pytest.raises(SystemExit) as ended:
        main([command, "--config", str(path), *required, "--print_config"])
    assert ended.value.code == 0
    assert "batch_size" in capsys.readouterr().out


def test_forms_of_the_model_are_named_as_they_are_stored(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["pretrain", "--stem", "s", "--model.linguistic", "paper", "--print_config"])
    assert ended.value.code == 0
    out = capsys.readouterr().out
    assert "linguistic: paper" in out
    assert "visual: full" in out


@pytest.mark.parametrize("command", list(RECIPES))
def test_what_nobody_says_is_the_recipes_own_default(command, monkeypatch, tmp_path):
    config_type, _, summary = RECIPES[command]
    given = []
    monkeypatch.setitem(RECIPES, command, (config_type, given.append, summary))
    types = get_type_hints(config_type)
    required = {
        field.name: "a word" if types[field.name] is str else tmp_path
        for field in fields(config_type)
        if field.default is MISSING and field.default_factory is MISSING
    }
    words = [word for name, value in required.items() for word in (f"--{name}", str(value))]
    assert main([command, *words]) == 0
    assert given == [config_type(**required)]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (["--model.width", "30"], "model: Value error, width 30 must be a multiple of 4"),
        (["--epochs", "0", "--crops", "-1"], "epochs, crops must be above 0"),
    ],
)
def test_settings_that_make_no_run_are_refused_in_one_sentence(wrong, reason, tmp_path, capsys):
    assert main(["finetune", "--stem", str(tmp_path), *wrong]) == 1
    said = capsys.readouterr().err
    assert reason in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("ratio", ["0", "1"])
def test_a_mask_that_hides_all_or_nothing_is_refused(ratio, capsys):
    assert main(["pretrain", "--stem", "s", "--mask_ratio", ratio]) == 1
    assert "mask_ratio" in capsys.readouterr().err


def test_an_unknown_setting_is_named_without_all_the_others(capsys):
    with pytest.raises(SystemExit):
        main(["finetune", "--frobnicate", "3"])
    said = capsys.readouterr().err
    assert "frobnicate" in said
    assert len(said.splitlines()) < 6


def test_a_folder_that_cannot_be_written_is_said(tmp_path, capsys):
    (tmp_path / "file").touch()
    data = write_data(tmp_path / "data")
    arguments = ["evaluate", "--data", data, "--split", "val", "--bundle", "null"]
    assert main([*map(str, arguments), "--out", str(tmp_path / "file")]) == 1
    assert "file: File exists" in capsys.readouterr().err


def test_a_broken_film_is_said_before_any_report_is_written(tmp_path, capsys):
    data = write_data(tmp_path / "data")
    (data / "iu_xray" / "images" / "103_0.png").write_bytes(b"")
    arguments = ["evaluate", "--data", data, "--split", "val", "--out", tmp_path / "out"]
    assert main([*map(str, arguments), "--resamples", "0"]) == 1
    assert "103_0.png cannot be read" in capsys.readouterr().err
    assert not list((tmp_path / "out").iterdir())


def test_a_file_that_is_no_stem_is_said(tmp_path, capsys):
    data = write_data(tmp_path / "data")
    (tmp_path / "stem").write_text("no weights")
    arguments = ["evaluate", "--data", data, "--split", "val", "--training", data, "--stem"]
    arguments += [tmp_path / "stem", "--bundle", "null", "--resamples", "0", "--baselines", "false"]
    assert main([*map(str, arguments), "--out", str(tmp_path / "out")]) == 1
    assert "stem cannot be read" in capsys.readouterr().err
