"""The head of a letter: the logo in the PDF and in the preview, and logos that cannot be used."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image
from testkit.report_documents import report_of, study_of

from engine.documents.letter import ReportDocument
from engine.documents.logo import logo_drawing
from engine.documents.pdf import render_pdf
from engine.errors import ExportError
from engine.services.exporting import letterhead_picture

BLUE = (20, 90, 200)


@pytest.fixture
def logo(tmp_path: Path) -> Path:
    path = tmp_path / "logo.png"
    Image.new("RGB", (60, 20), BLUE).save(path)
    return path


def shows_blue(png: bytes) -> bool:
    with Image.open(io.BytesIO(png)) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    return bool((np.abs(pixels.astype(int) - BLUE).max(axis=2) < 8).sum() > 500)


def test_the_preview_shows_logo_and_words(logo: Path) -> None:
    assert shows_blue(letterhead_picture("St. Example", "Road 1\nLondon", str(logo)))
    without = letterhead_picture("St. Example", "Road 1\nLondon", "")
    assert not shows_blue(without)
    assert without != letterhead_picture("", "", "")


def test_the_pdf_has_the_logo_and_stays_an_archive_format(logo: Path) -> None:
    def pictures(drawing: str) -> int:
        document = ReportDocument(report=report_of("Clear."), study=study_of(), logo=drawing)
        with pikepdf.open(io.BytesIO(render_pdf(document))) as pdf:
            assert b"pdfaid:part" in pdf.Root.Metadata.read_bytes()
            streams = [thing for thing in pdf.objects if isinstance(thing, pikepdf.Stream)]
            return [stream.get("/Subtype") for stream in streams].count("/Image")

    assert pictures(logo_drawing(logo)) == pictures("") + 1


def damaged(path: Path) -> bytes:
    return path.read_bytes()[:20]


@pytest.mark.parametrize(
    "change",
    [
        damaged,
        lambda _path: b"",
        lambda _path: b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        lambda path: path.read_bytes() + bytes(1_000_000),
        lambda path: path.read_bytes().replace((60).to_bytes(4, "big"), (9000).to_bytes(4, "big")),
    ],
    ids=["cut short", "empty", "another kind", "too large", "too wide"],
)
def test_a_file_that_is_no_logo_is_refused_in_a_sentence(logo: Path, change) -> None:
    logo.write_bytes(change(logo))
    with pytest.raises(ExportError, match=r"The logo cannot be used\."):
        logo_drawing(logo)


def test_a_report_leaves_the_house_with_a_logo_that_is_broken_behind_its_head(logo: Path) -> None:
    content = logo.read_bytes()
    start = content.index(b"IDAT") + 4
    logo.write_bytes(content[:start] + b"no rows of pixels")
    document = ReportDocument(report=report_of("Clear."), study=study_of(), logo=logo_drawing(logo))
    assert render_pdf(document).startswith(b"%PDF")
    with pytest.raises(ExportError, match="could not be laid out"):
        letterhead_picture("St. Example", "", str(logo))


def test_a_missing_logo_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"The logo cannot be read\."):
        letterhead_picture("", "", str(tmp_path / "gone.png"))
