"""`train evaluate` as a process, on a folder that nothing here has seen before."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from testkit.tiny_bundle import write_tiny_bundle
from testkit.tiny_iu_xray import study, write_data, write_split

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]


def evaluate(folder, *arguments):
    # Without Java on the path: METEOR takes seconds and has its own test.
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": str(folder / "nothing")}
    command = [sys.executable, "-m", "training.cli", "evaluate", "--resamples", "5"]
    command += ["--out", str(folder / "out"), "--runs", str(folder / "runs")]
    command += ["--bundle", str(folder / "bundle"), *map(str, arguments)]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=240
    )


@pytest.fixture
def folder(tmp_path):
    """A bundle, and a split whose studies lack one thing each."""
    write_tiny_bundle(tmp_path / "bundle")
    studies = [study(300 + i) for i in range(7)]
    studies.append(study(310, views=("frontal",)))
    studies.append({**study(311), "mesh_major": ["No Indexing"]})
    uncoded = study(312)
    del uncoded["mesh_major"]
    studies += [uncoded, {**study(313), "report": ""}]
    write_split(tmp_path / "unseen", "test", studies)
    return tmp_path


def summary_of(folder):
    return json.loads((folder / "out" / "summary.json").read_text(encoding="utf-8"))


def test_an_unseen_folder_is_scored_without_the_training_split(folder):
    done = evaluate(
        folder, "--data", folder / "unseen", "--split", "test", "--training", folder / "nowhere"
    )
    assert done.returncode == 0, done.stderr
    assert "no training split at hand" in done.stdout
    summary = summary_of(folder)
    assert set(summary["rows"]) == {
        "reference",
        "constant C1",
        "constant C2",
        "constant T1",
        "bundle",
        "bundle, shuffled films",
        "bundle, greedy",
    }
    facts = summary["facts"]
    assert (facts["studies"], facts["studies_without_report"]) == (10, 1)
    assert facts["studies_of_split"] == 11
    assert facts["studies_nobody_coded"] == 2
    reference = summary["rows"]["reference"]["all"]
    assert (reference["studies"], reference["coded_studies"]) == (10, 8)
    assert reference["label_f1"] == 1.0
    assert {"laterality", "evidence"} <= set(summary["sections"])
    written = (folder / "out" / "reports-bundle.jsonl").read_text().splitlines()
    assert "S310" in {json.loads(line)["id"] for line in written}


def test_with_the_training_split_its_baselines_and_the_unseen_subset_come_too(folder):
    data = write_data(folder / "data", train=12)
    done = evaluate(folder, "--data", folder / "unseen", "--split", "test", "--training", data)
    assert done.returncode == 0, done.stderr
    summary = summary_of(folder)
    assert {"most frequent training report", "most central training report"} <= set(summary["rows"])
    assert summary["facts"]["studies_of_confidence_map"] == 2
    # Made-up reports repeat: every reference occurs in training.
    assert set(summary["rows"]["bundle"]) == {"all", "abnormal"}


def test_a_split_whose_studies_have_no_report_is_refused_in_one_sentence(folder):
    write_split(folder / "silent", "test", [{**study(1), "report": ""}])
    done = evaluate(folder, "--data", folder / "silent", "--split", "test")
    assert done.returncode == 1
    assert done.stderr.strip() == "No study of test has a report to compare with."
