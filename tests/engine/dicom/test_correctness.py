"""The matrix of difficult films: three points of each, as the standard asks for them.

    NEGATOSCOPE_RENEW_SNAPSHOTS=1 python -m pytest tests/engine/dicom/test_correctness.py

writes the table and the pictures of docs/correctness.md anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from testkit.difficult_films import FILMS, DifficultFilm, picture_of, picture_path, table

DOCS = Path(__file__).resolve().parents[3] / "docs"
RENEWS = bool(os.environ.get("NEGATOSCOPE_RENEW_SNAPSHOTS"))


@pytest.mark.parametrize("one", FILMS, ids=[one.key for one in FILMS])
def test_each_difficult_film_is_shown_as_the_standard_asks(one: DifficultFilm) -> None:
    image = one.opened()
    assert one.found(image) == one.asked
    stored, picture = DOCS / picture_path(one), picture_of(image)
    if RENEWS:
        stored.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(stored, optimize=True)
    # The phantom's blur and the automatic window leave a grey's difference between machines.
    kept = np.asarray(Image.open(stored)).astype(int)
    assert np.abs(kept - picture).max() <= 2


def test_the_document_has_the_table_as_it_is_measured() -> None:
    document = DOCS / "correctness.md"
    text = document.read_text("utf-8")
    measured = {one.key: one.found(one.opened()) for one in FILMS}
    start, end = text.index("| film |"), text.index("\n\n", text.index("| film |"))
    if RENEWS:
        text = text[:start] + table(FILMS, measured) + text[end:]
        document.write_text(text, "utf-8")
    assert table(FILMS, measured) in text
