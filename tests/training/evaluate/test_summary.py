import json

import numpy as np
import pytest

from engine.language.agreement import intervals
from training.data.record import Record
from training.evaluate.figures import margins, score_row, scored_split
from training.evaluate.meteor import METEOR_ABSENT
from training.evaluate.summary import markdown, row_tables, section_table, write_summary

REPORTS = ("The heart is enlarged.", "The lungs are clear.", "Pleural effusion.")
HEADINGS = (("Cardiomegaly",), ("normal",), ("Pleural Effusion/left",))


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


def test_a_margin_is_drawn_over_the_same_studies(split):
    constant = ["the lungs are clear ."] * 18
    lines = margins(split, split.references, {"C": constant, "same": split.references})
    assert [(line["studies"], line["ahead of"]) for line in lines[:2]] == [
        ("all", "C"),
        ("all", "same"),
    ]
    ahead, low, high = lines[0]["label_f1"]
    reference, other = (score_row(split, t, resamples=0) for t in (split.references, constant))
    assert ahead == pytest.approx(reference["all"]["label_f1"] - other["all"]["label_f1"])
    assert 0 < low <= ahead <= high
    assert lines[1]["cider"] == [0.0, 0.0, 0.0]


def test_texts_several_times_over_are_one_figure_of_the_same_studies(split):
    constant = ["the lungs are clear ."] * 18
    both = score_row(split, [*split.references, *constant], resamples=50)["all"]
    best, worst = (score_row(split, t, resamples=0)["all"] for t in (split.references, constant))
    assert (both["studies"], both["coded_studies"]) == (18, 18)
    for name in ("cider", "rouge_l", "label_example_f1", "labels_claimed"):
        assert both[name] == pytest.approx((best[name] + worst[name]) / 2)
    low, high = both["intervals"]["cider"]
    assert worst["cider"] < low <= both["cider"] <= high < best["cider"]
    lines = margins(split, split.references, {"both": [*split.references, *constant]})
    assert lines[0]["cider"][0] == pytest.approx(best["cider"] - both["cider"])


def test_studies_that_nobody_coded_count_for_text_and_not_for_labels(split):
    unknown = [
        Record(id=f"u{i}", report="The lungs are clear.", headings=codes, films=())
        for i, codes in enumerate([(), ("No Indexing",)] * 3)
    ]
    mixed = scored_split([*split.records, *unknown], [])
    row = score_row(mixed, mixed.references, resamples=20)["all"]
    assert (row["studies"], row["coded_studies"], mixed.uncoded) == (24, 18, 6)
    assert row["label_f1"] == 1.0
    nobody = score_row(scored_split(unknown, []), ["cardiomegaly ."] * 6, resamples=20)["all"]
    assert nobody["label_f1"] is None
    assert nobody["rouge_l"] is not None


def test_a_study_without_report_is_named_and_left_out(split):
    silent = [Record(id="silent", report=" ", headings=("normal",), films=())]
    assert scored_split([*split.records, *silent], []).left_out == ("silent",)
    assert scored_split(silent, []).subsets == {}


def test_intervals_hold_the_figure_in_every_subset(split):
    texts = ["the lungs are clear .", *split.references[1:]]
    for figures in score_row(split, texts, resamples=50).values():
        assert {"bleu_4", "cider", "label_f1", "label_example_f1"} <= figures["intervals"].keys()
        for name, (low, high) in figures["intervals"].items():
            assert low <= figures[name] <= high


def test_the_files_say_what_was_scored_and_what_was_not(split, tmp_path):
    rows = {"reference": score_row(split, split.references, resamples=20)}
    sections = {"evidence": {"sentences": 3, "wins": 2 / 3}}
    path = write_summary(tmp_path / "out", rows, {"split": "holdout"}, sections)
    text = path.read_text()
    assert "holdout" in text
    assert METEOR_ABSENT in text
    assert "| reference | 1.000 [" in text
    assert "## abnormal (12 studies)" in text
    assert "| wins | .667 |" in text
    stored = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert stored["rows"]["reference"]["all"]["meteor"] is None
    assert markdown(stored) == text


def test_an_interval_narrows_with_more_studies():
    def width(count):
        values = np.random.default_rng(0).random(count)
        found = intervals(lambda rows: {"mean": float(values[rows].mean())}, count, resamples=200)
        low, high = found["mean"]
        return high - low

    assert width(400) < width(25)


def test_figures_of_ten_are_not_cut():
    figures = {"studies": 9, "coded_studies": 9, "cider": 10.0, "mean_words": 3.25}
    figures["intervals"] = {"cider": (0.25, 10.0)}
    assert any("| 10.000 [.250, 10.000] |" in line for line in row_tables({"a": {"all": figures}}))


def test_a_section_with_bins_has_a_table_of_them():
    lines = section_table({"sentences": 4, "bins": [{"confidence": 0.5, "right": None}]})
    assert "| sentences | 4 |" in lines
    assert lines[-3:] == ["| confidence | right |", "|---|---|", "| .500 | – |"]


def test_a_section_of_records_alone_is_one_table():
    lines = section_table({"categories": [{"category": "Opacity", "recall": 0.5}]})
    assert lines == ["| category | recall |", "|---|---|", "| Opacity | .500 |"]
