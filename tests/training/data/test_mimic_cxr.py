"""MIMIC-CXR's layout, made up: no line of the real data set is here."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from testkit.tiny_mimic_cxr import write_mimic_cxr

from engine.errors import DamagedFileError, NotFoundError
from training.data.mimic_cxr import findings, one_line, read_mimic_cxr
from training.data.report_text import clean
from training.data.studies import read_split


@pytest.fixture(params=["csv", "csv.gz"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return write_mimic_cxr(tmp_path, request.param)


def test_a_study_is_its_findings_and_its_frontal_and_lateral_films(folder: Path) -> None:
    first, second = read_split(folder, "train")
    assert first.id == "s1"
    assert [(film.path.name, film.view) for film in first.views] == [
        ("b.jpg", "frontal"),
        ("a.jpg", "lateral"),
    ]
    assert [film.path.name for film in second.films] == ["c.jpg", "d.jpg"]
    assert clean(first.report) == (
        "pa and lateral views compared to . there is no focal consolidation . "
        "the heart measures 125 cm ."
    )
    assert not first.is_normal
    assert [record.id for record in read_split(folder, "val")] == ["s5"]
    assert [record.id for record in read_split(folder, "test")] == ["s6"]


def test_what_is_left_out_is_counted(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    read_mimic_cxr(folder, "train")
    assert "left out: 1 without findings, 1 without frontal or lateral" in caplog.text


def test_r2gens_annotation_decides_split_and_text_where_it_lies(folder: Path) -> None:
    item = {
        "id": "h",
        "study_id": 5,
        "subject_id": 10000032,
        "report": "Clear\nlungs..",
        "split": 0,
    }
    (folder / "annotation.json").write_text(json.dumps({"train": [item], "val": [], "test": []}))
    (record,) = read_mimic_cxr(folder, "train")
    assert (record.id, record.report) == ("s5", "Clear lungs.")
    (folder / "annotation.json").write_text("[]")
    with pytest.raises(DamagedFileError, match="R2Gen"):
        read_mimic_cxr(folder, "train")


def test_what_is_missing_is_named(folder: Path) -> None:
    with pytest.raises(NotFoundError, match="extra"):
        read_mimic_cxr(folder, "extra")
    (folder / "files" / "p10" / "p10000032" / "s5" / "h.jpg").unlink()
    with pytest.raises(DamagedFileError, match=r"h\.jpg is missing"):
        read_mimic_cxr(folder, "val")
    (folder / "files" / "p10" / "p10000032" / "s6.txt").unlink()
    with pytest.raises(DamagedFileError, match=r"s6\.txt is missing"):
        read_mimic_cxr(folder, "test")
    next(folder.glob("*metadata*")).unlink()
    with pytest.raises(NotFoundError, match="metadata"):
        read_mimic_cxr(folder, "test")


def test_findings_end_at_the_next_heading() -> None:
    assert findings("FINDINGS: Clear lungs.\n IMPRESSION: None.") == "Clear lungs."
    assert findings(" FINDINGS AND IMPRESSION:\n Clear: no effusion.") == "Clear: no effusion."
    assert findings("IMPRESSION: none") == ""


def test_runs_become_one() -> None:
    assert one_line("a\nb  c ____ d....  e") == "a b c _ d. e"


def test_the_number_of_a_first_list_item_becomes_a_stop_as_in_the_published_code():
    assert clean(one_line("\n3. The heart is normal.")) == ". the heart is normal ."


def test_tables_that_are_short_or_cut_are_named(tmp_path: Path) -> None:
    folder = write_mimic_cxr(tmp_path)
    table = folder / "mimic-cxr-2.0.0-metadata.csv"
    whole = table.read_text()
    table.write_text("\ufeff" + whole + "z,9\n", encoding="utf-8")
    assert len(read_mimic_cxr(folder, "train")) == 2
    table.write_text(whole.replace("ViewPosition", "View"))
    with pytest.raises(DamagedFileError, match=r"metadata\.csv has no column ViewPosition"):
        read_mimic_cxr(folder, "train")
    table.unlink()
    packed = gzip.compress(whole.encode())
    for broken in (packed[: len(packed) // 2], packed[:20] + b"\xff" * 20 + packed[40:], b"no"):
        table.with_suffix(".csv.gz").write_bytes(broken)
        with pytest.raises(DamagedFileError, match=r"csv\.gz cannot be read"):
            read_mimic_cxr(folder, "train")


def test_annotated_studies_without_films_are_counted(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    items = [{"study_id": number, "report": "Clear lungs."} for number in (5, 77)]
    (folder / "annotation.json").write_text(json.dumps({"train": items}))
    assert len(read_mimic_cxr(folder, "train")) == 1
    assert "1 annotated studies are in no table" in caplog.text
