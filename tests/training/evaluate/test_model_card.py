import json

import pytest
from testkit.tiny_bundle import write_tiny_bundle

from engine.domain.evidence import WINS_METRIC
from engine.errors import DamagedFileError, InputError
from engine.inference.manifest import read_manifest
from engine.paths import model_bundle
from training.config import CHECKOUT, CardConfig
from training.evaluate.model_card import (
    ABSENT,
    manifest_metrics,
    read_summary,
    render,
    require_same_bundle,
)
from training.evaluate.predict import bundle_identity
from training.recipes import card

DOCS = CHECKOUT / "docs"


def figures(cider, label_f1):
    return {
        "studies": 9,
        "coded_studies": 8,
        "cider": cider,
        "label_f1": label_f1,
        "meteor": None,
        "distinct": 3,
        "mean_words": 20.0,
    }


@pytest.fixture
def bundle(tmp_path):
    return write_tiny_bundle(tmp_path / "bundle")


@pytest.fixture
def summary(bundle):
    return {
        "facts": {"split": "val", "studies": 9, "bundle": bundle_identity(bundle)},
        "notes": ["A note."],
        "rows": {
            "bundle": {"all": figures(0.51234567, 0.25), "abnormal": figures(0.3, 0.2)},
            "bundle, shuffled films": {"all": figures(0.125, 0.0625)},
        },
        "sections": {"evidence": {"sentences": 40, "wins": 0.71428}},
    }


def test_marks_become_figures_of_the_evaluation_and_the_manifest(summary, bundle):
    template = (
        "{{manifest: version}} {{fact: studies}} {{row: bundle | all | cider}} "
        "{{row: no such row | all | cider}} {{section: evidence | wins}}\n{{files}}\n{{rows}}"
    )
    text = render(template, summary, bundle)
    first, *others = text.splitlines()
    assert first == f"{bundle.version} 9 .512 {ABSENT} .714"
    assert any(bundle.files[0].sha256 in line for line in others)
    assert any(line.startswith(f"| **{bundle.bundle_id} {bundle.version}** |") for line in others)


def test_the_best_of_several_rows_is_taken_column_by_column(summary, bundle):
    rows = "bundle; bundle, shuffled films; no such row"
    template = f"{{{{best: {rows} | all | cider}}}} {{{{best: no such row | all | cider}}}}"
    assert render(template, summary, bundle) == f".512 {ABSENT}"


def test_a_mark_without_meaning_is_named(summary, bundle):
    with pytest.raises(InputError, match="no_such_table"):
        render("{{no_such_table}}", summary, bundle)


def test_the_manifest_gets_the_same_figures_and_keeps_its_parity(summary, bundle):
    bundle.metrics.update({"parity_studies": 64.0, "val_bleu_1": 0.9})
    found = manifest_metrics(summary, bundle)
    assert found["parity_studies"] == 64.0
    assert "val_bleu_1" not in found
    assert "val_meteor" not in found
    assert found["val_cider"] == 0.5123
    assert found["val_cider_shuffled_films"] == 0.125
    assert found["val_abnormal_label_f1"] == 0.2
    assert found[WINS_METRIC] == 0.7143


def test_a_handful_of_tested_sentences_does_not_let_the_product_draw_cells(summary, bundle):
    summary["sections"]["evidence"]["sentences"] = 4
    assert WINS_METRIC not in manifest_metrics(summary, bundle)


def test_the_command_writes_card_evaluation_and_manifest(summary, bundle, tmp_path):
    (tmp_path / "summary.json").write_text(json.dumps(summary))
    (tmp_path / "card.template.md").write_text("{{manifest: metrics.val_cider}}\n{{metrics}}")
    config = CardConfig(
        summary=tmp_path / "summary.json", bundle=tmp_path / "bundle", documents=tmp_path
    )
    assert card.run(config) == tmp_path
    assert (tmp_path / "card.md").read_text().startswith("0.512\n")
    manifest = read_manifest(tmp_path / "bundle")
    assert manifest.metrics["val_cider"] == 0.5123
    assert manifest.files == bundle.files
    kept = read_summary(tmp_path / "evaluation.json")
    assert kept["rows"]["bundle"]["all"]["cider"] == 0.512346


def test_an_evaluation_of_another_bundle_is_refused(summary, tmp_path):
    other = write_tiny_bundle(tmp_path / "other", says="the heart is large .")
    with pytest.raises(InputError, match="another bundle"):
        require_same_bundle(summary, other)


@pytest.mark.parametrize("text", ["no json", "{}", '{"rows": {"bundle": {}}, "facts": {}}'])
def test_what_is_no_summary_is_refused(tmp_path, text):
    (tmp_path / "summary.json").write_text(text)
    with pytest.raises(DamagedFileError):
        read_summary(tmp_path / "summary.json")


def test_the_shipped_card_is_that_of_the_shipped_bundle():
    manifest = read_manifest(model_bundle())
    summary = read_summary(DOCS / "evaluation.json")
    require_same_bundle(summary, manifest)
    assert manifest.metrics == manifest_metrics(summary, manifest)
    pages = {
        name: (DOCS / f"{name}.md").read_text(encoding="utf-8")
        for name in ("model-card", "evaluation")
    }
    for name, text in pages.items():
        template = (DOCS / f"{name}.template.md").read_text(encoding="utf-8")
        assert text == render(template, summary, manifest)
        assert f"{manifest.bundle_id} {manifest.version}" in text.splitlines()[1]
    assert all(f"`{file.sha256}`" in pages["model-card"] for file in manifest.files)
    metrics = manifest.metrics.items()
    assert all(f"| {name} | {value} |" in pages["evaluation"] for name, value in metrics)
