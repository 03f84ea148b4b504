import json

import numpy as np
import pytest
from PIL import Image

from engine.errors import DamagedFileError, InputError, NotFoundError
from training.data.film_masks import is_held_out, label_map, mask_folder, read_film_masks


def test_a_fifth_is_held_out_by_name_alone():
    names = [f"film-{number:04d}" for number in range(2000)]
    held = [name for name in names if is_held_out(name)]
    assert 0.17 < len(held) / len(names) < 0.23
    assert [is_held_out(name) for name in names] == [name in held for name in names]


def test_a_line_names_film_mask_and_source(tmp_path):
    line = {"file": "images/a.png", "mask": "masks/a.png", "source": "House", "licence": "own"}
    (tmp_path / "index.jsonl").write_text(json.dumps(line) + "\n")
    (film,) = read_film_masks(tmp_path)
    assert (film.film, film.mask) == (tmp_path / "images/a.png", tmp_path / "masks/a.png")
    assert (film.source, film.licence) == ("House", "own")
    assert film.is_held_out == is_held_out("a")


def test_the_folder_is_named_or_lies_in_the_data(tmp_path):
    assert mask_folder(tmp_path) == tmp_path / "more_films" / "ctr_masks"
    (tmp_path / "index.jsonl").touch()
    assert mask_folder(tmp_path) == tmp_path


def test_what_cannot_be_read_is_named(tmp_path):
    with pytest.raises(NotFoundError, match=r"index\.jsonl"):
        read_film_masks(tmp_path)
    (tmp_path / "index.jsonl").write_text('{"file": "a.png", "source": "House"}\n')
    with pytest.raises(InputError, match="Line 1"):
        read_film_masks(tmp_path)
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(DamagedFileError, match=r"broken\.png cannot be read"):
        label_map(tmp_path / "broken.png", 64)
    Image.fromarray(np.full((8, 8), 255, np.uint8)).save(tmp_path / "grey.png")
    with pytest.raises(DamagedFileError, match="no class"):
        label_map(tmp_path / "grey.png", 64)
