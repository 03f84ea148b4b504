"""A report as PDF: typst lays it out, built to PDF/A-2b and tagged (ISO 19005-2, ISO 14289-1).

Nothing of a patient can act on the layout: the data travels as JSON and is printed literally, the
compiler reads no file but the template and the fonts that ship, and nothing touches the disk. The
same document gives the same bytes: its dates are the report's.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import typst

from engine import paths
from engine.domain.evidence import Evidence
from engine.errors import ExportError
from engine.report.evidence_picture import evidence_drawing
from engine.report.film_picture import film_drawing
from engine.report.letter import (
    ReportDocument,
    ReportFilm,
    code_point,
    evidence_name,
    letter_content,
)

_NO_GLYPH = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
_ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}")
_JOINING_MARKS = "[\u0300-\u036f\u200c\u200d\u20d0-\u20ff\ufe00-\ufe0f]*"
_MOST_SUBSTITUTIONS = 256


def render_pdf(document: ReportDocument) -> bytes:
    """Lay the report out on A4 pages; raises `ExportError`.

    Characters that none of the fonts has, such as emoji, are printed by their number.
    """
    films = {
        f"film-{number}": film_drawing(film.pixels)
        for number, film in enumerate(document.films, start=1)
    }
    content = letter_content(document, tuple(films))
    films |= {
        evidence_name(number): _cells(one.film, one.evidence)
        for number, one in enumerate(document.evidence, start=1)
        if one.film is not None
    }
    moment = int(document.report.updated.timestamp())
    return _compile_with_known_glyphs(content, films, timestamp=moment)


def _cells(film: ReportFilm, evidence: Evidence) -> str:
    regions = [region for region in evidence.regions if region.film == film.image.sop_uid]
    return evidence_drawing(film.pixels, regions, evidence.grade)


def _compile_with_known_glyphs(
    content: dict[str, Any], films: dict[str, str], *, timestamp: int
) -> bytes:
    """PDF/A forbids missing glyphs, so the compiler names each; those are printed by number."""
    letter = json.dumps(content, ensure_ascii=False)
    for _ in range(_MOST_SUBSTITUTIONS):
        try:
            return _compile({"letter": letter, **films}, timestamp=timestamp)
        except typst.TypstError as error:
            spelled = _spelled_out(letter, _without_glyph(error.message))
            if spelled == letter:
                raise ExportError("The report could not be laid out.") from error
            letter = spelled
    raise ExportError("The report has too many characters that cannot be printed.")


def _without_glyph(message: str) -> str:
    """The characters that a compiler's message says have no glyph; empty if it says no such."""
    found = _NO_GLYPH.search(message)
    return _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), found[1]) if found else ""


def _spelled_out(letter: str, missing: str) -> str:
    """Print a cluster by its numbers wherever it stands, with the marks that join it to others.

    A font may lack no more than the mark: ASCII stays as it is, and so does the JSON around it.
    """
    if not missing:
        return letter
    cluster = re.compile(re.escape(missing) + _JOINING_MARKS)
    return cluster.sub(
        lambda found: "".join(c if c.isascii() else code_point(c) for c in found[0]), letter
    )


def _compile(inputs: dict[str, str], *, timestamp: int) -> bytes:
    templates = paths.resources() / "templates"
    return typst.compile(
        templates / "report.typ",
        root=templates,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs=inputs,
        pdf_standards=["a-2b"],
        timestamp=timestamp,
        package_path=templates,
        package_cache_path=templates,
    )


@cache
def _fonts() -> typst.Fonts:
    folder = paths.resources() / "fonts"
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)]
    )
