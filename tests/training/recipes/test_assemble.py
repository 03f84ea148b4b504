"""A bundle that puts drafts together: the same table twice, nothing of a report in it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from testkit.tiny_bundle import INNER_LOGITS, write_tiny_bundle
from testkit.tiny_iu_xray import study, write_split

from engine.inference.manifest import NGRAMS, verify_bundle
from engine.inference.ngrams import LONGEST, NgramTable
from training.cli import main
from training.data.iu_xray import read_split
from training.evaluate.predict import drafts, drawn_ids, open_bundle


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_split(tmp_path / "data", "train", [study(number) for number in range(4)])
    return tmp_path / "data"


def assemble(tmp_path: Path, data: Path, name: str, *more: object) -> int:
    if not (tmp_path / "bundle").exists():
        write_tiny_bundle(tmp_path / "bundle", says="the heart is large . the lungs are clear .")
    arguments = ["assemble", "--bundle", tmp_path / "bundle", "--data", data]
    arguments += ["--target", tmp_path / name, "--draws", 6, *more]
    return main(list(map(str, arguments)))


def test_the_new_bundle_assembles_and_the_old_one_is_as_it_was(tmp_path: Path, data: Path) -> None:
    assert assemble(tmp_path, data, "new", "--assembly.cider", 2, "--version", "0.1") == 0
    old, new = verify_bundle(tmp_path / "bundle"), verify_bundle(tmp_path / "new")
    assert old.decoding.assembly is None
    assert new.decoding.assembly is not None
    assert (new.decoding.assembly.cider, new.decoding.draws, new.version) == (2.0, 6, "0.1")
    assert {f.name for f in new.files} == {f.name for f in old.files} | {NGRAMS}
    records = read_split(data, "train")
    assert drafts(open_bundle(tmp_path / "new"), records)[0].sentences


def test_the_table_holds_the_model_s_own_words_and_is_the_same_twice(
    tmp_path: Path, data: Path
) -> None:
    assert assemble(tmp_path, data, "once") == 0
    assert assemble(tmp_path, data, "twice") == 0
    assert (tmp_path / "once" / NGRAMS).read_bytes() == (tmp_path / "twice" / NGRAMS).read_bytes()
    table = NgramTable.load(tmp_path / "once" / NGRAMS)
    assert table.reports == 4 * 8
    assert table.rows.shape[1] == LONGEST + 1
    generator = open_bundle(tmp_path / "bundle")
    drawn = {
        ids for reports in drawn_ids(generator, read_split(data, "train"), 8) for ids in reports
    }
    told = {ids[i : i + n] for ids in drawn for n in range(LONGEST + 1) for i in range(len(ids))}
    assert {tuple(w for w in row if w >= 0) for row in table.rows[:, :LONGEST].tolist()} <= told


def test_label_logits_within_the_encoder_get_the_names_of_report_training(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named = ("--label_tensor", INNER_LOGITS, "--with_extra", "false", "--min_studies")
    assert assemble(tmp_path, data, "new", *named, 1) == 0
    new = verify_bundle(tmp_path / "new")
    assert new.labels == ("Cardiomegaly", "Pleural Effusion", "normal")
    study = open_bundle(tmp_path / "new").generate(np.zeros((1, 3, 32, 32), dtype=np.float32))
    assert study.sentences
    assert assemble(tmp_path, data, "fewer", *named, 2) == 1
    assert "encoder.onnx" in capsys.readouterr().err


def test_nothing_is_overwritten(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert assemble(tmp_path, data, "new") == 0
    before = json.loads((tmp_path / "new" / "manifest.json").read_text())
    assert assemble(tmp_path, data, "new", "--version", "9") == 1
    assert "already" in capsys.readouterr().err
    assert json.loads((tmp_path / "new" / "manifest.json").read_text()) == before


def test_a_folder_without_a_training_split_is_said_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert assemble(tmp_path, tmp_path / "empty", "new") == 1
    assert "train.jsonl" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
