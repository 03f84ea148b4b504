import json

import pytest
from testkit.tiny_iu_xray import study, write_split

from engine.errors import DamagedFileError, NotFoundError
from training.data.iu_xray import read_split


def test_any_split_name_is_read_from_the_folder_or_its_parent(tmp_path):
    write_split(tmp_path / "iu_xray", "holdout", [study(0), study(1)])
    inner = read_split(tmp_path / "iu_xray", "holdout")
    assert [r.id for r in inner] == ["S0", "S1"]
    assert read_split(tmp_path, "holdout") == inner


def test_the_first_frontal_and_the_first_lateral_film_are_taken(tmp_path):
    write_split(tmp_path, "a", [study(0, ("lateral", "frontal", "lateral", "frontal"))])
    (record,) = read_split(tmp_path, "a")
    assert [film.path.name for film in record.views] == ["0_1.png", "0_0.png"]
    assert [film.view for film in record.films] == ["frontal", "frontal", "lateral", "lateral"]


def test_two_laterals_make_one_view(tmp_path):
    write_split(tmp_path, "a", [study(0, ("lateral", "lateral"))])
    assert len(read_split(tmp_path, "a")[0].views) == 1


def test_headings_are_read_as_findings_or_normal(tmp_path):
    write_split(tmp_path, "a", [study(0), study(1)])
    enlarged, normal = read_split(tmp_path, "a")
    assert enlarged.main_headings == {"Cardiomegaly"}
    assert not enlarged.is_normal
    assert normal.is_normal


def test_a_missing_split_is_named(tmp_path):
    with pytest.raises(NotFoundError, match=r"test\.jsonl"):
        read_split(tmp_path, "test")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"images": []}, "no film"),
        ({"images": [{"file": "images/absent.png", "view": "frontal"}]}, "absent.png is missing"),
        ({"images": [{"file": "../out.png", "view": "frontal"}]}, "outside"),
        ({"images": [{"file": "images/0_0.png", "view": "oblique"}]}, "oblique"),
        ({"report": 3}, "report is not text"),
        ({"report": "half \ud800"}, "report holds half a character"),
        ({"mesh_major": "Cardiomegaly"}, "mesh_major is not a list"),
        ({"images": ["images/0_0.png"]}, "a film is not an object"),
        ({"images": [{"file": "images/0_0.png"}]}, "view is None"),
        ({"id": None}, "id is missing"),
    ],
)
def test_a_bad_line_is_named_by_number(tmp_path, change, reason):
    write_split(tmp_path, "a", [study(0)])
    lines = [json.dumps(study(0)), json.dumps({**study(0), "id": "S1", **change})]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    with pytest.raises(DamagedFileError, match=f"Line 2 .*{reason}"):
        read_split(tmp_path, "a")


def test_broken_json_and_repeated_ids_are_named(tmp_path):
    write_split(tmp_path, "a", [study(0), study(0)])
    with pytest.raises(DamagedFileError, match="Line 2"):
        read_split(tmp_path, "a")
    (tmp_path / "a.jsonl").write_text("{")
    with pytest.raises(DamagedFileError, match="Line 1"):
        read_split(tmp_path, "a")


def test_films_may_lie_behind_a_link(tmp_path):
    write_split(tmp_path / "elsewhere", "a", [study(0)])
    (tmp_path / "images").symlink_to(tmp_path / "elsewhere" / "images")
    (tmp_path / "a.jsonl").write_bytes((tmp_path / "elsewhere" / "a.jsonl").read_bytes())
    assert [film.path.is_file() for film in read_split(tmp_path, "a")[0].views] == [True, True]


def test_a_study_may_lack_report_and_codes(tmp_path):
    silent = {key: value for key, value in study(0).items() if key in {"id", "images"}}
    empty = {**study(1), "report": None, "mesh_major": None}
    write_split(tmp_path, "a", [silent, empty])
    assert [(r.report, r.headings) for r in read_split(tmp_path, "a")] == [("", ())] * 2


def test_marks_and_ends_of_lines_of_other_systems_are_read(tmp_path):
    write_split(tmp_path, "a", [study(0), study(1)])
    known = read_split(tmp_path, "a")
    text = (tmp_path / "a.jsonl").read_bytes()
    (tmp_path / "a.jsonl").write_bytes(b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n\r\n"))
    assert read_split(tmp_path, "a") == known


def test_a_line_separator_inside_a_report_ends_no_line(tmp_path):
    report = "The heart is large.\u2028No effusion.\x85Clear lungs."
    write_split(tmp_path, "a", [study(0)])
    line = json.dumps({**study(0), "report": report}, ensure_ascii=False)
    (tmp_path / "a.jsonl").write_text(line, encoding="utf-8")
    assert read_split(tmp_path, "a")[0].report == report


def test_text_in_another_encoding_is_told(tmp_path):
    write_split(tmp_path, "a", [study(0)])
    line = json.dumps({**study(0), "report": "Herzgr\xf6\xdfe normal."}, ensure_ascii=False)
    (tmp_path / "a.jsonl").write_bytes(line.encode("latin-1"))
    with pytest.raises(DamagedFileError, match=r"a\.jsonl is not UTF-8"):
        read_split(tmp_path, "a")
