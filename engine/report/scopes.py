"""How far words of denial and doubt reach in a sentence.

In the manner of NegEx (Chapman et al. 2001): a cue reaches forwards or backwards until a word that
ends its scope; phrases that only look like a denial ("no change", "cannot exclude") are set apart
first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.domain.finding import Certainty, Polarity
from engine.report.lexicon import Patterns, phrase_lists
from engine.report.phrases import Match, found

_MARK_ENDS = re.compile(r"[;:]|\.\s|\s-\s|,\s(?:mild|moderate|severe|stable|minimal|chronic|the)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scopes:
    """The cues of one sentence; positions are offsets into the folded text."""

    denies_after: tuple[Match, ...]
    denies_before: tuple[Match, ...]
    doubtful: tuple[Match, ...]
    doubts_after: tuple[Match, ...]
    doubts_before: tuple[Match, ...]
    alternatives: tuple[Match, ...]
    ends: tuple[int, ...]
    verbs: tuple[int, ...]

    def polarity(self, match: Match) -> Polarity:
        """Whether the words at `match` are denied."""
        denied = self._reached(match, self.denies_after, self.denies_before)
        return Polarity.NEGATED if denied else Polarity.ASSERTED

    def certainty(
        self, match: Match, polarity: Polarity, *, is_alternative: bool = True
    ) -> Certainty:
        """Whether they are in doubt; a plain denial stands, whatever it gives as its reason.

        An "or" beside them means doubt only if they are an alternative to something.
        """
        if polarity is Polarity.NEGATED:
            doubted = self._reached(match, self.doubtful, self.doubtful)
        else:
            doubted = self._reached(match, self.doubts_after, self.doubts_before) or (
                is_alternative and any(self._is_beside(match, cue) for cue in self.alternatives)
            )
        return Certainty.UNCERTAIN if doubted else Certainty.CERTAIN

    def clause(self, position: int) -> int:
        """Number of the clause that the position lies in, from 0."""
        return sum(end <= position for end in self.ends)

    def _reached(self, match: Match, after: tuple[Match, ...], before: tuple[Match, ...]) -> bool:
        forwards = any(
            cue.start < match.end
            and cue.words[-1][1] <= match.words[-1][0]
            and not self._is_between(self.ends, cue.end, match.words[-1][0])
            for cue in after
            if not _is_named(cue, match)
        )
        backwards = any(
            cue.start >= match.end
            and not self._is_between(self.ends, match.end, cue.start)
            and not self._is_between(self.verbs, match.end, cue.start)
            for cue in before
        )
        return forwards or backwards

    def _is_beside(self, match: Match, cue: Match) -> bool:
        near = 0 <= cue.start - match.end <= 2 or 0 <= match.start - cue.end <= 12
        return near and not self._is_between(self.ends, match.start, cue.start)

    @staticmethod
    def _is_between(positions: tuple[int, ...], start: int, end: int) -> bool:
        return any(start <= position < end for position in positions)


def scopes_of(text: str) -> Scopes:
    """The cues of a sentence.

    Args:
        text: Folded.
    """
    lists = phrase_lists("scopes")
    apart = tuple(found(lists["no_denial"], text))
    ends = [match.start for match in found(lists["ends"], text)]
    ends += [match.start() for match in _MARK_ENDS.finditer(text)]
    return Scopes(
        denies_after=_cues(lists["denies_after"], text, apart),
        denies_before=_cues(lists["denies_before"], text, apart),
        doubtful=_cues(lists["doubtful_denials"], text, apart),
        doubts_after=_cues(lists["doubts_after"], text, ()),
        doubts_before=_cues(lists["doubts_before"], text, ()),
        alternatives=_cues(lists["alternatives"], text, ()),
        ends=tuple(sorted(ends)),
        verbs=tuple(match.start for match in found(lists["verbs"], text)),
    )


def _cues(patterns: Patterns, text: str, apart: tuple[Match, ...]) -> tuple[Match, ...]:
    return tuple(
        cue
        for cue in found(patterns, text)
        if not any(other.start <= cue.start and cue.end <= other.end for other in apart)
    )


def _is_named(cue: Match, match: Match) -> bool:
    return all(word in match.words for word in cue.words)
