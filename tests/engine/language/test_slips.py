"""Misspelt words are read as what they mean, and stand as they were written."""

from __future__ import annotations

import pytest

from engine.language.findings import findings_in
from engine.language.slips import mended


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Mild cardiomegally.", "Mild cardiomegaly."),
        ("No pnemonia.", "No pneumonia."),
        ("Left efusion.", "Left effusion."),
        ("Bibasilar atelectesis.", "Bibasilar atelectasis."),
    ],
)
def test_a_slip_is_read_as_it_is_meant(written: str, read: str) -> None:
    assert mended(written).text == read


@pytest.mark.parametrize(
    "written", ["Spinal fusion.", "The lessons are clear.", "Profusion of nodules.", "Effusion."]
)
def test_a_word_of_english_is_no_slip(written: str) -> None:
    assert mended(written).text == written


def test_the_finding_stands_where_it_was_written() -> None:
    text = "Old # of the left clavicle, pleural efusion and pnuemothorax."
    assert [text[f.start : f.end] for f in findings_in(text)] == [
        "#",
        "pleural efusion",
        "pnuemothorax",
    ]
