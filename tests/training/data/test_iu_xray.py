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
