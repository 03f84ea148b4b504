"""The bundled fonts: an open sans with tabular digits, and its mono for identifiers.

Fonts are read from `resources/fonts`. If that folder is empty, system fonts stand in, so that the
window opens on any machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from PySide6.QtGui import QFont, QFontDatabase

from viewer.theme.size import px
from viewer.theme.tokens import FONT_SIZES

_SUFFIXES = (".ttf", ".otf")
_SCRIPT_FACES = ("Noto Sans ", "Droid Sans Fallback", "NanumSquare")


@dataclass(frozen=True, slots=True, kw_only=True)
class FontFamilies:
    """Font families registered with Qt.

    Attributes:
        sans: The interface.
        mono: Identifiers.
        scripts: Fallbacks for patients' names in scripts that `sans` lacks.
    """

    sans: str
    mono: str
    scripts: tuple[str, ...] = ()


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
    sans = min((name for name in families if _is_text_face(name)), key=len, default=general)
    mono = min((name for name in families if _is_mono(name)), key=len, default=fixed)
    scripts = tuple(name for name in families if name not in {sans, mono})
    return FontFamilies(sans=sans, mono=mono, scripts=scripts)


def sans_font(size_px: int = FONT_SIZES["base"], weight: int = QFont.Weight.Normal) -> QFont:
    """The interface font at a size in px of the design, with digits of equal width."""
    return _font(load_fonts().sans, size_px, weight)


def mono_font(size_px: int = FONT_SIZES["base"], weight: int = QFont.Weight.Normal) -> QFont:
    """The font for identifiers and accession numbers, at a size in px of the design."""
    return _font(load_fonts().mono, size_px, weight)


def _font(family: str, size_px: int, weight: int) -> QFont:
    font = QFont([family, *load_fonts().scripts])
    font.setPixelSize(px(size_px))
    font.setWeight(QFont.Weight(weight))
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def _is_mono(family: str) -> bool:
    return "mono" in family.lower()


def _is_text_face(family: str) -> bool:
    """Whether a family is the interface font and not the fallback of one script."""
    return not _is_mono(family) and not family.startswith(_SCRIPT_FACES)
