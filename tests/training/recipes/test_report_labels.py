"""Labels of report training: coded by people, told from the text, taken over from the stem."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from training.data.record import Record
from training.model.labels import StemHead
from training.model.stored import STEM, STEM_HEAD
from training.model.visual_encoder import STEM_CHANNELS
from training.recipes.report_labels import (
    NEVER,
    coded_targets,
    prompt_labels,
    prompt_thresholds,
    report_labels,
    stem_head_weights,
)


def study(report: str, *headings: str) -> Record:
    return Record(id=report[:20], report=report, headings=headings, films=())


STUDIES = (
    study("The heart is enlarged. No pleural effusion.", "Cardiomegaly/mild"),
    study("Low lung volumes. Heart size is normal.", "Lung/hypoinflation", "Cardiomegaly"),
    study("The lungs are clear.", "normal"),
    study("The lungs are clear.", "No Indexing"),
)


def test_labels_are_the_frequent_categories_and_normal() -> None:
    assert report_labels(STUDIES, 1).names == ("Cardiomegaly", "Hypoinflation", "normal")
    assert report_labels(STUDIES, 2).names == ("Cardiomegaly", "normal")


def test_codes_are_targets_and_an_uncoded_study_is_masked() -> None:
    targets, mask = coded_targets(STUDIES, report_labels(STUDIES, 1))
    assert targets.tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 0, 0]]
    assert mask.tolist() == [[1, 1, 1], [1, 1, 1], [1, 1, 1], [0, 0, 0]]


def test_the_decoder_is_told_what_the_report_says_not_what_was_coded() -> None:
    """The second study is coded with cardiomegaly, its report denies it; "normal" is not told."""
    told = prompt_labels(STUDIES, report_labels(STUDIES, 1))
    assert told.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 0]]
    cuts = prompt_thresholds(report_labels(STUDIES, 1), 0.5)
    assert cuts.tolist() == [0.0, 0.0, NEVER]


def test_each_category_starts_from_the_output_of_its_heading(tmp_path: Path) -> None:
    head = StemHead(STEM_CHANNELS, 2, 0.0)
    weights = {name: value.contiguous() for name, value in head.state_dict().items()}
    save_file(weights, tmp_path / STEM_HEAD)
    (tmp_path / "labels.json").write_text(json.dumps(["normal", "Cardiomegaly"]))
    taken = stem_head_weights(tmp_path / STEM, report_labels(STUDIES, 1))
    torch.testing.assert_close(taken["6.weight"][0], weights["6.weight"][1])
    torch.testing.assert_close(taken["6.weight"][2], weights["6.weight"][0])
    assert not taken["6.weight"][1].any()
    assert float(taken["6.bias"][1].sigmoid()) < 0.05
