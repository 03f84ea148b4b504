"""Where the model was split: enough of its other reports say the opposite.

The other reports are the other beams of the search, near copies of each other, or the other reports
that were drawn. Where they differ about whether a finding is there, the words were a close call.
Told as the other sentence, without a percentage.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.report.findings import findings_in, sentences_of

LEAST_SHARE = 0.1
"""Of the other reports (decision 12); with two other beams each of them is enough."""


def alternative(sentence: str, others: Sequence[str]) -> str:
    """The first sentence that contradicts this one, if enough of the other reports hold one.

    Args:
        sentence: Of the draft.
        others: The other reports in the model's words, best first.

    Returns:
        Empty if less than a tenth of the others contradict the sentence.
    """
    rivals = [rival for other in others if (rival := _contradiction(sentence, other))]
    return rivals[0] if rivals and len(rivals) >= LEAST_SHARE * len(others) else ""


def _contradiction(sentence: str, other: str) -> str:
    """The first sentence of another report that denies what this one affirms, or affirms it."""
    said = {(f.category, f.side): f.is_asserted for f in findings_in(sentence)}
    for rival in sentences_of(other):
        for finding in findings_in(rival):
            polarity = said.get((finding.category, finding.side))
            if polarity is not None and polarity is not finding.is_asserted:
                return rival
    return ""
