"""The part of a signed report that says what the films show.

A question ("rule out pneumonia") or a history must not be read as a finding, so where a report has
headings only its findings and its impression are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_SHOWN = r"findings?|impressions?|conclusions?|opinion|interpretation|result|summary|report"
_OTHER = (
    r"indications?|clinical[ \w]*|history|reason[ \w]*|technique|procedure|protocol|examination|"
    r"exam|study|comparisons?|priors?|recommendations?|addendum|signed[ \w]*|dictated[ \w]*"
)
_HEADING = re.compile(
    rf"^[ \t]*(?:(?P<shown>{_SHOWN})|(?P<other>{_OTHER}))[ \t]*(?::|$)[ \t]*",
    re.IGNORECASE | re.MULTILINE,
)


def shown_part(report: str) -> str:
    """Findings and impression of a report; all of it if it has neither heading.

    A heading stands at the beginning of a line and ends with a colon or with the line.
    """
    headings = list(_HEADING.finditer(report))
    if not any(found["shown"] for found in headings):
        return _without_others(report, headings)
    ends = [*(found.start() for found in headings[1:]), len(report)]
    parts = [
        report[found.end() : end]
        for found, end in zip(headings, ends, strict=True)
        if found["shown"]
    ]
    return "\n".join(part.strip() for part in parts).strip()


def shown_lines(lines: Iterable[tuple[str, int]]) -> str:
    """The same of a structured report, as lines with the depth of a heading, 0 for a sentence."""
    return shown_part("\n".join(f"{text.rstrip(':')}:" if level else text for text, level in lines))


def _without_others(report: str, headings: list[re.Match[str]]) -> str:
    """The text before the first heading, for a report that only heads its history."""
    return (report[: headings[0].start()] if headings else report).strip()
