"""The sentence reader for texts from other programs: one text in, one plain object out.

The names of keys and values must not change: programs that use or judge the output rely on them.
docs/findings.md describes the format.
"""

from __future__ import annotations

from typing import Any

from engine.domain.finding import Certainty, Finding, Side
from engine.language.findings import findings_in
from engine.language.priors import leans_on_prior


def reading_of(text: str) -> dict[str, Any]:
    """The findings of a text, as `negatoscope read` prints them."""
    return {
        "text": text,
        "findings": [_plain(finding) for finding in findings_in(text)],
        "leans_on_prior": leans_on_prior(text),
    }


def _plain(finding: Finding) -> dict[str, str]:
    is_doubted = finding.is_asserted and finding.certainty is Certainty.UNCERTAIN
    return {
        "category": finding.category,
        "polarity": "uncertain" if is_doubted else finding.polarity.value,
        "side": "both" if finding.side is Side.BILATERAL else finding.side.value,
        "site": finding.site,
        "course": finding.trend.value,
    }
