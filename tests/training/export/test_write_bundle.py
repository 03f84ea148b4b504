"""A model leaves training as a bundle that writes exactly the same words, or not at all."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
import torch
from testkit.tiny_iu_xray import write_data
from testkit.tiny_model_bundle import (
    TinyStem,
    random_films,
    tiny_model,
    tiny_vocabulary,
    write_tiny_bundle,
)

from engine.domain.bundle import DecodingSpec, PreprocessSpec
from engine.errors import BundleError, ModelError
from engine.inference.generator import Generator
from engine.inference.manifest import verify_bundle
from engine.inference.pack import unpack
from training.config import CHECKOUT
from training.export import write_bundle as write_bundle_module
from training.export.onnx_export import export_graphs
from training.export.parity import LIMIT, check_parity
from training.export.write_bundle import (
    ExportConfig,
    make_manifest,
    validation_films,
    write_bundle,
)
from training.model.cmcrl import Cmcrl
from training.model.configuration import LinguisticForm
from training.model.stored import TOKENIZER

pytestmark = pytest.mark.timeout(900)  # the exporter traces for half a minute on a busy core

SAID = {"licence": "For tests.", "intended_use": "Tests."}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle") / "model"
    write_tiny_bundle(folder)
    return folder


def test_the_bundle_is_verified_and_writes_one_and_two_views(bundle: Path) -> None:
    verify_bundle(bundle)
    generator = Generator.load(bundle, allow_gpu=False)

    for films in random_films(2, seed=5):
        generated = generator.generate(films)
        assert generated.sentences
        assert "Xxxx" not in " ".join(sentence.text for sentence in generated.sentences)


def test_the_pack_beside_it_holds_the_same_bundle(bundle: Path, tmp_path: Path) -> None:
    assert unpack(bundle.with_suffix(".zip"), tmp_path / "copy") == verify_bundle(bundle)


def test_no_file_of_the_bundle_names_folders_of_the_machine(bundle: Path) -> None:
    for path in bundle.iterdir():
        content = path.read_bytes()
        assert str(CHECKOUT).encode() not in content
        assert b"site-packages" not in content


@pytest.mark.slow
def test_parity_is_measured_on_words_and_probabilities(bundle: Path) -> None:
    stored = tiny_model(seed=0)
    torch.manual_seed(0)
    report = check_parity(
        stored.model(), TinyStem(), bundle, verify_bundle(bundle), random_films(4, seed=9)
    )

    assert report.studies == 4
    assert report.views == (1, 2)
    assert report.words > 8
    assert report.differing == 0
    assert 0 < report.graph_difference < LIMIT
    assert report.cache_difference < LIMIT


@pytest.mark.slow
def test_graphs_of_another_model_are_refused_and_leave_nothing(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = tiny_model(seed=1)

    def graphs_of_seed_0(_model: Cmcrl, _stem: object, _size: int, folder: Path) -> None:
        for name in ("encoder.onnx", "step.onnx"):
            shutil.copyfile(bundle / name, folder / name)

    monkeypatch.setattr(write_bundle_module, "export_graphs", graphs_of_seed_0)
    config = ExportConfig(
        source=tmp_path / "run",
        target=tmp_path / "out" / "model",
        **SAID,
        decoding=DecodingSpec(max_tokens=20),
    )
    tiny_vocabulary().save(config.source / TOKENIZER)
    manifest = make_manifest(stored, config)

    with pytest.raises(BundleError, match="do not write"):
        write_bundle(stored.model(), TinyStem(), manifest, config, iter(random_films(2, 0)))
    assert list(config.target.parent.iterdir()) == []


def test_a_comparison_without_studies_is_no_proof(bundle: Path) -> None:
    report = check_parity(tiny_model(0).model(), TinyStem(), bundle, verify_bundle(bundle), [])

    with pytest.raises(BundleError):
        report.require()


@pytest.mark.slow
def test_a_model_without_causal_modules_runs_in_the_products_session(tmp_path: Path) -> None:
    report = write_tiny_bundle(
        tmp_path / "model", studies=2, visual="none", linguistic="none", view_embedding=False
    )
    assert report.is_equal

    generator = Generator.load(tmp_path / "model", allow_gpu=False)
    assert generator.generate(random_films(2, seed=5)[1]).sentences


def test_the_papers_form_is_not_exported(tmp_path: Path) -> None:
    sizes = replace(tiny_model(0).configuration, linguistic=LinguisticForm.PAPER)

    with pytest.raises(ModelError, match="causal"):
        export_graphs(Cmcrl(sizes), TinyStem(), 64, tmp_path)


def test_a_bundle_says_what_its_maker_says(tmp_path: Path) -> None:
    said = {"licence": "Of Hospital A only.", "intended_use": "Trials in Hospital A."}
    config = ExportConfig(
        source=tmp_path, target=tmp_path / "b", decoding=DecodingSpec(max_tokens=20), **said
    )
    manifest = make_manifest(tiny_model(0), config)
    assert {"licence": manifest.licence, "intended_use": manifest.intended_use} == said


@pytest.mark.parametrize("name", ["licence", "intended_use"])
def test_a_bundle_that_says_nothing_of_its_use_is_not_written(name: str) -> None:
    with pytest.raises(ValueError, match="sentences"):
        ExportConfig(source=Path("run"), target=Path("model"), **{**SAID, name: " "})


def test_a_search_longer_than_the_model_reads_is_refused() -> None:
    config = ExportConfig(source=Path("run"), target=Path("model"), **SAID)

    with pytest.raises(BundleError, match="60 words"):
        make_manifest(tiny_model(0), config)


def test_step_takes_any_number_of_beams_and_an_empty_cache(bundle: Path) -> None:
    model = tiny_model(seed=0).model()
    session = ort.InferenceSession(str(bundle / "step.onnx"))
    draw = np.random.default_rng(0)
    study = {
        "mediator": draw.standard_normal((1, 12, 32)).astype(np.float32),
        "memory_kv": draw.standard_normal((2, 1, 4, 17, 8)).astype(np.float32),
    }

    for beams in (1, 2, 5):
        past = model.empty_past(beams).numpy()
        for length in (1, 2, 3):
            ids = np.full((beams, length), 5, dtype=np.int64)
            log_probs, past, attention = session.run(None, {"ids": ids, "past": past, **study})
            assert log_probs.shape == (beams, model.configuration.vocabulary_rows)
            assert past.shape == (2, beams, 4, length, 8)
            np.testing.assert_allclose(np.exp(log_probs).sum(axis=1), 1.0, rtol=1e-4)
            np.testing.assert_allclose(attention.sum(axis=1), 1.0, rtol=1e-4)


def test_too_few_validation_studies_are_said_before_the_export(tmp_path: Path) -> None:
    write_data(tmp_path / "data", val=3)
    with pytest.raises(BundleError, match="only 3 validation studies"):
        validation_films(tmp_path / "data", tmp_path / "runs", 64, PreprocessSpec())
