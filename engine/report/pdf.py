"""A report as PDF: typst lays it out, built to PDF/A-2b and tagged (ISO 19005-2, ISO 14289-1).

Nothing of a patient can act on the layout: the data travels as JSON and is printed literally, the
compiler reads nothing outside a private folder of the template and the pictures, and the only
fonts are those that ship. The same document gives the same bytes: its dates are the report's.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst

from engine import paths
from engine.errors import ExportError
from engine.report.film_picture import film_picture
from engine.report.letter import ReportDocument, code_point, letter_content

_NO_GLYPH = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
_MOST_SUBSTITUTIONS = 64
_TEMPLATE = "report.typ"


def render_pdf(document: ReportDocument) -> bytes:
    """Lay the report out on A4 pages; raises `ExportError`.

    Characters that none of the fonts has, such as emoji, are printed by their number.
    """
    names = [f"film-{number}.jpg" for number in range(1, len(document.films) + 1)]
    content = letter_content(document, names)
    try:
        with TemporaryDirectory(prefix="negatoscope-") as folder:
            template = paths.resources() / "templates" / _TEMPLATE
            Path(folder, _TEMPLATE).write_bytes(template.read_bytes())
            for name, film in zip(names, document.films, strict=True):
                Path(folder, name).write_bytes(film_picture(film.pixels))
            return _compile_with_known_glyphs(
                content, root=Path(folder), timestamp=int(document.report.updated.timestamp())
            )
    except OSError as error:
        raise ExportError("The report could not be laid out: no room for its pictures.") from error


def _compile_with_known_glyphs(content: dict[str, Any], *, root: Path, timestamp: int) -> bytes:
    """PDF/A forbids missing glyphs, so the compiler names each; those are printed by number."""
    letter = json.dumps(content, ensure_ascii=False)
    for _ in range(_MOST_SUBSTITUTIONS):
        try:
            return _compile(letter, root=root, timestamp=timestamp)
        except typst.TypstError as error:
            missing = _NO_GLYPH.search(error.message)
            if missing is None:
                raise ExportError("The report could not be laid out.") from error
            numbers = "".join(code_point(character) for character in missing[1])
            if missing[1] not in letter:
                raise ExportError("The report has characters that cannot be printed.") from error
            letter = letter.replace(missing[1], numbers)
    raise ExportError("The report has too many characters that cannot be printed.")


def _compile(letter: str, *, root: Path, timestamp: int) -> bytes:
    return typst.compile(
        root / _TEMPLATE,
        root=root,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"letter": letter},
        pdf_standards=["a-2b"],
        timestamp=timestamp,
        package_path=root,
        package_cache_path=root,
    )


@cache
def _fonts() -> typst.Fonts:
    folder = paths.resources() / "fonts"
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)]
    )
