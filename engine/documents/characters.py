"""Characters as documents print them: unseen ones, and ones that no font has, by number."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from engine import paths

# Format characters that scripts need or that are harmless. The others, above all those that
# reverse the reading direction, could make a name read as another one (Unicode TR 36, 2.4).
_HARMLESS_FORMATS = frozenset("\u00ad\u061c\u200b\u200c\u200d\u200e\u200f\u2060\u06dd\u070f")
# Control, surrogate, private use, unassigned: nothing that a reader could see.
_UNSEEN = ("Cc", "Cs", "Co", "Cn")
_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
# The letter's template uses only these ranges of the font (resources/templates/report.typ,
# `hangul`).
_HANGUL_FONT = "NanumSquareR.ttf"
_HANGUL = (range(0x1100, 0x1200), range(0x3130, 0x318F), range(0xAC00, 0xD7A4))


def printable(text: str) -> str:
    """The text in NFC on one line, with every invisible character made visible."""
    return visible(unicodedata.normalize("NFC", " ".join(text.split())))


def printable_lines(text: str) -> str:
    """The same, keeping the line breaks of the text."""
    return "\n".join(printable(line) for line in text.splitlines())


def visible(text: str) -> str:
    """The text with each invisible character replaced by its number; line breaks stay."""
    return "".join(code_point(c) if c != "\n" and _is_hidden(c) else c for c in text)


def code_point(character: str) -> str:
    """A character's number in brackets, e.g. "[U+202E]"."""
    return f"[U+{ord(character):04X}]"


def with_known_glyphs(value: Any) -> Any:
    """JSON data with every character that the letter's fonts lack replaced by its number.

    PDF/A forbids a missing glyph. The layout takes a whole cluster (a letter and its marks) from
    one font, so a mark that the letter's font lacks is missing even if another font has it.
    """
    return _in_texts(value, _spelled)


def in_ascii(value: Any) -> Any:
    """JSON data with every non-ASCII character replaced by its number."""
    return _in_texts(value, lambda text: "".join(c if c.isascii() else code_point(c) for c in text))


def _in_texts(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _in_texts(one, change) for key, one in value.items()}
    return [_in_texts(one, change) for one in value] if isinstance(value, list | tuple) else value


def _is_hidden(character: str) -> bool:
    category = unicodedata.category(character)
    return category in _UNSEEN or (category == "Cf" and character not in _HARMLESS_FORMATS)


def _spelled(text: str) -> str:
    if text.isascii():
        return text
    return "".join(map(_shown, _clusters(text)))


def _clusters(text: str) -> Iterator[str]:
    """Letters with the marks, tones and joined letters that are drawn with them (UAX 29)."""
    cluster = ""
    for character in text:
        is_mark = unicodedata.category(character) in ("Mn", "Mc", "Me")
        is_joined = cluster.endswith(_JOINER) or character in (_JOINER, "\u200c")
        if cluster and not (is_mark or is_joined or ord(character) in _SKIN_TONES):
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


def _shown(cluster: str) -> str:
    needed = [c for c in cluster if unicodedata.category(c) != "Cf"]
    if any(all(_has(font, c) for c in needed) for font in _fonts()):
        return cluster
    base, marks = cluster[0], cluster[1:]
    keeper = next((font for font in _fonts() if _has(font, base)), None)
    if keeper is None:
        return "".join(c if c.isascii() else code_point(c) for c in cluster)
    return base + "".join(c if c.isascii() or _has(keeper, c) else code_point(c) for c in marks)


def _has(font: str, character: str) -> bool:
    """Whether the font can draw the character, as one glyph or from its decomposed parts."""
    covered = _coverage(font)
    parts: Iterable[str] = unicodedata.normalize("NFD", character)
    return ord(character) in covered or all(ord(part) in covered for part in parts)


@cache
def _fonts() -> tuple[str, ...]:
    """Fonts of the letter, the one for Latin text first."""
    folder = paths.resources() / "fonts"
    names = sorted(path.name for path in folder.iterdir() if path.suffix in (".ttf", ".otf"))
    others = [name for name in names if not name.startswith(("Inter", "JetBrains"))]
    return ("Inter-Regular.otf", *others)


@cache
def _coverage(name: str) -> frozenset[int]:
    from fontTools.ttLib import TTFont  # noqa: PLC0415  slow to import, and for documents only

    with TTFont(Path(paths.resources(), "fonts", name), lazy=True) as font:
        covered = frozenset(font.getBestCmap() or ())
    if name != _HANGUL_FONT:
        return covered
    return frozenset(code for code in covered if any(code in block for block in _HANGUL))
