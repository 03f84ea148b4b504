"""The guards for reports from other programs: one line of JSON in, one plain object out.

The names of keys and values must not change: programs that judge texts with them rely on them.
docs/findings.md describes the format.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from engine.domain.guard import GuardRule, Measured, StudyFacts
from engine.domain.report import (
    Report,
    ReportSentence,
    Section,
    SentenceState,
    new_report,
    new_sentence_id,
)
from engine.domain.study import StudyUid
from engine.errors import InputError
from engine.language.guards import guard_alerts
from engine.language.measure_rules import speaks_of_ratio

KINDS = {
    GuardRule.SIDE: "side contradiction",
    GuardRule.POLARITY: "polarity contradiction",
    GuardRule.CONTRADICTION: "polarity contradiction",
    GuardRule.NEGATION: "polarity contradiction",
    GuardRule.MISSING: "missing in impression",
    GuardRule.PRIOR: "prior without prior film",
    GuardRule.NUMBER: "number",
    GuardRule.MEASURE: "measurement against prose",
    GuardRule.SEX: "header against text",
    GuardRule.AGE: "header against text",
    GuardRule.VIEW: "header against text",
}
"""The kind of each rule that needs only text and facts; the other rules ask the reader."""


_Number = Annotated[float, Field(allow_inf_nan=False)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """A measurement on the film that was written into a sentence; sentences count from 0."""

    value: _Number
    unit: str = "mm"
    section: Literal["findings", "impression"] = "findings"
    sentence: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What is known about the study; `ctr` is a cardiothoracic ratio measured on the film."""

    sex: str | None = ""
    age: int | None = None
    view: str | None = ""
    has_prior: bool | None = False
    written_by: Literal["model", "reader"] = "reader"
    marks: list[_Mark] | None = None
    ctr: _Number | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One input line of `negatoscope check`."""

    id: str | int | _Number | None = None
    findings: list[str] | str = ""
    impression: list[str] | str = ""
    facts: _Facts | None = None


_ASKED = TypeAdapter(_Asked)
_NAMES = frozenset(field.name for one in (_Asked, _Facts, _Mark) for field in fields(one))


def alerts_of(line: str) -> dict[str, Any]:
    """The alerts for a report in JSON, as `negatoscope check` prints them.

    Raises:
        InputError: The line holds no report.
    """
    if not line.strip():
        return {"id": None, "alerts": []}
    try:
        asked = _ASKED.validate_json(line)
    except ValidationError as error:
        raise InputError(_what_is_wrong(error)) from error
    report, facts = _report(asked), asked.facts or _Facts()
    alerts = guard_alerts(
        report,
        _known(facts, report),
        confirmed_sides=frozenset(sentence.id for sentence in report.sentences),
    )
    return {
        "id": asked.id,
        "alerts": [
            {"kind": KINDS[alert.rule], "rule": alert.rule.name, "message": alert.message}
            for alert in alerts
            if alert.rule in KINDS
        ],
    }


def id_of(line: str) -> str | int | None:
    """The id of a line without a valid report; None if the line has no readable id."""
    try:
        content = from_json(line)
    except ValueError:
        return None
    own = content.get("id") if isinstance(content, dict) else None
    return own if isinstance(own, str | int) else None


def _what_is_wrong(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return "It is no JSON."
    names = [part for part in first["loc"] if part in _NAMES]
    if not names:
        return "It is no JSON object."
    return f"Its “{'.'.join(map(str, names))}” is not what docs/findings.md asks for."


def _report(asked: _Asked) -> Report:
    by_model = asked.facts is not None and asked.facts.written_by == "model"
    sentences = [
        *(_sentence(text, Section.FINDINGS, by_model=by_model) for text in _rows(asked.findings)),
        # The model drafts no impression, so an impression is always the reader's.
        *(_sentence(text, Section.IMPRESSION, by_model=False) for text in _rows(asked.impression)),
    ]
    report = new_report(StudyUid("2.25.1"), "", datetime.now(UTC))
    return replace(report, sentences=tuple(sentences))


def _rows(texts: list[str] | str) -> list[str]:
    return [texts] if isinstance(texts, str) else texts


def _sentence(text: str, section: Section, *, by_model: bool) -> ReportSentence:
    return ReportSentence(
        id=new_sentence_id(),
        section=section,
        text=text,
        state=SentenceState.AI_UNREVIEWED if by_model else SentenceState.AUTHOR,
        draft_text=text if by_model else "",
    )


def _known(facts: _Facts, report: Report) -> StudyFacts:
    view = (facts.view or "").upper()
    is_known = bool(view)
    return StudyFacts(
        sex=(facts.sex or "").upper()[:1],
        age_years=facts.age,
        frontal_films=int(is_known and view != "LATERAL"),
        lateral_films=int("LAT" in view),
        unknown_films=int(not is_known),
        has_linked_prior=bool(facts.has_prior),
        measured=tuple(_measured(facts, report, is_pa=view.startswith("PA"))),
    )


def _measured(facts: _Facts, report: Report, *, is_pa: bool) -> list[Measured]:
    rows = {
        "findings": [s for s in report.sentences if s.section is Section.FINDINGS],
        "impression": [s for s in report.sentences if s.section is Section.IMPRESSION],
    }
    measured = []
    if facts.ctr is not None:
        about = next((s.id for s in report.sentences if speaks_of_ratio(s.text)), "")
        measured.append(
            Measured(
                value=facts.ctr,
                unit="",
                words=f"{facts.ctr:.2f}",
                is_ratio=True,
                is_pa=is_pa,
                sentence_id=about,
            )
        )
    for mark in facts.marks or ():
        own = rows[mark.section]
        if 0 <= mark.sentence < len(own):
            words = f"{mark.value:g} {mark.unit}".strip()
            measured.append(
                Measured(
                    value=mark.value,
                    unit=mark.unit,
                    words=words,
                    is_ratio=not mark.unit,
                    is_pa=is_pa,
                    sentence_id=own[mark.sentence].id,
                )
            )
    return measured
