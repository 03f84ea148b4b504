"""Sizes and distances in a sentence, present or earlier.

A comma may be the decimal separator ("5,2 cm"); "8-9 mm" is a range, "4.2 x 3.8 cm" one object.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NUMBER = r"\d{1,4}(?:[.,]\d+)?"
_SIZE = re.compile(
    rf"(?<![\w.,])({_NUMBER}(?:\s*(?:x|×|by|-|\u2013|to|and)\s*{_NUMBER})*)"
    r"\s*-?(mm|millimet(?:er|re)s?|cms?|centimet(?:er|re)s?)(?!\w)",
    re.IGNORECASE,
)
_EARLIER_BEFORE = re.compile(
    r"\b(?:previously|formerly|earlier|before|prior|previous|was|were|had been|compared (?:to|with)"
    r"|from|against|vs\.?|versus|initially|last)\b[^\d,;]{0,24}$",
    re.IGNORECASE,
)
_NOW_BEFORE = re.compile(r"\b(?:now|today|currently|to|is|measures|measuring)\b[^\d]{0,16}$", re.I)
_EARLIER_BEHIND = re.compile(
    r"^\s*(?:previously|before|earlier|formerly|on the (?:previous|prior|earlier|last)|yesterday"
    r"|(?:in|on) (?:\d{1,2} )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|(?:19|20)\d\d)"
    r"|last (?:week|month|year)|\w+ (?:days|weeks|months|years) ago"
    # "Measured 6 mm and now measures 9 mm."
    r"|and now\b)",
    re.I,
)
_FROM_TO = re.compile(
    rf"(?:\bfrom\s+(?P<old>{_NUMBER})\s*(?:mm|cm)?\s+to|(?P<before>{_NUMBER})\s*(?:mm|cm)?\s*(?:->|=>|\u2192))"
    rf"\s+(?P<new>{_NUMBER})\s*-?(?P<unit>mm|cm)(?!\w)",
    re.IGNORECASE,
)
# "Nodules from 4 to 9 mm" differ among themselves.
_RANGE = re.compile(
    r"\b(?:nodules|masses|lesions|opacities|metastases|rang\w+|var(?:y|ying|ies))\b(?!.*\bha(?:s|ve)\b)[^,;]*$",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(r"(?P<unit>mm|cm)\s*\($", re.IGNORECASE)
_DISTANCE = re.compile(
    r"^\W{0,2}(?:above|below|beyond|proximal|distal|from|cranial|caudal|past|short of|away|superior"
    r"|inferior|off|deep|lateral|medial|further|back)\b",
    re.IGNORECASE,
)
_MOVED = re.compile(r"\b(?:by|back|another|further|advance\w*|withdraw\w*)\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """One size in a sentence.

    Attributes:
        text: Numbers and unit, e.g. "4.2 x 3.8 cm".
        values: In millimetres.
        decimals: Of each value in millimetres; negative for a value in whole centimetres.
        is_earlier: Whether the sentence gives it for an earlier film.
        is_distance: Whether it is a distance between two things, or a displacement, not a size.
    """

    text: str
    values: tuple[float, ...]
    decimals: tuple[int, ...]
    start: int
    end: int
    is_earlier: bool
    is_distance: bool


def sizes_in(text: str) -> tuple[Size, ...]:
    """Every size in millimetres or centimetres, in text order."""
    return tuple(_sizes(text))


def _sizes(text: str) -> Iterator[Size]:
    changed = [m for m in _FROM_TO.finditer(text) if not _RANGE.search(text, 0, m.start())]
    changes = [match.span() for match in changed]
    for match in changed:
        for key, is_earlier in (("old" if match["old"] else "before", True), ("new", False)):
            yield _changed(match, key, is_earlier=is_earlier)
    for match in _SIZE.finditer(text):
        if any(start <= match.start() < end for start, end in changes):
            continue
        is_cm = match[2].lower().startswith("c")
        numbers = [number.replace(",", ".") for number in re.findall(_NUMBER, match[1])]
        before, behind = text[max(match.start() - 48, 0) : match.start()], text[match.end() :]
        is_earlier = _EARLIER_BEHIND.match(behind) is not None or (
            _EARLIER_BEFORE.search(before) is not None and _NOW_BEFORE.search(before[-12:]) is None
        )
        # "5.2 cm (4.1 cm)": two sizes in one unit are of two films.
        within = _IN_BRACKETS.search(before)
        is_earlier |= within is not None and within["unit"][0].lower() == match[2][0].lower()
        yield Size(
            text=f"{match[1]} {'cm' if is_cm else 'mm'}",
            values=tuple(float(number) * (10 if is_cm else 1) for number in numbers),
            decimals=tuple(len(n.partition(".")[2]) - int(is_cm) for n in numbers),
            start=match.start(),
            end=match.end(),
            is_earlier=is_earlier,
            is_distance=_DISTANCE.match(behind) is not None or _MOVED.search(before) is not None,
        )


def _changed(match: re.Match[str], key: str, *, is_earlier: bool) -> Size:
    """One of the two sizes of "from 6 to 9 mm"."""
    is_cm, number = match["unit"].lower() == "cm", match[key].replace(",", ".")
    return Size(
        text=f"{match[key]} {'cm' if is_cm else 'mm'}",
        values=(float(number) * (10 if is_cm else 1),),
        decimals=(len(number.partition(".")[2]) - int(is_cm),),
        start=match.start(key),
        end=match.end() if key == "new" else match.end(key),
        is_earlier=is_earlier,
        is_distance=False,
    )
