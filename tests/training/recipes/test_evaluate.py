import json

import pytest
import torch
from safetensors.torch import save_file
from testkit.tiny_iu_xray import study, write_data, write_split
from testkit.tiny_model_bundle import write_tiny_bundle

from training.cli import main
from training.model.visual_encoder import VisualStem

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:onnxscript.*"),
]


@pytest.fixture
def threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads")
def test_a_bundle_is_scored_on_an_outside_folder_beside_baselines(tmp_path, monkeypatch):
    monkeypatch.setattr("training.evaluate.meteor.shutil.which", lambda _name: None)
    data = write_data(tmp_path / "data", train=40)
    write_split(tmp_path / "elsewhere", "holdout", [study(300 + i) for i in range(8)])
    write_tiny_bundle(tmp_path / "bundle", studies=2)
    save_file(VisualStem().state_dict(), tmp_path / "stem.safetensors")
    arguments = ["evaluate", "--data", tmp_path / "elsewhere", "--split", "holdout"]
    arguments += ["--bundle", tmp_path / "bundle", "--training", data, "--out", tmp_path / "out"]
    arguments += ["--stem", tmp_path / "stem.safetensors", "--runs", tmp_path / "runs"]
    status = main([str(argument) for argument in [*arguments, "--resamples", 10]])
    assert status == 0
    rows = json.loads((tmp_path / "out" / "summary.json").read_text())["rows"]
    assert next(iter(rows)) == "reference"
    assert {"constant C1", "consensus of 30, adapted stem", "bundle"} <= set(rows)
    assert rows["bundle"]["all"]["studies"] == 8
    written = (tmp_path / "out" / "reports-bundle.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in written] == [f"S{300 + i}" for i in range(8)]


def test_a_split_that_is_not_there_is_said_in_one_sentence(tmp_path, capsys):
    status = main(["evaluate", "--data", str(tmp_path), "--split", "test"])
    assert status == 1
    assert "test.jsonl" in capsys.readouterr().err
