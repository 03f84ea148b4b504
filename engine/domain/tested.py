"""Test results of a draft's sentences, for the report's sentences that came from them.

The two are joined by the draft's id and the sentence's index, never by their words: a draft may say
one thing twice, and a reader may split, merge and reword its sentences.
"""

from __future__ import annotations

from engine.domain.evidence import Evidence
from engine.domain.report import Draft, ReportSentence, SentenceState

CHANGED = "Changed since it was tested."
"""Shown for a sentence whose words differ from those that were tested."""


def drafted_sentences(draft: Draft, sentence: ReportSentence) -> tuple[int, ...]:
    """Indices of the draft's sentences that a report's sentence came from."""
    if sentence.state is SentenceState.AUTHOR:
        return ()
    if sentence.drafted is not None:
        return tuple(ref.sentence for ref in sentence.drafted if ref.draft_id == draft.id)
    same = (n for n, one in enumerate(draft.sentences) if one.text == sentence.draft_text)
    return tuple(same)[:1]


def standing_sentence(draft: Draft, sentence: ReportSentence) -> int | None:
    """Index of the draft's sentence that the report's still equals, word for word, or None."""
    found = drafted_sentences(draft, sentence)
    is_whole = sentence.drafted is None or len(sentence.drafted) == 1
    if len(found) == 1 and is_whole and draft.sentences[found[0]].text == sentence.text:
        return found[0]
    return None


def evidence_for(draft: Draft, sentence: ReportSentence) -> Evidence | None:
    """A sentence's evidence; None if it was not tested, or not in these words."""
    standing = standing_sentence(draft, sentence)
    return next((one for one in draft.evidence if one.sentence == standing), None)


def has_changed(draft: Draft, sentence: ReportSentence) -> bool:
    """Whether it came from a tested sentence but has other words."""
    found = drafted_sentences(draft, sentence)
    is_tested = any(one.sentence in found for one in draft.evidence)
    return is_tested and standing_sentence(draft, sentence) is None
