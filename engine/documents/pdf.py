"""A report as PDF: laid out by typst as tagged PDF/A-2b (ISO 19005-2, ISO 14289-1).

Patient data cannot influence the layout: they are passed as JSON and printed literally, the
compiler reads no file but the shipped template and fonts, and nothing touches the disk. The same
document gives the same bytes, since its dates are the report's.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from functools import cache
from typing import Any

import typst

from engine import paths
from engine.documents.characters import in_ascii, with_known_glyphs
from engine.documents.film_picture import evidence_drawing, film_drawing
from engine.documents.letter import (
    ReportDocument,
    ReportFilm,
    evidence_name,
    letter_content,
    letterhead_content,
)
from engine.domain.evidence import Evidence
from engine.errors import ExportError

_PREVIEW_DOTS = 110
"""Dots per inch: a page is then about 900 pixels wide."""
_LOG = logging.getLogger(__name__)


def render_pdf(document: ReportDocument) -> bytes:
    """Lay the report out on A4 pages; raises `ExportError`.

    Characters that no font has, such as emoji, are printed by their number.
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
    if document.logo:
        films["logo"] = document.logo
    moment = int(document.report.updated.timestamp())
    return _laid_out(content, films, timestamp=moment)


def render_letterhead(institution: str, lines: Sequence[str], logo: str) -> bytes:
    """The head of a letter as a PNG picture, as on the page; raises `ExportError`."""
    content = with_known_glyphs(letterhead_content(institution, lines, logo))
    try:
        # Laid out as PDF first, as the report is: a PNG would silently omit a broken logo.
        typeset("letterhead.typ", content, {"logo": logo}, {"pdf_standards": ["a-2b"]})
        how = {"format": "png", "ppi": _PREVIEW_DOTS}
        return typeset("letterhead.typ", content, {"logo": logo}, how)
    except typst.TypstError as error:
        raise ExportError(
            "The letterhead could not be laid out.", what_to_do="Choose another logo."
        ) from error


def _cells(film: ReportFilm, evidence: Evidence) -> str:
    regions = [region for region in evidence.regions if region.film == film.image.sop_uid]
    return evidence_drawing(film.pixels, regions, evidence.grade)


def _laid_out(content: dict[str, Any], films: dict[str, str], *, timestamp: int) -> bytes:
    """The letter with characters of its fonts; retried without logo, then without accents.

    The report matters more than either.
    """
    whole = with_known_glyphs(content)
    plain = {**in_ascii(content), "has-logo": False}
    cause: Exception | None = None
    for attempt in (whole, {**whole, "has-logo": False}, plain):
        try:
            return _compile(attempt, films, timestamp=timestamp)
        except typst.TypstError as error:
            # Only the type is logged: the compiler's message would quote the patient's data.
            _LOG.warning("the layout refused the letter: %s", type(error).__name__)
            cause = error
    raise ExportError("The report could not be laid out.") from cause


def _compile(content: dict[str, Any], drawings: dict[str, str], *, timestamp: int) -> bytes:
    how = {"format": "pdf", "pdf_standards": ["a-2b"], "timestamp": timestamp}
    return typeset("report.typ", content, drawings, how)


def typeset(
    template: str, content: dict[str, Any], drawings: dict[str, str], how: dict[str, Any]
) -> bytes:
    """Lay a template out; the compiler has access to the given files only.

    Args:
        template: Name of the template.
        content: JSON values, its input `letter`.
        drawings: Further inputs.
        how: Format and its options.

    Raises:
        TypstError: The layout failed; its message may quote the content.
    """
    templates = paths.resources() / "templates"
    made: bytes = typst.compile(
        templates / template,
        root=templates,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"letter": json.dumps(content, ensure_ascii=False), **drawings},
        package_path=templates,
        package_cache_path=templates,
        **how,
    )
    return made


@cache
def _fonts() -> typst.Fonts:
    folder = paths.resources() / "fonts"
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)]
    )
