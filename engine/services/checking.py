"""What the guards say about a report as it stands, and what of it stops signing.

The rules are pure (`engine.report.guards`); here they meet what the reader has answered. An answer
belongs to a sentence's very words: other words ask again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.domain.areas import ReviewArea
from engine.domain.finding import PriorKind, PriorMention, Side, SideMention
from engine.domain.guard import AlertSeverity, GuardAlert, GuardRule, Measured
from engine.domain.report import Report, ReportSentence, SentenceId, SentenceState
from engine.domain.study import Study
from engine.errors import ReportStateError
from engine.report.alert_budget import measured_precision, shown
from engine.report.areas import review_areas
from engine.report.guards import facts_of, guard_alerts
from engine.report.laterality import sides_in
from engine.report.phrases import folded
from engine.report.priors import prior_mentions

_SPACED_POINT = re.compile(r"\s+([,.;])")
_STRAY_COMMA = re.compile(r",+(?=[.;,])")

QUESTIONS = frozenset({GuardRule.LATERALITY, GuardRule.PRIOR, GuardRule.NUMBER})
"""Rules about the model's own words: they stop signing until the reader has answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceMarks:
    """Words of one sentence that the reader must look at, as offsets into its text.

    Attributes:
        text: The words that the offsets belong to.
        sides: Left and right that nobody has confirmed.
        priors: Comparisons and removals without a linked prior.
        numbers: Numbers and dates that nobody measured.
    """

    text: str
    sides: tuple[SideMention, ...] = ()
    priors: tuple[PriorMention, ...] = ()
    numbers: tuple[PriorMention, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportCheck:
    """What the guards found.

    Attributes:
        alerts: All that nobody has answered, those that stop signing first.
        shown: Remarks beside the `QUESTIONS` that fit into the alert budget.
        marks: By sentence; sentences without marks are left out.
        areas: The review areas of the chest and what the report says of each.
    """

    alerts: tuple[GuardAlert, ...] = ()
    shown: tuple[GuardAlert, ...] = ()
    marks: dict[SentenceId, SentenceMarks]
    areas: tuple[ReviewArea, ...] = ()

    @property
    def blocking(self) -> tuple[GuardAlert, ...]:
        """What stops signing."""
        return tuple(alert for alert in self.alerts if stops_signing(alert))


def check(report: Report, study: Study, measured: tuple[Measured, ...] = ()) -> ReportCheck:
    """Run all rules over a report; some milliseconds, a second at the first call.

    Args:
        report: As it stands.
        study: Whose headers it is held against.
        measured: What marks on the study's films measure; they never stop signing.
    """
    kept = report.kept()
    confirmed = frozenset(s.id for s in kept if GuardRule.LATERALITY.name in s.settled)
    facts = facts_of(study, has_linked_prior=report.prior_uid is not None, measured=measured)
    found = guard_alerts(report, facts, confirmed_sides=confirmed)
    alerts = tuple(alert for alert in found if not _is_settled(alert, report))
    marks = {}
    for sentence in kept:
        rules = [a.rule for a in alerts if sentence.id in a.sentence_ids]
        if QUESTIONS.intersection(rules):
            marks[sentence.id] = _marks(sentence, rules)
    return ReportCheck(
        alerts=alerts,
        # Questions stand at their words already and take nothing from the budget of remarks.
        shown=shown(
            (alert for alert in alerts if alert.rule not in QUESTIONS),
            precision=measured_precision(),
        ),
        marks=marks,
        areas=review_areas(report),
    )


def stops_signing(alert: GuardAlert) -> bool:
    """Whether a report with this alert cannot be signed."""
    return alert.severity is AlertSeverity.STOP or alert.rule in QUESTIONS


def require_settled(report: Report, study: Study) -> None:
    """Raise `ReportStateError` with the first alert that stops signing."""
    for alert in check(report, study).blocking:
        raise ReportStateError(
            alert.message, what_to_do="Answer it at the sentence, or change the sentence."
        )


def without_words(text: str, mentions: tuple[PriorMention, ...]) -> str:
    """The sentence without those words, its spaces and capital put right, its grammar not."""
    for mention in sorted(mentions, key=lambda m: -m.start):
        text = text[: mention.start] + text[mention.end :]
    words = _SPACED_POINT.sub(r"\1", " ".join(text.split()))
    words = _STRAY_COMMA.sub("", words).strip(" ,")
    return words[:1].upper() + words[1:]


def with_side(text: str, mention: SideMention, word: str) -> str:
    """The sentence with another word for its side; an empty word takes it out."""
    new = word.capitalize() if mention.word[:1].isupper() else word
    changed = text[: mention.start] + new + text[mention.end :]
    changed = " ".join(changed.split())
    return changed[:1].upper() + changed[1:]


def _is_settled(alert: GuardAlert, report: Report) -> bool:
    return all(alert.rule.name in report.sentence(i).settled for i in alert.sentence_ids)


def _marks(sentence: ReportSentence, rules: list[GuardRule]) -> SentenceMarks:
    open_rules = {rule for rule in rules if rule.name not in sentence.settled}
    mentions = _of_the_model(sentence)
    compared = (PriorKind.COMPARISON, PriorKind.REMOVAL)
    return SentenceMarks(
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
