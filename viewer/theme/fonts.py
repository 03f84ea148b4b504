"""The bundled type faces: an open sans with tabular digits, and its mono for identifiers.

Fonts are read from `resources/fonts`. Where that folder is empty the system's own faces stand in,
so that the window opens on any machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from PySide6.QtGui import QFont, QFontDatabase

from viewer.theme.tokens import FONT_SIZES

_SUFFIXES = (".ttf", ".otf")


@dataclass(frozen=True, slots=True, kw_only=True)
class FontFamilies:
    """Family names that Qt knows."""

    sans: str
    mono: str


@cache
def load_fonts() -> FontFamilies:
    """Register the bundled fonts once; needs a running QApplication."""
    families: list[str] = []
    for entry in sorted(files("resources").joinpath("fonts").iterdir(), key=lambda e: e.name):
        if entry.name.lower().endswith(_SUFFIXES):
            font_id = QFontDatabase.addApplicationFontFromData(entry.read_bytes())
            if font_id >= 0:
                families += QFontDatabase.applicationFontFamilies(font_id)
    general = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()
    fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
    return FontFamilies(sans=_first_sans(families, general), mono=_first_mono(families, fixed))


def sans_font(size_px: int = FONT_SIZES["base"], weight: int = QFont.Weight.Normal) -> QFont:
    """The interface font at a size in px, with digits of equal width."""
    return _font(load_fonts().sans, size_px, weight)


def mono_font(size_px: int = FONT_SIZES["base"], weight: int = QFont.Weight.Normal) -> QFont:
    """The font of identifiers and accession numbers at a size in px."""
    return _font(load_fonts().mono, size_px, weight)


def _font(family: str, size_px: int, weight: int) -> QFont:
    font = QFont(family)
    font.setPixelSize(size_px)
    font.setWeight(QFont.Weight(weight))
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def _first_sans(families: list[str], fallback: str) -> str:
    plain = [name for name in families if not _is_mono(name) and not _is_script(name)]
    return min(plain, key=len, default=fallback)


def _first_mono(families: list[str], fallback: str) -> str:
    return min((name for name in families if _is_mono(name)), key=len, default=fallback)


def _is_mono(family: str) -> bool:
    return "mono" in family.lower()


def _is_script(family: str) -> bool:
    """Whether a family only covers a further script (the Noto fallbacks of the PDF)."""
    return family.startswith("Noto ") and family != "Noto Sans"
