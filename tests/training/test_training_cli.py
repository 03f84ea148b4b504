import json

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
