"""Turns the model's words into sentences for a report.

Only typography is added: a capital letter, a full stop, the usual spelling of abbreviations. No
word is added, left out or changed, so every claim of the text is the model's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.domain.report import DraftSentence

STOP = "."

# Words that reports write in capitals in any position (counted in the training reports), and
# the field's other abbreviations that are not also English words.
# fmt: off
_CAPITALS = frozenset([
    "ct", "mri", "copd", "chf", "ards", "tb", "hiv", "iv", "picc", "svc", "ivc", "ij", "ng", "cabg",
    "aicd", "icd", "lv", "rv", "ap", "pa", "lul", "lll", "rul", "rml", "rll",
])
# fmt: on
_SPELLINGS = {
    "t-spine": "T-spine",
    "c-spine": "C-spine",
    "l-spine": "L-spine",
    "kerley": "Kerley",
    "schmorl": "Schmorl",
    "swan-ganz": "Swan-Ganz",
    "dobhoff": "Dobhoff",
    "mediport": "Mediport",
}
# Vertebrae and the spaces between them: t7, l1-l2.
_VERTEBRA = re.compile(r"[ctl]\d{1,2}(-[ctls]?\d{1,2})?")


def sentences(words: Sequence[str], log_probs: Sequence[float]) -> tuple[DraftSentence, ...]:
    """Split a generated report at its full stops.

    Args:
        words: The model's words in order; "." is a word of its own.
        log_probs: Natural log-probability of each word.

    Returns:
        The sentences in order. A full stop without words before it makes no sentence. The last
        sentence may lack a full stop in `raw`, if the search was cut short; its `text` has one.
    """
    return tuple(_sentence(words[part], log_probs[part]) for part in spans(words))


def spans(words: Sequence[str]) -> tuple[slice, ...]:
    """The slice of the words, full stop included, for each sentence of `sentences`."""
    found = []
    start = 0
    for position, word in enumerate(words):
        if word == STOP or position == len(words) - 1:
            if words[start] != STOP:
                found.append(slice(start, position + 1))
            start = position + 1
    return tuple(found)


def without_repeats(found: Sequence[DraftSentence]) -> tuple[DraftSentence, ...]:
    """The sentences without those that repeat the previous one word for word."""
    return tuple(
        sentence
        for position, sentence in enumerate(found)
        if position == 0 or sentence.text != found[position - 1].text
    )


def readable(words: Sequence[str]) -> str:
    """Prose of a report, finished or not, to show while it is generated."""
    texts = [sentence.text for sentence in sentences(words, [0.0] * len(words))]
    text = " ".join(texts)
    return text if not words or words[-1] == STOP else text.removesuffix(STOP)


def _sentence(words: Sequence[str], log_probs: Sequence[float]) -> DraftSentence:
    text = " ".join(_spelled(word) for word in words if word != STOP) + STOP
    return DraftSentence(
        text=text[0].upper() + text[1:],
        raw=" ".join(words),
        log_prob=float(sum(log_probs)),
        tokens=len(words),
    )


def _spelled(word: str) -> str:
    if word in _CAPITALS or _VERTEBRA.fullmatch(word):
        return word.upper()
    return _SPELLINGS.get(word, word)
