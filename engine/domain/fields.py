"""Fields of a report's text: blanks in square brackets that wait to be filled in.

They are written as reporting systems write them: `[size]` is typed over, `[left|right|bilateral]`
is a pick list, `[none=date]` has a default before its prompt. Fields are plain text, so they
survive autosave, copying and a crash like any other word, and a guard finds one that is left before
the report is signed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 2_000
"""Maximum characters between the brackets; anything longer is ordinary text in brackets."""
_FIELD = re.compile(rf"\[([^\[\]\n]{{1,{LONGEST}}})\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a text.

    Attributes:
        start: Index of its opening bracket in the text.
        end: One past its closing bracket.
        name: What it asks for, as a reader sees it.
        choices: Words of a pick list; empty for a field that is typed over.
        default: What fills the field when the reader takes the defaults; empty if it has none.
    """

    start: int
    end: int
    name: str
    choices: tuple[str, ...] = ()
    default: str = ""


def fields_in(text: str) -> tuple[Field, ...]:
    """The fields of a text, in order."""
    return tuple(_field(match) for match in _FIELD.finditer(text))


def with_filled(text: str, field: Field, words: str) -> str:
    """The text with `words` in place of one of its fields."""
    return text[: field.start] + words + text[field.end :]


def with_defaults(text: str) -> str:
    """The text with every field that has a default filled in; the others stay."""
    for field in reversed(fields_in(text)):
        if field.default:
            text = with_filled(text, field, field.default)
    return text


def _field(match: re.Match[str]) -> Field:
    inside = match[1].strip()
    default, equals, rest = inside.partition("=")
    asked = rest if equals else inside
    choices = tuple(word.strip() for word in asked.split("|") if word.strip())
    default = default.strip() if equals else ""
    if default and len(choices) > 1 and default not in choices:
        choices = (default, *choices)
    return Field(
        start=match.start(),
        end=match.end(),
        name=" or ".join(choices),
        choices=choices if len(choices) > 1 else (),
        default=default,
    )
