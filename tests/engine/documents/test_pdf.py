"""The PDF: its text read back, its looks, its marks, and what it must not hold."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import unicodedata
from html import unescape
from io import BytesIO
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray
from PIL import Image
from testkit.report_documents import (
    NOW,
    draft_of,
    drafted_report,
    image_ref,
    pixel_image,
    report_of,
    signed,
    study_of,
)

from engine import paths
from engine.documents.film_picture import evidence_drawing
from engine.documents.letter import DEMO_NOTICE, NOTICE, ReportDocument, ReportEvidence, ReportFilm
from engine.documents.pdf import render_pdf
from engine.domain.evidence import Evidence, EvidenceGrade, Region
from engine.domain.person_name import as_read
from engine.domain.report import Report, Section

SCRIPTS = {
    "Latin": ("Müller-Sørensen, Żaneta", "Naïve œdema: effusion, fluffy office, fi ffl ½ ≤ µ °."),
    "Han": ("佐藤, 陽翔", "肺野清晰。心影不大。"),
    "Kana": ("さとう, ハルト", "しんいんえいはせいじょう。"),
    "Hangul": ("김, 민준", "심장 크기는 정상입니다."),
    "Arabic": ("عبد الله الأحمد, صلاح", "حجم القلب طبيعي ولا يوجد انصباب"),
    "Hebrew": ("כהן, יוסף", "הלב בגודל תקין"),
    "Cyrillic": ("Иванова, Дарья", "Лёгкие чистые, выпота нет."),
    "Greek": ("Παπαδόπουλος, Γιώργος", "Οι πνεύμονες είναι καθαροί."),
    "Thai": ("ใจดี, สมชาย", "ปอดปกติ"),
    "Devanagari": ("शर्मा, राजेश", "हृदय का आकार सामान्य है।"),
    "Armenian": ("Սարգսյան, Արամ", "Թոքերը մաքուր են:"),
    "Georgian": ("გელაშვილი, გიორგი", "ფილტვები სუფთაა."),
    "Bengali": ("রহমান, আব্দুল", "ফুসফুস পরিষ্কার।"),
    "Tamil": ("குமார், ராஜா", "நுரையீரல் தெளிவாக உள்ளது."),
    "Ethiopic": ("ከበደ, አበበ", "ሳንባዎች ንጹህ ናቸው።"),
    "Vietnamese": ("Nguyễn, Thị Hồng", "Tim không to, phổi trong."),
}
# pdftotext takes the overlap of vowel signs for gaps between words here.
BLANKS_GUESSED = (SCRIPTS["Bengali"][1],)
TRICKS = (
    '#read("/etc/passwd")',
    '#image("/etc/hostname")',
    "<script>alert(1)</script> <img src=x onerror=y>",
    "$x^2$ *bold* _italic_ `code` = Heading @label // comment /* c */",
    r"\input{/etc/passwd} \u{41} \n %s {0} ${HOME} $(id)",
    "=cmd|'/C calc'!A0",
    "../../../etc/passwd C:\\Windows\\x",
    "{{7*7}} ]]> &amp; &#65; ' \" ''",
)
PERMITTED_ACTIONS = {"/GoTo"}


def poppler(tool: str, pdf: bytes, *options: str) -> bytes:
    """Output of a poppler tool that reads the PDF from a file and writes to standard output."""
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} (poppler-utils) is not installed")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "report.pdf")
        path.write_bytes(pdf)
        is_text = tool == "pdftotext"
        command = [tool, *options, str(path), *(["-"] if is_text else [])]
        return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout


def text_of(pdf: bytes, *options: str) -> str:
    """Text on one line, without the marks that pdftotext puts round right-to-left runs."""
    text = poppler("pdftotext", pdf, *options).decode()
    return " ".join(re.sub("[\u202a-\u202e]", "", text).split())


def page_image(pdf: bytes, page: int = 1) -> NDArray[np.uint8]:
    """A page in grey at 72 dots an inch: one pixel is one point."""
    ppm = poppler("pdftoppm", pdf, "-r", "72", "-gray", "-f", str(page), "-l", str(page))
    with Image.open(BytesIO(ppm)) as image:
        return np.asarray(image)


def letter_of(report: Report, name: str = "Núñez-Åberg, Matías") -> bytes:
    return render_pdf(ReportDocument(report=report, study=study_of(name)))


@pytest.mark.parametrize(("name", "sentence"), SCRIPTS.values(), ids=SCRIPTS.keys())
def test_r47_text_is_read_back_exactly(name: str, sentence: str) -> None:
    report = report_of(sentence)
    text = text_of(letter_of(report, name))
    found = re.search("Findings (.*?) Dr Ada Byron", text)
    assert found is not None
    wanted = unicodedata.normalize("NFC", report.text(Section.FINDINGS))
    if unicodedata.bidirectional(sentence[0]) in ("R", "AL"):
        # The full stop of a right-to-left sentence is read at its other end.
        wanted = f".{wanted[:-1]}"
    if sentence in BLANKS_GUESSED:
        assert found[1].replace(" ", "") == wanted.replace(" ", "")
    else:
        assert found[1] == wanted
    # Either side of a comma in a right-to-left name is a run of its own for pdftotext.
    for part in name.split(", "):
        assert unicodedata.normalize("NFC", part) in text


@pytest.mark.parametrize(("name", "sentence"), SCRIPTS.values(), ids=SCRIPTS.keys())
def test_every_word_has_ink(name: str, sentence: str) -> None:
    """A font may claim a character and draw nothing: the text would be there and unseen."""
    pdf = letter_of(report_of(sentence), name)
    boxes = poppler("pdftotext", pdf, "-bbox", "-l", "1").decode()
    page = page_image(pdf)
    words = re.findall(
        r'<word xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">(.*?)</word>', boxes
    )
    assert len(words) > 20
    for left, top, right, bottom, word in words:
        box = page[
            int(float(top)) : int(float(bottom)) + 1, int(float(left)) : int(float(right)) + 1
        ]
        if re.search(r"\w", unescape(word)):
            assert box.min() < 200, word


def test_long_reports_keep_every_sentence_and_say_which_page() -> None:
    sentences = [
        f"Sentence {number} about the effusion in the left hemithorax." for number in range(150)
    ]
    pdf = letter_of(report_of(*sentences))
    with pikepdf.open(BytesIO(pdf)) as document:
        pages = len(document.pages)
    assert pages >= 3
    body = []
    for page in range(1, pages + 1):
        text = text_of(pdf, "-f", str(page), "-l", str(page))
        assert NOTICE in text
        assert f"Page {page} of {pages}" in text
        assert "Núñez-Åberg, Matías" in text
        assert "DRAFT, not signed" in text
        body.append(re.sub(f"{re.escape(NOTICE)} Page {page} of {pages}", "", text))
    whole = re.sub(
        "Núñez-Åberg, Matías · DEMO-0001 · born 1961-04-09 "
        "DEMO-A-1003 · 2026-03-18 · DRAFT, not signed",
        "",
        " ".join(body),
    )
    assert " ".join(sentences) in " ".join(whole.split())


@pytest.mark.parametrize("trick", TRICKS)
def test_r44_markup_and_paths_stay_literal(trick: str) -> None:
    text = text_of(letter_of(report_of(trick), trick))
    folded, name = " ".join(trick.split()), " ".join(as_read(trick).split())
    assert folded in text
    assert text.count(name) >= (2 if name == folded else 1)


def test_characters_without_a_glyph_are_printed_by_number() -> None:
    text = text_of(
        letter_of(report_of("Smile \U0001f469\u200d\u2695\ufe0f 𠀀.", "བོད"), "Doe\u202ecod")
    )
    assert "[U+1F469]" in text
    assert "[U+20000]" in text
    assert "[U+0F56]" in text
    assert "Doe[U+202E]cod" in text


def test_words_too_long_for_a_line_stay_on_the_page() -> None:
    page = page_image(letter_of(report_of("W" * 400), "M" * 64 + ", " + "W" * 64))
    margin = page[:, -50:]
    assert margin.min() > 200


def test_r24_the_watermark_is_on_unsigned_reports_only() -> None:
    def tinted(report: Report) -> int:
        page = page_image(letter_of(report))
        return int(np.count_nonzero((page > 233) & (page < 239)))

    report = drafted_report()
    assert tinted(report) > 10 * tinted(signed(report)) + 10_000
    assert "DRAFT, not signed" in text_of(letter_of(report))
    assert "FINAL, signed" in text_of(letter_of(signed(report)))
    assert "DRAFT" not in text_of(letter_of(signed(report)))


def test_a_signed_report_from_the_demo_has_a_watermark_too() -> None:
    def tinted(*, is_demo: bool) -> int:
        document = ReportDocument(
            report=signed(drafted_report()), study=study_of(), is_demo=is_demo
        )
        page = page_image(render_pdf(document))
        return int(np.count_nonzero((page > 233) & (page < 239)))

    assert tinted(is_demo=True) > tinted(is_demo=False) + 10_000


def test_films_letterhead_and_demo_mark_are_shown() -> None:
    films = tuple(
        ReportFilm(image=image_ref(), pixels=pixel_image(rows=rows)) for rows in (200, 240, 280)
    )
    document = ReportDocument(
        report=drafted_report(),
        study=study_of(),
        draft=draft_of(),
        films=films,
        institution="St. Example Hospital",
        letterhead=("Lamp Street 12", "12345 Sampletown"),
        is_demo=True,
    )
    pdf = render_pdf(document)
    text = text_of(pdf)
    for part in ("St. Example Hospital", "Lamp Street 12 12345 Sampletown"):
        assert part in text
    with pikepdf.open(BytesIO(pdf)) as opened:
        assert text.count(DEMO_NOTICE) == len(opened.pages), "once a page"
    with pikepdf.open(BytesIO(pdf)) as opened:
        images = [image for page in opened.pages for image in page.get_images().values()]
    assert len(images) == 3


def test_evidence_stands_beside_its_sentence_and_every_picture_has_words() -> None:
    film = ReportFilm(image=image_ref(), pixels=pixel_image(), is_key=True)
    cell = Region(film=film.image.sop_uid, left=20, top=30, right=80, bottom=90, weight=0.5)
    rests, not_shown = (
        Evidence(sentence=n, grade=grade, drop=1.0, control_drop=0.0, regions=(cell,))
        for n, grade in enumerate(EvidenceGrade)
    )
    document = ReportDocument(
        report=drafted_report(),
        study=study_of(),
        draft=draft_of(),
        films=(film,),
        evidence=(
            ReportEvidence(text="The heart is <b>large</b>.", evidence=rests, film=film),
            ReportEvidence(text="Left effusion.", evidence=not_shown),
        ),
    )
    pdf = render_pdf(document)
    text = text_of(pdf)
    for part in (
        "Key image",
        "Frontal PA, 200 × 240 pixels",
        "The heart is <b>large</b>. Depends on the outlined image areas.",
    ):
        assert part in text
    support = text.split("Image support of accepted AI sentences")[1]
    assert "Left effusion." not in support, "what no area supports is not listed"
    with pikepdf.open(BytesIO(pdf)) as opened:
        figures = [
            value
            for value in opened.objects
            if isinstance(value, pikepdf.Dictionary) and value.get("/S") == "/Figure"
        ]
        with opened.open_metadata() as meta:
            assert meta.pdfa_status == "2B"
    assert len(figures) >= 2
    assert all(str(figure.get("/Alt", "")).strip() for figure in figures)
    assert evidence_drawing(film.pixels, [cell], EvidenceGrade.NOT_SHOWN).count("dasharray") == 1
    assert "dasharray" not in evidence_drawing(film.pixels, [cell], EvidenceGrade.RESTS_ON)


def test_r48_it_is_marked_as_tagged_pdf_a_2b() -> None:
    with pikepdf.open(BytesIO(letter_of(drafted_report()))) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in pdf.Root
        assert str(pdf.Root.Lang) == "en"
        assert pdf.Root.OutputIntents[0].S == "/GTS_PDFA1"
        with pdf.open_metadata() as meta:
            assert meta.pdfa_status == "2B"
            assert meta["dc:title"] == "Chest radiograph report"
        assert pdf.check_pdf_syntax() == []


def test_r47_nothing_in_it_can_act_and_every_font_is_embedded() -> None:
    report = report_of(*(sentence for _, sentence in SCRIPTS.values()), *TRICKS)
    report = report.with_sentence(Section.IMPRESSION, "See https://example.org/x.", NOW)
    with pikepdf.open(BytesIO(letter_of(report))) as pdf:
        fonts = 0
        for value in pdf.objects:
            if not isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
                continue
            keys = set(value.keys())
            assert not keys & {"/JS", "/JavaScript", "/EmbeddedFiles", "/AA", "/OpenAction", "/URI"}
            if value.get("/Type") == "/Action" or "/Launch" in keys:
                assert str(value.get("/S")) in PERMITTED_ACTIONS
            if value.get("/Type") == "/FontDescriptor":
                fonts += 1
                assert keys & {"/FontFile2", "/FontFile3"}
        assert fonts >= 10


def test_r50_the_same_report_gives_the_same_bytes() -> None:
    film = ReportFilm(image=image_ref(), pixels=pixel_image())
    document = ReportDocument(
        report=signed(drafted_report()), study=study_of(), draft=draft_of(), films=(film,)
    )
    assert render_pdf(document) == render_pdf(document)


def test_the_fonts_that_ship_are_few_and_licensed() -> None:
    folder = paths.resources() / "fonts"
    fonts = [path for path in folder.iterdir() if path.suffix in {".otf", ".ttf"}]
    licences = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.txt"))
    patterns = re.findall(r"\(([\w*-]+\.[ot]tf)\): Copyright", licences)
    assert [font.name for font in fonts if not any(map(font.match, patterns))] == []
    assert sum(font.stat().st_size for font in fonts) < 9_000_000
