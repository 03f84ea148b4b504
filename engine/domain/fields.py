"""Fields of a report's text: places in square brackets that wait to be filled.

Written as reporting systems write them: `[size]` is to be typed over, `[left|right|bilateral]` is a
pick list, `[none=date]` has a default before what it asks for. They are plain text, so that they
survive autosave, copying and a crash like every other word, and a report with one left cannot be
signed by accident.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 200
"""Characters between the brackets; longer ones are no field but somebody's brackets."""
_FIELD = re.compile(rf"\[([^\[\]\n]{{1,{LONGEST}}})\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field.

    Attributes:
        start: First character of it, the bracket, in its text.
        end: One past its closing bracket.
        name: What it asks for, as a reader sees it.
        choices: Words of a pick list; empty for a field that is typed over.
        default: What stands there when the reader takes the defaults; empty if nothing is safe.
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
    """The text with words in place of one of its fields."""
    return text[: field.start] + words + text[field.end :]


def with_defaults(text: str) -> str:
    """The text with the default in every field that has one; the others stay."""
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
