"""Words of a sentence that the films of one study cannot show: comparisons, dates, numbers.

A model trained on reports with comparisons writes comparisons, whether or not there is an earlier
film (Ramesh et al. 2022), and numbers that nobody measured. Recall matters more than precision:
checking a false alarm takes a glance, a phantom comparison makes a wrong report. docs/findings.md
has the figures.
"""

from __future__ import annotations

import re
from functools import lru_cache

from engine.domain.finding import PriorKind, PriorMention
from engine.language.lexicon import phrase_lists
from engine.language.phrases import Match, folded, found

_MONTHS = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DATE = re.compile(
    r"\b\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}\b|\b\d{1,2}/\d{2,4}\b"
    rf"|\b(?:\d{{1,2}}\s+)?{_MONTHS}\.?,?\s+\d{{1,4}}(?:,?\s+\d{{4}})?\b|\b(?:19|20)\d\d\b"
    r"|\b\d{1,2}:\d\d(?:\s*[ap]\.?m\b)?|\b\d{1,4}\s*(?:hours|hrs|[ap]\.?m\b)"
)
_SPELLED = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|half a|a few|several)"
_UNITS = r"(?:mm|cm|millimet(?:er|re)s?|centimet(?:er|re)s?|inch(?:es)?|percent|%|degrees?)"
_NUMBER = re.compile(
    rf"\b{_SPELLED}[\s-]+{_UNITS}(?!\w)"
    rf"|(?<![\w.])\d+(?:[.,]\d+)?(?:\s*(?:x|by|-|to)\s*\d+(?:[.,]\d+)?)*(?:\s*-?{_UNITS}(?!\w))?(?!\w)"
    rf"|(?<![\w.])\d+(?:\.\d+)?{_UNITS}(?!\w)"
)
# Numbers that name a site, count things or give the time of a follow-up: "T8", "7th rib",
# "2 leads", "in 6 weeks".
_NAMED_NUMBER = re.compile(
    r"\b[ctls]-?\d{1,2}(?:\s*(?:-|/|and|to|through)\s*[ctls]?-?\d{1,2})*\b"
    r"|\b\d{1,2}(?:st|nd|rd|th)\b"
    r"|\bribs?\s+(?:number\s+)?\d{1,2}(?:\s*(?:-|,|and|to|through)+\s*\d{1,2})*\b"
    r"|\b(?:vertebra|vertebral body|segment|grade|level|kerley|type)\s+\d{1,2}\b"
    r"|\b\d\s*(?:-?view|images?|films?|radiographs?|projections?|lead)\w*"
    r"|(?<![\d.,x] )(?<![\d.,])\b\d\s+(?!(?:x|by|to|and|or|in|at|on|of|from|is|mm|cm|xxxx)\b"
    r"|millimet|centimet|inch|percent|degree|hours|hrs)[a-z]"
    r"|\b\d{1,2}(?:\s*(?:-|to)\s*\d{1,2})?[\s-]+(?:week|month|day|year)s?\b"
    r"|\bb12\b|\bco2\b|^\s*\(?\d{1,2}[.)](?=\s|$)"
)


@lru_cache(maxsize=4096)
def prior_mentions(sentence: str) -> tuple[PriorMention, ...]:
    """Every comparison, removal, date and number in text order.

    Excluded are numbers that name a vertebra or a rib or count the films, and history that a film
    can show ("prior sternotomy", "previous granulomatous disease").
    """
    text = folded(sentence)
    lists = phrase_lists("priors")
    history = tuple(found(lists["no_comparison"], text))
    spans = [
        (kind, match.start, match.end)
        for kind, name in (
            (PriorKind.REMOVAL, "removal"),
            (PriorKind.COMPARISON, "comparison"),
        )
        for match in found(lists[name], text)
        if not _begins_within(match, history)
    ]
    spans += [(PriorKind.DATE, *match.span()) for match in _DATE.finditer(text)]
    named = [match.span() for match in _NAMED_NUMBER.finditer(text)]
    spans += [
        (PriorKind.NUMBER, *match.span())
        for match in _NUMBER.finditer(text)
        if not any(start <= match.start() < end for start, end in named)
    ]
    order = list(PriorKind)
    spans.sort(key=lambda span: (span[1], -span[2], order.index(span[0])))
    mentions: list[PriorMention] = []
    for kind, start, end in spans:
        if not mentions or start >= mentions[-1].end:
            mention = PriorMention(kind=kind, text=sentence[start:end], start=start, end=end)
            mentions.append(mention)
    return tuple(mentions)


def leans_on_prior(sentence: str) -> bool:
    """Whether the sentence compares with an earlier film or mentions a removal or a date."""
    return any(mention.kind is not PriorKind.NUMBER for mention in prior_mentions(sentence))


def _begins_within(match: Match, others: tuple[Match, ...]) -> bool:
    return any(other.start <= match.start < other.end for other in others)
