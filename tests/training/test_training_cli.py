import json
from dataclasses import MISSING, fields

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
    required = [
        field.name
        for field in fields(config_type)
        if field.default is MISSING and field.default_factory is MISSING
    ]
    words = [word for name in required for word in (f"--{name}", str(tmp_path))]
    assert main([command, *words]) == 0
    assert given == [config_type(**dict.fromkeys(required, tmp_path))]
