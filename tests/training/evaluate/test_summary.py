import json

import numpy as np
import pytest

from training.data.record import Record
from training.evaluate import summary
from training.evaluate.intervals import interval
from training.evaluate.summary import score_row, scored_split, write_summary

REPORTS = ("The heart is enlarged.", "The lungs are clear.", "Pleural effusion.")
HEADINGS = (("Cardiomegaly",), ("normal",), ("Pleural Effusion/left",))


@pytest.fixture(autouse=True)
def _no_java(monkeypatch):
    monkeypatch.setattr("training.evaluate.text_metrics.shutil.which", lambda _name: None)


@pytest.fixture
def split():
    records = [
        Record(id=str(i), report=REPORTS[i % 3], headings=HEADINGS[i % 3], films=())
        for i in range(18)
    ]
    records.append(Record(id="silent", report="", headings=(), films=()))
    return scored_split(records, ["the lungs are clear ."])


def test_subsets_are_all_abnormal_and_unseen(split):
    assert {name: len(places) for name, places in split.subsets.items()} == {
        "all": 18,
        "abnormal": 12,
        "reference not in training": 12,
    }


def test_without_training_reports_there_is_no_unseen_subset(split):
    assert "reference not in training" not in scored_split(split.records, []).subsets


def test_the_reference_scores_full_marks_and_a_constant_does_not(split):
    best = score_row(split, split.references, resamples=20)
    constant = score_row(split, ["the lungs are clear ."] * 18, resamples=0)
    assert best["all"]["bleu_4"] == pytest.approx(1.0, abs=1e-3)
    assert best["all"]["label_f1"] == 1.0
    assert best["abnormal"]["studies"] == 12
    assert constant["all"]["distinct"] == 1
    assert constant["abnormal"]["label_f1"] == 0.0
    assert "intervals" not in constant["all"]


def test_intervals_hold_the_figure(split):
    texts = ["the lungs are clear .", *split.references[1:]]
    row = score_row(split, texts, resamples=50)["all"]
    for name, (low, high) in row["intervals"].items():
        assert low <= row[name] <= high


def test_the_files_say_what_was_scored_and_what_was_not(split, tmp_path):
    rows = {"reference": score_row(split, split.references, resamples=20)}
    path = write_summary(tmp_path / "out", rows, {"split": "holdout"})
    text = path.read_text()
    assert "holdout" in text
    assert summary.METEOR_ABSENT in text
    assert "| reference | 1.000 [" in text
    assert "## abnormal (12 studies)" in text
    stored = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert stored["rows"]["reference"]["all"]["meteor"] is None


def test_an_interval_narrows_with_more_studies():
    def width(count):
        values = np.random.default_rng(0).random(count)
        low, high = interval(lambda rows: float(values[rows].mean()), count, resamples=200)
        return high - low

    assert width(400) < width(25)


def test_figures_of_ten_are_not_cut():
    row = {"all": {"studies": 9, "cider": 10.0, "intervals": {"cider": (0.25, 10.0)}}}
    assert "| 10.000 [.250, 10.000] |" in summary.markdown({"a": row}, {}, [])
