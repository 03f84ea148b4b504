"""Sentences that seem to have lost or gained a "no": their wording does not fit their meaning.

A contradiction needs two sentences; a negation slip often stands alone. But denials and assertions
are worded differently: whoever sees a pneumothorax says where it is or how large, "or" joins
absent findings, what is absent has neither degree nor cause, and some things (a tortuous aorta) are
only mentioned when present. Lists and counts: resources/lexicon.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from engine.domain.finding import Certainty, Finding, Severity, Side
from engine.domain.guard import AlertSeverity, GuardAlert, GuardRule
from engine.domain.report import ReportSentence
from engine.language.findings import findings_in, sentences_of
from engine.language.lexicon import category_names, finding_lexicon, phrase_lists
from engine.language.phrases import folded, found
from engine.language.slips import mended

_DENIES = re.compile(r"\b(no|not|none|nor|neither|without|negative|free|cannot|less)\b")
_OR = re.compile(r"[^.;:]*\bor\b[\w\s-]*")


def negation_alerts(sentences: Iterable[ReportSentence]) -> tuple[GuardAlert, ...]:
    """At most one alert for each sentence."""
    messages = ((sentence, _message_for(sentence.text)) for sentence in sentences)
    return tuple(
        GuardAlert(
            rule=GuardRule.NEGATION,
            message=message,
            sentence_ids=(sentence.id,),
            severity=AlertSeverity.WARNING,
        )
        for sentence, message in messages
        if message
    )


@lru_cache(maxsize=4096)
def _message_for(sentence: str) -> str:
    """The message for the reader if the wording seems wrong; empty otherwise."""
    return next(filter(None, (_reads_wrong(part) for part in sentences_of(sentence))), "")


def _reads_wrong(text: str) -> str:
    findings = findings_in(text)
    words = folded(text)
    if slip := _slipped_denial(words):
        return f"“{slip}” is an odd denial. Is it meant?"
    if denied := next((f for f in findings if _is_never_denied(f)), None):
        return f"“{denied.term}” is hardly ever denied. Is it there or not?"
    if _is_denied_normality(findings):
        return "Something is denied to be normal, and not said to be what. Is it meant?"
    if vague := next(found(phrase_lists("negation")["says_not_what"], words), None):
        return f"“{words[vague.start : vague.end]}” does not say what is there. Is it meant?"
    if tail := _only_denied(words, findings):
        return f"“{tail}” goes with what is denied. Is a “no” missing?"
    return "" if _DENIES.search(words) else _lost_denial(words, findings)


def _lost_denial(words: str, findings: Sequence[Finding]) -> str:
    """The message for a denial that seems to have lost its "no"; the sentence must have none."""
    if listed := _listed(words, findings):
        return f"“{listed}” is listed with “or”, as what is absent is. Is a “no” missing?"
    if bare := _bare(words, findings):
        return f"“{bare}”, without a place or a degree. Is a “no” missing?"
    return ""


def _slipped_denial(words: str) -> str:
    lists = phrase_lists("negation")
    kinds = ("degree_denied", "twice_denied", "denied_with_cause")
    matches = (match for kind in kinds for match in found(lists[kind], words))
    first = next(matches, None)
    return "" if first is None else words[first.start : first.end]


def _is_never_denied(finding: Finding) -> bool:
    names = category_names("negation", "never_denied")
    return not finding.is_asserted and finding.category in names and _is_named(finding)


def _is_named(finding: Finding) -> bool:
    """Whether the text names the finding, instead of denying it by a phrase of normality."""
    category = finding_lexicon().category(finding.category)
    patterns = finding_lexicon().overall_patterns if category is None else category.patterns
    return any(found(patterns, folded(mended(finding.term).text)))


def _is_denied_normality(findings: Sequence[Finding]) -> bool:
    return any(finding.is_asserted and not _is_named(finding) for finding in findings)


def _only_denied(words: str, findings: Sequence[Finding]) -> str:
    """Words that usually end a denial, in a sentence that denies nothing."""
    if not findings or any(not finding.is_asserted for finding in findings):
        return ""
    match = next(found(phrase_lists("negation")["only_denied"], words), None)
    return "" if match is None else words[match.start : match.end]


def _listed(words: str, findings: Sequence[Finding]) -> str:
    """Two different findings that are asserted, without site or degree, and joined by "or"."""
    not_one = category_names("negation", "not_one")
    asserted = [f for f in findings if f.is_asserted]
    for first, second in pairwise(asserted):
        is_pair = first.category != second.category and not not_one.isdisjoint(
            (first.category, second.category)
        )
        is_sure = Certainty.CERTAIN in (first.certainty, second.certainty)
        is_bare = not _has_place(first) and not _has_place(second)
        if is_pair and is_sure and is_bare and _OR.fullmatch(words[first.end : second.start]):
            return words[first.start : second.end]
    return ""


def _bare(words: str, findings: Sequence[Finding]) -> str:
    """The finding of a sentence that asserts it and adds nothing."""
    somewhere = category_names("negation", "somewhere") | {finding_lexicon().overall}
    is_plain = all(f.is_asserted and f.certainty is Certainty.CERTAIN for f in findings)
    if not is_plain or any(found(phrase_lists("negation")["has_more"], words)):
        return ""
    candidates = (f for f in findings if f.category in somewhere and not _has_place(f))
    return next((finding.term for finding in candidates), "")


def _has_place(finding: Finding) -> bool:
    """Whether the finding has a site, a side or a degree."""
    is_graded = finding.severity is not Severity.NONE
    return bool(finding.site) or finding.side is not Side.NONE or is_graded
