import json

import pytest
import torch
from safetensors.torch import load_file
from testkit.tiny_iu_xray import study, write_data, write_split

from engine.domain.bundle import PreprocessSpec
from engine.errors import DamagedFileError, InputError
from training.config import AdaptStemConfig
from training.model.visual_encoder import load_stem
from training.recipes import adapt_stem

pytestmark = pytest.mark.slow


def config(tmp_path, **changes):
    settings = {
        "data": tmp_path / "data",
        "runs": tmp_path / "runs",
        "name": "stem",
        "batch_size": 4,
        "passes": 1.0,
        "min_studies": 2,
        "warmup_steps": 1,
        "preprocess": PreprocessSpec(size=32),
    }
    return AdaptStemConfig(**(settings | changes))


@pytest.fixture
def threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads")
def test_a_run_leaves_a_stem_its_labels_and_its_figures(tmp_path):
    write_data(tmp_path / "data")
    folder = adapt_stem.run(config(tmp_path))
    load_stem(folder / "stem.safetensors")
    assert "normal" in json.loads((folder / "labels.json").read_text())
    facts = json.loads((folder / "run.json").read_text())
    assert facts["recipe"] == "adapt-stem"
    assert facts["settings"]["batch_size"] == 4
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    final = [line for line in lines if line["kind"] == "validation"][-1]
    assert 0.0 <= final["normal_auroc"] <= 1.0


@pytest.mark.usefixtures("threads")
def test_an_interrupted_run_ends_with_the_weights_of_an_uninterrupted_one(tmp_path, monkeypatch):
    write_data(tmp_path / "data")
    whole = adapt_stem.run(config(tmp_path, name="whole"))

    kept = adapt_stem._StemTraining._report
    monkeypatch.setattr(adapt_stem, "REPORT_STEPS", 2)

    def interrupted(fit, *arguments):
        kept(fit, *arguments)
        fit.keeper.save(fit.step, {"step": fit.step})
        raise KeyboardInterrupt

    monkeypatch.setattr(adapt_stem._StemTraining, "_report", interrupted)
    with pytest.raises(KeyboardInterrupt):
        adapt_stem.run(config(tmp_path, name="cut"))
    monkeypatch.undo()
    cut = adapt_stem.run(config(tmp_path, name="cut"))

    first, second = (load_stem(f / "stem.safetensors").state_dict() for f in (whole, cut))
    for key, value in first.items():
        torch.testing.assert_close(second[key], value, msg=key)


@pytest.mark.usefixtures("threads")
def test_a_run_goes_on_with_the_head_of_the_run_before(tmp_path):
    write_data(tmp_path / "data")
    before = adapt_stem.run(config(tmp_path, name="before"))
    still = {"stem_rate": 0.0, "head_rate": 0.0, "frozen_blocks": 4, "passes": 0.1}
    after = adapt_stem.run(
        config(tmp_path, name="after", initial=before / "stem.safetensors", **still)
    )
    first, second = (load_file(folder / "stem_head.safetensors") for folder in (before, after))
    for name in ("0.weight", "6.weight", "6.bias"):
        torch.testing.assert_close(second[name], first[name])


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("split", ["train", "val"])
def test_without_human_codes_there_is_nothing_to_learn(tmp_path, split):
    settings = config(tmp_path, data=write_data(tmp_path / "data"))
    uncoded = [{**study(number), "mesh_major": []} for number in range(300, 304)]
    write_split(settings.data / "iu_xray", split, uncoded)
    with pytest.raises(InputError, match=f"Nobody coded a study of {split}"):
        adapt_stem.run(settings)


@pytest.mark.usefixtures("threads")
def test_a_file_that_is_no_stem_is_named(tmp_path):
    (tmp_path / "odd").write_text("no weights")
    with pytest.raises(DamagedFileError, match="odd cannot be read"):
        adapt_stem.run(
            config(tmp_path, data=write_data(tmp_path / "data"), initial=tmp_path / "odd")
        )
