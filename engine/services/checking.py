"""What the guards say about a report as it stands, and which alerts stop signing.

The rules themselves are pure (`engine.language.guards`); this module combines them with the
reader's answers. An answer holds for a sentence's exact words: after rewording, the rule asks
again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.domain.areas import AreaState, ReviewArea
from engine.domain.contradiction import has_kept, with_kept
from engine.domain.fields import fields_in
from engine.domain.finding import PriorKind, PriorMention, Side, SideMention
from engine.domain.guard import AlertSeverity, GuardAlert, GuardRule, Measured
from engine.domain.report import (
    Report,
    ReportSentence,
    Section,
    SentenceId,
    SentenceSource,
    SentenceState,
)
from engine.domain.study import Study, StudyUid
from engine.errors import ReportStateError
from engine.language.alert_budget import measured_precision, shown
from engine.language.areas import review_areas
from engine.language.guards import facts_of, guard_alerts
from engine.language.laterality import sides_in
from engine.language.normal_report import free_areas
from engine.language.phrases import folded
from engine.language.priors import prior_mentions
from engine.language.template import comparison_text, is_ours

_SPACED_POINT = re.compile(r"\s+([,.;])")
_STRAY_COMMA = re.compile(r",+(?=[.;,])")


class OpenKind(StrEnum):
    """What may be left to do before signing, in the order in which it is listed."""

    REVIEW = "drafted sentence to review"
    QUESTION = "question about a drafted sentence"
    HEADER = "sex or age against the header"
    FIELD = "field that is not filled"
    CONTRADICTION = "contradiction"
    REMARK = "remark"
    FINDINGS = "no findings"
    IMPRESSION = "no impression"
    SPELLING = "word that no list knows"
    AREA = "area that is not mentioned"


CONTRADICTIONS = frozenset({GuardRule.SIDE, GuardRule.POLARITY, GuardRule.CONTRADICTION})
"""Rules about two sentences: they stop signing until one is changed or the pair is kept."""
QUESTIONS = frozenset({GuardRule.LATERALITY, GuardRule.PRIOR, GuardRule.NUMBER})
"""Rules about the model's own words: they stop signing until the reader has answered."""
_KINDS = {
    **dict.fromkeys(QUESTIONS, OpenKind.QUESTION),
    **dict.fromkeys(CONTRADICTIONS, OpenKind.CONTRADICTION),
    GuardRule.SEX: OpenKind.HEADER,
    GuardRule.AGE: OpenKind.HEADER,
    GuardRule.FIELD: OpenKind.FIELD,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Highlights:
    """Words of one sentence that the reader must check, as offsets into its text.

    Attributes:
        text: The text that the offsets refer to.
        sides: Left and right that nobody has confirmed.
        priors: Comparisons and removals without a linked prior.
        numbers: Numbers and dates that nobody measured.
    """

    text: str
    sides: tuple[SideMention, ...] = ()
    priors: tuple[PriorMention, ...] = ()
    numbers: tuple[PriorMention, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPoint:
    """One thing left to do before signing.

    Attributes:
        detail: The alert's sentence, the word or the area; empty where the kind says it all.
        sentence_ids: The sentences concerned; empty for something that is missing.
        stops: Whether the report cannot be signed before this is done.
    """

    kind: OpenKind
    detail: str = ""
    sentence_ids: tuple[SentenceId, ...] = ()
    stops: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportCheck:
    """The result of the guards.

    Attributes:
        alerts: All unanswered alerts, those that block signing first.
        shown: What stands at the sentences, apart from the `QUESTIONS`: all that stops signing, and
            the remarks that fit into the alert budget.
        highlights: By sentence; sentences without highlights are left out.
        areas: The review areas of the chest and what the report says of each.
        free_areas: Unmentioned areas without a finding next to them; the normal report fills them.
    """

    alerts: tuple[GuardAlert, ...] = ()
    shown: tuple[GuardAlert, ...] = ()
    highlights: dict[SentenceId, Highlights]
    areas: tuple[ReviewArea, ...] = ()
    free_areas: frozenset[str] = frozenset()

    @property
    def blocking(self) -> tuple[GuardAlert, ...]:
        """The alerts that stop signing."""
        return tuple(alert for alert in self.alerts if stops_signing(alert))


def check(report: Report, study: Study, measured: tuple[Measured, ...] = ()) -> ReportCheck:
    """Run all rules over a report: milliseconds, but about a second at the first call.

    Args:
        report: As it stands.
        study: Supplies the header facts that the report is compared with.
        measured: What annotations on the study's films measure; they never stop signing.
    """
    kept = report.kept()
    confirmed = frozenset(s.id for s in kept if GuardRule.LATERALITY.name in s.settled)
    facts = facts_of(study, has_linked_prior=report.prior_uid is not None, measured=measured)
    found = guard_alerts(report, facts, confirmed_sides=confirmed)
    alerts = tuple(alert for alert in _by_pair(found) if not _is_settled(alert, report))
    highlights = {}
    for sentence in kept:
        rules = [a.rule for a in alerts if sentence.id in a.sentence_ids]
        if QUESTIONS.intersection(rules):
            highlights[sentence.id] = _highlights(sentence, rules)
    return ReportCheck(
        alerts=alerts,
        shown=_shown(alerts),
        highlights=highlights,
        areas=review_areas(report),
        free_areas=free_areas(report),
    )


def _shown(alerts: tuple[GuardAlert, ...]) -> tuple[GuardAlert, ...]:
    """What stops signing, without the questions, which stand at their words; then the remarks."""
    stopping = (a for a in alerts if stops_signing(a) and a.rule not in QUESTIONS)
    remarks = (alert for alert in alerts if not stops_signing(alert))
    return (*stopping, *shown(remarks, precision=measured_precision()))


def _by_pair(alerts: Iterable[GuardAlert]) -> tuple[GuardAlert, ...]:
    """The alerts with each contradiction separate; those about one pair of sentences are merged."""
    every = (one for alert in alerts for one in alert.pairs or (alert,))
    pairs: dict[object, GuardAlert] = {}
    for number, alert in enumerate(every):
        is_pair = alert.rule in CONTRADICTIONS and len(alert.sentence_ids) == 2
        pairs.setdefault(alert.sentence_ids if is_pair else number, alert)
    return tuple(pairs.values())


def stops_signing(alert: GuardAlert) -> bool:
    """Whether a report with this alert cannot be signed."""
    is_asked = alert.rule in QUESTIONS or alert.rule in CONTRADICTIONS
    return alert.severity is AlertSeverity.STOP or is_asked


def open_points(
    report: Report,
    found: ReportCheck,
    misspelt: Iterable[tuple[SentenceId, str]] = (),
) -> tuple[OpenPoint, ...]:
    """Everything left to do before signing, in the order of `OpenKind`; empty means ready.

    Args:
        report: As it stands.
        found: Result of `check` for it.
        misspelt: Words that are in no word list, and their sentences.
    """
    review = (
        OpenPoint(kind=OpenKind.REVIEW, sentence_ids=(s.id,), stops=True) for s in report.unreviewed
    )
    alerts = (
        OpenPoint(
            kind=_KINDS.get(alert.rule, OpenKind.REMARK),
            detail=alert.message,
            sentence_ids=ids,
            stops=stops_signing(alert),
        )
        for alert in found.alerts
        for ids in _each_to_answer(alert)
    )
    empty = (
        OpenPoint(kind=kind)
        for kind, section in (
            (OpenKind.FINDINGS, Section.FINDINGS),
            (OpenKind.IMPRESSION, Section.IMPRESSION),
        )
        if not report.kept(section)
    )
    words = (
        OpenPoint(kind=OpenKind.SPELLING, detail=word, sentence_ids=(sentence,))
        for sentence, word in misspelt
    )
    areas = (
        OpenPoint(kind=OpenKind.AREA, detail=area.name)
        for area in found.areas
        if area.state is AreaState.UNMENTIONED
    )
    order = list(OpenKind)
    every = (*review, *alerts, *empty, *words, *areas)
    return tuple(sorted(every, key=lambda point: order.index(point.kind)))


def _each_to_answer(alert: GuardAlert) -> tuple[tuple[SentenceId, ...], ...]:
    """The sentences of an alert, grouped as the reader answers them."""
    is_by_sentence = alert.rule in QUESTIONS or alert.rule is GuardRule.FIELD
    return tuple((i,) for i in alert.sentence_ids) if is_by_sentence else (alert.sentence_ids,)


def may_keep(alert: GuardAlert, report: Report) -> bool:
    """Whether the reader may declare that the sentence is right as it stands.

    An unfilled field of a template or macro never is; square brackets of the reader's own may be.
    """
    if alert.rule is not GuardRule.FIELD:
        return True
    texts = (report.sentence(sentence_id).text for sentence_id in alert.sentence_ids)
    return not any(is_ours(field) for text in texts for field in fields_in(text))


def with_answer(report: Report, alert: GuardAlert, reason: str, now: datetime) -> Report:
    """The report with the reader's decision that what the alert points at is right.

    Args:
        report: As it stands.
        alert: The alert to settle.
        reason: Why; required for a contradiction, which is kept pair by pair.
        now: UTC.

    Raises:
        ReportStateError: The alert cannot be settled, or a contradiction was given no reason.
    """
    if not may_keep(alert, report):
        raise ReportStateError("A field has to be filled first.", what_to_do="Tab goes to it.")
    if alert.rule in CONTRADICTIONS:
        return with_kept(report, alert.sentence_ids, alert.rule.name, reason, now)
    for sentence_id in alert.sentence_ids:
        report = report.with_settled(sentence_id, alert.rule.name, now)
    return report


def with_compared_prior(
    report: Report, prior: StudyUid, priors: Iterable[Study], now: datetime
) -> Report:
    """The report compared with an earlier study, named in the comparison unless one is written.

    Args:
        report: An editable report.
        prior: The earlier study; it may have no films here if only a report of it was imported.
        priors: The patient's earlier studies that have films here.
        now: The time, UTC.
    """
    report = report.with_prior(prior, now)
    words = comparison_text(study for study in priors if study.uid == prior)
    if not words or report.kept(Section.COMPARISON):
        return report
    return report.with_sentence(Section.COMPARISON, words, now, source=SentenceSource.TEMPLATE)


def require_settled(report: Report, study: Study) -> None:
    """Raise `ReportStateError` with the first alert that stops signing."""
    for alert in check(report, study).blocking:
        raise ReportStateError(
            alert.message, what_to_do="Answer it at the sentence, or change the sentence."
        )


def without_words(text: str, mentions: tuple[PriorMention, ...]) -> str:
    """The sentence without the mentioned words; blanks and capital are fixed, grammar is not."""
    for mention in sorted(mentions, key=lambda m: -m.start):
        text = text[: mention.start] + text[mention.end :]
    words = _SPACED_POINT.sub(r"\1", " ".join(text.split()))
    words = _STRAY_COMMA.sub("", words).strip(" ,")
    return words[:1].upper() + words[1:]


def with_side(text: str, mention: SideMention, word: str) -> str:
    """The sentence with another word for its side; an empty word removes the side."""
    new = word.capitalize() if mention.word[:1].isupper() else word
    changed = text[: mention.start] + new + text[mention.end :]
    changed = " ".join(changed.split())
    return changed[:1].upper() + changed[1:]


def _is_settled(alert: GuardAlert, report: Report) -> bool:
    if alert.rule in CONTRADICTIONS:
        return has_kept(report, alert.sentence_ids, alert.rule.name)
    return may_keep(alert, report) and all(
        alert.rule.name in report.sentence(i).settled for i in alert.sentence_ids
    )


def _highlights(sentence: ReportSentence, rules: list[GuardRule]) -> Highlights:
    open_rules = {rule for rule in rules if rule.name not in sentence.settled}
    mentions = _of_the_model(sentence)
    compared = (PriorKind.COMPARISON, PriorKind.REMOVAL)
    return Highlights(
        text=sentence.text,
        sides=tuple(m for m in sides_in(sentence.text) if m.side in (Side.LEFT, Side.RIGHT))
        if GuardRule.LATERALITY in open_rules
        else (),
        priors=tuple(m for m in mentions if m.kind in compared)
        if GuardRule.PRIOR in open_rules
        else (),
        numbers=tuple(m for m in mentions if m.kind not in compared)
        if GuardRule.NUMBER in open_rules
        else (),
    )


def _of_the_model(sentence: ReportSentence) -> tuple[PriorMention, ...]:
    if sentence.state is SentenceState.AUTHOR:
        return ()
    drafted = folded(sentence.draft_text)
    return tuple(m for m in prior_mentions(sentence.text) if folded(m.text) in drafted)
