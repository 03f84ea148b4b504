import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from testkit.tiny_film_masks import write_film_masks

from engine.errors import BundleError, NotFoundError
from engine.inference.manifest import manifest_sha256
from engine.inference.outline import verify_outline
from engine.inference.outline_session import OutlineModel
from training.evaluate.ratio_figures import RatioFigures
from training.model.outline_net import OUTLINE, OutlineNet
from training.recipes import export_outline
from training.recipes.export_outline import ExportOutlineConfig, OutlineGraph

pytestmark = pytest.mark.slow
SAID = {"licence": "For tests.", "attribution": "Drawn.", "intended_use": "Tests."}


@pytest.fixture
def run(tmp_path):
    """A folder with untrained weights, and films that are held out."""
    torch.manual_seed(1)
    (tmp_path / "run").mkdir()
    save_file(OutlineNet().state_dict(), tmp_path / "run" / OUTLINE)
    write_film_masks(tmp_path / "data", count=8)
    return tmp_path


def config(folder, **changes):
    settings = {
        "source": folder / "run",
        "target": folder / "model",
        "data": folder / "data",
        "size": 64,
        **SAID,
    }
    return ExportOutlineConfig(**(settings | changes))


def test_what_proposes_nothing_is_not_exported(run):
    with pytest.raises(BundleError, match="nothing was written"):
        export_outline.run(config(run))
    assert sorted(path.name for path in run.iterdir()) == ["data", "run"]


def test_an_exported_model_is_whole_and_outlines_what_the_net_outlines(run, monkeypatch):
    figures = RatioFigures(
        errors=(0.01, -0.02), unchecked=(0.03,), declined={}, dice={"heart": 0.9}
    )
    monkeypatch.setattr(export_outline, "ratio_figures", lambda *_arguments: figures)
    export_outline.run(config(run, training={"films": "none"}))
    manifest = verify_outline(run / "model")
    assert manifest.metrics["ratio_worst_error"] == 0.02
    assert (manifest.licence, manifest.training) == ("For tests.", {"films": "none"})
    model = OutlineModel.load(run / "model", manifest_sha256(run / "model"))
    films = np.random.default_rng(2).random((2, 1, 64, 64), dtype=np.float32)
    torch.manual_seed(1)
    net = OutlineNet()
    with torch.no_grad():
        wanted = OutlineGraph(net).eval()(torch.from_numpy(films)).numpy()
    np.testing.assert_allclose(model.outline(films).shares, wanted, atol=1e-4)
    graph = (run / "model" / "outline.onnx").read_bytes()
    assert str(run).encode() not in graph
    assert "run" not in json.loads((run / "model" / "manifest.json").read_text())


def test_a_model_further_off_than_the_limits_is_not_exported(run, monkeypatch):
    figures = RatioFigures(errors=(0.01, 0.09), unchecked=(0.03,), declined={}, dice={})
    monkeypatch.setattr(export_outline, "ratio_figures", lambda *_arguments: figures)
    with pytest.raises(BundleError, match=r"0\.090 at worst"):
        export_outline.run(config(run))
    assert not (run / "model").exists()


def test_a_run_without_weights_and_a_folder_without_held_out_films_are_said(run):
    with pytest.raises(NotFoundError, match="has not ended"):
        export_outline.run(config(run, source=run / "data"))
    (run / "data" / "index.jsonl").write_text("")
    with pytest.raises(NotFoundError, match="held out"):
        export_outline.run(config(run))


@pytest.mark.parametrize("changes", [{"licence": " "}, {"attribution": ""}, {"size": 100}])
def test_a_model_must_say_what_it_is_for_and_fit(tmp_path, changes):
    with pytest.raises(ValueError, match="must be"):
        config(tmp_path, **changes)
