"""Completes a report: areas that nobody has mentioned are called normal, unless near a finding.

An area counts as touched if a sentence names it, if a finding lies in it, or if a finding lies in
one of its neighbours: a costophrenic angle is not called sharp next to an effusion. Words that are
not understood may state any finding, so they touch the lungs and what they name. Each sentence is
tried against the report before it is added and left out if a guard would find a contradiction, so
the normal report cannot contradict the reader, whatever the reader adds to the lexicon.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from engine.domain.areas import AreaState
from engine.domain.fields import fields_in, with_defaults
from engine.domain.report import Report, Section, SentenceSource, SentenceState
from engine.domain.template import Template
from engine.language.areas import areas_named, review_areas
from engine.language.consistency import consistency_alerts
from engine.language.findings import asserts_finding, findings_in, sentences_of
from engine.language.phrases import Phrases, folded, found, phrases
from engine.language.reading import READ, statements_of
from engine.language.unread import says_more
from engine.paths import resources

NEVER_BY_ITSELF = "Lines and tubes"
"""The area that the normal report leaves to the reader: an unseen line may still be there."""

_ALWAYS = "Lungs"
"""The area in which any unknown finding may lie, whatever else it names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Normal:
    """A sentence that calls some areas normal."""

    areas: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Normals:
    """The shipped normal sentences by group, in reading order, and the facts of each area.

    Attributes:
        signs: Words beside any finding that involve an area too: "tension" the mediastinum.
        anatomy: More words that place an unknown finding in an area: "atrial", "flail".
        unplaced: Areas in which an unknown finding may lie that names none.
    """

    groups: tuple[_Normal, ...]
    nouns: Mapping[str, str]
    neighbours: Mapping[str, frozenset[str]]
    areas_of_finding: Mapping[str, frozenset[str]]
    signs: Mapping[str, Phrases]
    anatomy: Mapping[str, Phrases]
    unplaced: frozenset[str]


def with_normal(
    report: Report, template: Template | None, now: datetime, *, comparison: str = ""
) -> Report:
    """The report with its untouched areas called normal, one sentence for each group of areas.

    Also fills in technique and comparison if they are empty, and the impression if it is empty and
    no sentence asserts a finding or says what is not understood. A sentence with a field that has
    no default is left out, because the field would have to be filled in first.
    """
    refused = _refused_denials(report)
    wanted: list[tuple[Section, str]] = []
    if template is not None and not report.kept(Section.TECHNIQUE):
        wanted += [
            (Section.TECHNIQUE, text) for text in template.sections.get(Section.TECHNIQUE, ())
        ]
    if comparison and not report.kept(Section.COMPARISON):
        wanted.append((Section.COMPARISON, comparison))
    alone = {area.name: area.normal for area in review_areas(report)}
    wanted += [
        (Section.FINDINGS, text)
        for text in _normal_sentences(free_areas(report), alone, template)
        if not refused & _denied(text)
    ]
    if template is not None and not refused and _may_be_normal(report):
        wanted += [
            (Section.IMPRESSION, text) for text in template.sections.get(Section.IMPRESSION, ())
        ]
    for section, text in wanted:
        filled = with_defaults(text)
        if not fields_in(filled):
            tried = report.with_sentence(section, filled, now, source=SentenceSource.TEMPLATE)
            if _contradictions(tried) <= _contradictions(report):
                report = tried
    return report


def free_areas(report: Report) -> frozenset[str]:
    """Areas that no kept sentence mentions and that no finding lies in or next to."""
    unmentioned = {
        area.name for area in review_areas(report) if area.state is AreaState.UNMENTIONED
    }
    return frozenset(unmentioned - _touched(report) - {NEVER_BY_ITSELF})


def _touched(report: Report) -> set[str]:
    normals = _normals()
    lying = {
        area
        for section in READ
        for sentence in report.kept(section)
        for part in sentences_of(sentence.text)
        for area in (*_areas_of_findings(part), *_areas_of_unknown(part))
    }
    return lying.union(*(normals.neighbours[area] for area in lying))


def _areas_of_findings(text: str) -> Iterable[str]:
    """Areas of the asserted findings of a sentence, by their kind and by the areas it names."""
    asserted = [finding for finding in findings_in(text) if finding.is_asserted]
    if not asserted:
        return ()
    normals = _normals()
    by_kind = (normals.areas_of_finding.get(one.category, frozenset()) for one in asserted)
    return areas_named(text).union(_areas_with(normals.signs, text), *by_kind)


def _areas_of_unknown(text: str) -> Iterable[str]:
    """Areas in which a finding may lie that the sentence states and the lexicon does not know."""
    if not says_more(text):
        return ()
    normals = _normals()
    named = areas_named(text) | _areas_with(normals.anatomy, text)
    return named | {_ALWAYS} if named else normals.unplaced


def _areas_with(listed: Mapping[str, Phrases], text: str) -> set[str]:
    words = folded(text)
    return {area for area, each in listed.items() if any(found(each, words))}


def _normal_sentences(
    free: frozenset[str], alone: Mapping[str, str], template: Template | None
) -> Iterable[str]:
    """Sentences that call exactly these areas normal, in reading order, the template's own first.

    Args:
        free: Names of the areas.
        alone: The normal sentence of each single area.
        template: Its own sentences, each for one area or several.
    """
    own = [
        _Normal(areas=tuple(names.split(", ")), text=text)
        for names, text in (template.normal if template is not None else {}).items()
    ]
    own.sort(key=lambda one: -len(one.areas))
    for group in _normals().groups:
        left = [area for area in group.areas if area in free]
        for normal in (*own, group):
            if set(normal.areas) <= set(left):
                yield normal.text
                left = [area for area in left if area not in normal.areas]
        joined = [area for area in left if area in _normals().nouns]
        if len(joined) > 1:
            yield _joined([_normals().nouns[area] for area in joined])
            left = [area for area in left if area not in joined]
        yield from (alone[area] for area in left)


def _joined(nouns: list[str]) -> str:
    return f"The {', '.join(nouns[:-1])} and {nouns[-1]} are normal."


def _contradictions(report: Report) -> int:
    return len(consistency_alerts(statements_of(report)))


def _refused_denials(report: Report) -> frozenset[str]:
    """Findings denied only by sentences that the reader has rejected."""
    rejected = (s for s in report.sentences if s.state is SentenceState.AI_REJECTED)
    refused = frozenset[str]().union(*(_denied(sentence.draft_text) for sentence in rejected))
    return refused.difference(*(_denied(sentence.text) for sentence in report.kept()))


def _denied(text: str) -> frozenset[str]:
    return frozenset(one.category for one in findings_in(text) if not one.is_asserted)


def _may_be_normal(report: Report) -> bool:
    """Whether there is no impression and each kept sentence only denies or tells technique."""
    if report.kept(Section.IMPRESSION):
        return False
    parts = [part for s in report.kept(Section.FINDINGS) for part in sentences_of(s.text)]
    return not any(asserts_finding(part) or says_more(part) for part in parts)


@cache
def _normals() -> _Normals:
    path = resources() / "lexicon" / "normal_report.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    areas: dict[str, dict[str, list[str]]] = content["areas"]
    findings = {finding for entry in areas.values() for finding in entry["findings"]}
    return _Normals(
        groups=tuple(
            _Normal(areas=tuple(group["areas"]), text=group["normal"])
            for group in content["groups"]
        ),
        nouns={name: entry["noun"] for name, entry in content["areas"].items() if "noun" in entry},
        neighbours={name: frozenset(entry["neighbours"]) for name, entry in areas.items()},
        areas_of_finding={
            finding: frozenset(
                name for name, entry in areas.items() if finding in entry["findings"]
            )
            for finding in findings
        },
        signs=_listed(areas, "signs"),
        anatomy=_listed(areas, "anatomy"),
        unplaced=frozenset(content["unplaced"]),
    )


def _listed(areas: Mapping[str, Mapping[str, list[str]]], key: str) -> dict[str, Phrases]:
    return {name: phrases(entry[key]) for name, entry in areas.items() if key in entry}
