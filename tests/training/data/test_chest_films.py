import pytest
from testkit.tiny_iu_xray import write_data

from engine.errors import DamagedFileError, NotFoundError
from training.data.chest_films import read_chest_films


def test_films_are_read_with_their_labels_one_by_one(tmp_path):
    films = read_chest_films(write_data(tmp_path) / "chest_films")
    assert [film.source for film in films] == ["nih", "covid", "paediatric", "paediatric"]
    assert films[1].labels == ("COVID-19", "ARDS")


def test_an_unknown_source_is_named_by_line(tmp_path):
    (tmp_path / "index.jsonl").write_text('{"file": "a", "source": "elsewhere", "labels": []}\n')
    with pytest.raises(DamagedFileError, match="Line 1"):
        read_chest_films(tmp_path)
    with pytest.raises(NotFoundError):
        read_chest_films(tmp_path / "absent")
