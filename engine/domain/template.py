"""Templates and macros: prepared sentences, and which studies each is meant for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.domain.report import Section

LEAST_LETTERS = 2
"""Macros are offered once this many letters are typed."""
_KEY = re.compile(r"(?=.*(?:Ctrl|Alt|Meta)\+).+|(?:Shift\+)?F\d{1,2}")
_SHORTCUT = re.compile(r"[^\s\[\]]{2,20}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateUse:
    """Which studies a template is meant for; an open condition fits every study.

    Attributes:
        projection: "PA", "AP" or empty.
        lateral: Whether there is a lateral film; None for either.
        sex: "M", "F" or empty.
        least_age: In whole years.
        greatest_age: In whole years.
        body_parts: As in (0018,0015), e.g. "CHEST".
    """

    projection: str = ""
    lateral: bool | None = None
    sex: str = ""
    least_age: int = 0
    greatest_age: int = 200
    body_parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A report's sentences, prepared.

    Attributes:
        id: Stable identifier.
        title: Name in the list of templates.
        use: Which studies it is meant for.
        sections: Sentences by section, with fields (`engine.domain.fields`).
        normal: This template's own sentence for a normal review area, by the area's name or the
            names of several separated by ", "; other areas use the general one.
        is_own: Whether a reader imported it from a file.
    """

    id: str
    title: str
    use: TemplateUse
    sections: Mapping[Section, tuple[str, ...]] = field(default_factory=dict)
    normal: Mapping[str, str] = field(default_factory=dict)
    is_own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Macro:
    """A text that a few letters stand for.

    Attributes:
        shortcut: The letters, e.g. ".eff"; two to twenty without a blank.
        text: The text; each line is a sentence, with fields.
        key: A key that inserts it at once, in Qt's portable form, e.g. "Ctrl+Alt+E"; empty if none.
    """

    shortcut: str
    text: str
    key: str = ""

    @property
    def sentences(self) -> tuple[str, ...]:
        """Its lines, one sentence each."""
        return tuple(line.strip() for line in self.text.splitlines() if line.strip())


def is_shortcut(letters: str) -> bool:
    """Whether these letters can be a macro's shortcut."""
    return _SHORTCUT.fullmatch(letters) is not None


def is_macro_key(key: str) -> bool:
    """Whether a key can insert a macro: one that types nothing by itself."""
    return _KEY.fullmatch(key) is not None


def macro_for(typed: str, macros: tuple[Macro, ...]) -> Macro | None:
    """The macro that the typed letters name, or the only one whose shortcut begins with them."""
    if len(typed) < LEAST_LETTERS:
        return None
    wanted = typed.casefold()
    begun = [macro for macro in macros if macro.shortcut.casefold().startswith(wanted)]
    exact = [macro for macro in begun if macro.shortcut.casefold() == wanted]
    found = exact or begun
    return found[0] if len(found) == 1 else None
