"""Deterministic rules over a report and the facts of its study, run while it is written.

Four kinds: a report that contradicts itself (`consistency`), one that contradicts the header
(`header_rules`), a sentence that seems to have lost or gained a "no" (`negation_rules`), and the
model's words that no film of this study can show or that nobody has confirmed: sides, comparisons,
numbers. docs/findings.md has recall and false alarms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.domain.fields import fields_in
from engine.domain.finding import PriorKind, PriorMention, Side
from engine.domain.guard import AlertSeverity, GuardAlert, GuardRule, Measured, StudyFacts
from engine.domain.report import Report, ReportSentence, Section, SentenceId, SentenceState
from engine.domain.study import Study, View
from engine.language.consistency import consistency_alerts
from engine.language.header_rules import header_alerts
from engine.language.laterality import sides_in
from engine.language.measure_rules import measure_alerts
from engine.language.negation_rules import negation_alerts
from engine.language.phrases import folded
from engine.language.priors import prior_mentions
from engine.language.reading import READ, statements_of

_AGE = re.compile(r"(\d{3})([DWMY])")
_PER_YEAR = {"D": 365, "W": 52, "M": 12, "Y": 1}


def guard_alerts(
    report: Report, facts: StudyFacts, *, confirmed_sides: frozenset[SentenceId] = frozenset()
) -> tuple[GuardAlert, ...]:
    """Every alert of the rules about the kept sentences.

    Args:
        report: Rejected sentences are ignored.
        facts: See `facts_of`.
        confirmed_sides: Sentences whose left and right the reader has confirmed one by one.

    Returns:
        Alerts that block signing first; `alert_budget.shown` chooses from the others.
    """
    kept = report.kept()
    consistency = consistency_alerts(
        statements_of(report),
        has_impression=any(s.text.strip() for s in report.kept(Section.IMPRESSION)),
    )
    contradicted = {i for alert in consistency for i in alert.sentence_ids}
    alerts = [
        *header_alerts(kept, facts),
        *laterality_alerts(kept, confirmed_sides),
        *consistency,
        # A sentence that another one contradicts already has its alert.
        *negation_alerts(s for s in kept if s.id not in contradicted and s.section in READ),
        *prior_alerts(kept, facts),
        *number_alerts(kept),
        *field_alerts(kept),
        *measure_alerts(kept, facts),
    ]
    return tuple(sorted(alerts, key=lambda alert: alert.severity is not AlertSeverity.STOP))


def facts_of(
    study: Study, *, has_linked_prior: bool, measured: tuple[Measured, ...] = ()
) -> StudyFacts:
    """The facts that the rules need, from the headers and from annotations on the films."""
    views = [image.view for image in study.images]
    return StudyFacts(
        sex=study.patient.sex,
        age_years=_age_years(study),
        frontal_films=views.count(View.FRONTAL),
        lateral_films=views.count(View.LATERAL),
        unknown_films=views.count(View.UNKNOWN) + views.count(View.OTHER),
        has_linked_prior=has_linked_prior,
        measured=measured,
    )


def laterality_alerts(
    sentences: Iterable[ReportSentence], confirmed: frozenset[SentenceId]
) -> tuple[GuardAlert, ...]:
    """One alert for all drafted sentences that name a side nobody has confirmed.

    A sentence whose sides the reader has changed counts as the reader's own.
    """
    ids = tuple(
        sentence.id
        for sentence in sentences
        if sentence.state is not SentenceState.AUTHOR
        and sentence.id not in confirmed
        and _sides(sentence.text)
        and _sides(sentence.text) == _sides(sentence.draft_text)
    )
    message = (
        f"Confirm the side in {len(ids)} drafted sentences."
        if len(ids) > 1
        else "Confirm the side in a drafted sentence."
    )
    return _alerts(GuardRule.LATERALITY, message, ids, AlertSeverity.STOP)


def prior_alerts(sentences: Iterable[ReportSentence], facts: StudyFacts) -> tuple[GuardAlert, ...]:
    """One alert for all of the model's comparisons while no earlier study is linked."""
    if facts.has_linked_prior:
        return ()
    kinds = (PriorKind.COMPARISON, PriorKind.REMOVAL)
    mentions = [(s.id, mention) for s in sentences for mention in _of_the_model(s, kinds)]
    words = ", ".join(dict.fromkeys(f"“{mention.text}”" for _, mention in mentions))
    message = f"The draft says {words}, but no prior is linked."
    ids = tuple(dict.fromkeys(sentence_id for sentence_id, _ in mentions))
    return _alerts(GuardRule.PRIOR, message, ids, AlertSeverity.WARNING)


def number_alerts(sentences: Iterable[ReportSentence]) -> tuple[GuardAlert, ...]:
    """One alert for all of the model's numbers and dates: the model measures nothing."""
    kinds = (PriorKind.NUMBER, PriorKind.DATE)
    mentions = [(s.id, mention) for s in sentences for mention in _of_the_model(s, kinds)]
    words = ", ".join(dict.fromkeys(f"“{mention.text}”" for _, mention in mentions))
    message = f"The draft says {words}, but the model measures nothing."
    ids = tuple(dict.fromkeys(sentence_id for sentence_id, _ in mentions))
    return _alerts(GuardRule.NUMBER, message, ids, AlertSeverity.WARNING)


def field_alerts(sentences: Iterable[ReportSentence]) -> tuple[GuardAlert, ...]:
    """One alert for all unfilled fields of templates and macros."""
    fields = [(s.id, field) for s in sentences for field in fields_in(s.text)]
    names = ", ".join(dict.fromkeys(f"“{field.name}”" for _, field in fields))
    message = f"Not filled: {names}."
    ids = tuple(dict.fromkeys(sentence_id for sentence_id, _ in fields))
    return _alerts(GuardRule.FIELD, message, ids, AlertSeverity.STOP)


def _alerts(
    rule: GuardRule, message: str, ids: tuple[SentenceId, ...], severity: AlertSeverity
) -> tuple[GuardAlert, ...]:
    if not ids:
        return ()
    return (GuardAlert(rule=rule, message=message, sentence_ids=ids, severity=severity),)


def _sides(text: str) -> tuple[Side, ...]:
    sides = (mention.side for mention in sides_in(text))
    return tuple(side for side in sides if side in (Side.LEFT, Side.RIGHT))


def _of_the_model(
    sentence: ReportSentence, kinds: tuple[PriorKind, ...]
) -> tuple[PriorMention, ...]:
    """Mentions that the model's original sentence has too; the others are the reader's words."""
    if sentence.state is SentenceState.AUTHOR:
        return ()
    drafted = folded(sentence.draft_text)
    return tuple(
        mention
        for mention in prior_mentions(sentence.text)
        if mention.kind in kinds and folded(mention.text) in drafted
    )


def _age_years(study: Study) -> int | None:
    born, taken = study.patient.birth_date, study.study_date
    if born is not None and taken is not None and born <= taken:
        return taken.year - born.year - ((taken.month, taken.day) < (born.month, born.day))
    age = _AGE.fullmatch(study.patient_age.strip())
    return int(age[1]) // _PER_YEAR[age[2]] if age else None
