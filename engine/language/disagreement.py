"""Where the model was undecided: enough of its other reports say the opposite.

The other reports are the other beams of the search, which are nearly copies of each other, or
sampled reports. If they differ about whether a finding is there, the model's choice was a close
one. The reader sees the contradicting sentence, not a percentage.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.language.findings import findings_in, sentences_of

LEAST_SHARE = 0.1
"""Least share of the other reports (decision 12); with two other beams, one is enough."""


def alternative(sentence: str, others: Sequence[str]) -> str:
    """The first sentence that contradicts this one, if enough of the other reports contain one.

    Args:
        sentence: A sentence of the draft.
        others: The other reports in the model's words, best first.

    Returns:
        Empty if less than a tenth of the others contradict the sentence.
    """
    rivals = [rival for other in others if (rival := _contradiction(sentence, other))]
    return rivals[0] if rivals and len(rivals) >= LEAST_SHARE * len(others) else ""


def _contradiction(sentence: str, other: str) -> str:
    """The first sentence of another report that denies what this one asserts, or the reverse.

    If the other report has the finding on the other side only, that sentence is returned.
    """
    polarities = {(f.category, f.side): f.is_asserted for f in findings_in(sentence)}
    claims = [(rival, f) for rival in sentences_of(other) for f in findings_in(rival)]
    for rival, finding in claims:
        polarity = polarities.get((finding.category, finding.side))
        if polarity is not None and polarity is not finding.is_asserted:
            return rival
    claimed = {(f.category, f.side) for _, f in claims if f.is_asserted}
    for rival, finding in claims:
        side = finding.side.opposite
        is_moved = side is not finding.side and (finding.category, side) not in claimed
        if is_moved and finding.is_asserted and polarities.get((finding.category, side)):
            return rival
    return ""
