"""The review areas of the chest, and which of them a report does not mention.

A model that finds a third of what is there omits more than it invents, and an omission is harder
to notice than an error. Only the words are read: an area counts as mentioned if a kept sentence
names it, whatever the sentence says about it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from engine.domain.areas import AreaState, ReviewArea
from engine.domain.report import Report, ReportSentence, Section, SentenceSource, SentenceState
from engine.language.phrases import Phrases, folded, found, phrases
from engine.paths import resources

_READ = (Section.FINDINGS, Section.IMPRESSION)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Area:
    name: str
    terms: Phrases
    normal: str


def review_areas(report: Report) -> tuple[ReviewArea, ...]:
    """The fourteen areas in reading order, each with its state in findings and impression."""
    kept = [sentence for section in _READ for sentence in report.kept(section)]
    texts = [(folded(sentence.text), _is_template(sentence)) for sentence in kept]
    return tuple(
        ReviewArea(name=area.name, state=_state(area, texts), normal=area.normal)
        for area in _areas()
    )


def areas_named(text: str) -> frozenset[str]:
    """Names of the areas that a sentence mentions."""
    words = folded(text)
    return frozenset(area.name for area in _areas() if any(found(area.terms, words)))


def area_terms() -> tuple[Phrases, ...]:
    """The words that speak of each area."""
    return tuple(area.terms for area in _areas())


def _state(area: _Area, texts: list[tuple[str, bool]]) -> AreaState:
    spoken = [is_template for text, is_template in texts if any(found(area.terms, text))]
    if not spoken:
        return AreaState.UNMENTIONED
    return AreaState.TEMPLATE if all(spoken) else AreaState.MENTIONED


def _is_template(sentence: ReportSentence) -> bool:
    is_author = sentence.state is SentenceState.AUTHOR
    return is_author and sentence.source is SentenceSource.TEMPLATE


@cache
def _areas() -> tuple[_Area, ...]:
    content = json.loads((resources() / "lexicon" / "areas.json").read_text(encoding="utf-8"))
    return tuple(
        _Area(name=entry["name"], terms=phrases(entry["terms"]), normal=entry["normal"])
        for entry in content["areas"]
    )
