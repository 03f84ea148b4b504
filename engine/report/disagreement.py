"""Where the search for words was split: another likely report says the opposite.

The beams of one search are near copies of each other; where they differ about whether a finding is
there, the words were a close call. Told as the other sentence, without a percentage.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.report.findings import findings_in, sentences_of


def alternative(sentence: str, others: Sequence[str]) -> str:
    """The first sentence of the other reports that contradicts this one; empty if none does.

    Args:
        sentence: Of the draft.
        others: The other beams' reports in the model's words, likeliest first.
    """
    said = {(f.category, f.side): f.is_asserted for f in findings_in(sentence)}
    for other in others:
        for rival in sentences_of(other):
            for finding in findings_in(rival):
                polarity = said.get((finding.category, finding.side))
                if polarity is not None and polarity is not finding.is_asserted:
                    return rival
    return ""
