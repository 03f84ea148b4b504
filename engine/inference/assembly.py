"""A draft assembled from sentences that the model drew for the same films.

No single drawn report is as good as what the draws say together: this is minimum Bayes risk over
sentences instead of whole reports (Kumar and Byrne, HLT-NAACL 2004; decision 22). The search
climbs: sentences are added, removed, exchanged and moved as long as the text gains in expected
overlap with the draws and in findings that the model's label head supports. Checked with the
product's reader, it contains nothing that refers to a prior, no side on which the draws disagree,
no contradiction and no repeat. Everything has a fixed order, so the same draws give the same text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

import numpy as np
from numpy.typing import NDArray

from engine.domain.bundle import AssemblySpec
from engine.domain.progress import CancelToken
from engine.inference.agreement import Agreement
from engine.inference.ngrams import NgramTable
from engine.inference.tokenizer import Tokenizer
from engine.language.companions import (
    denies_both,
    has_disputed_side,
    may_be_drafted,
    may_stand_together,
    sided_claims,
)
from engine.language.findings import labels
from engine.language.sentences import STOP, spans

USUAL_RUN = 4
"""A sentence of few draws is used only if each of its runs of this many words is usual."""
DECIMALS = 9
"""Values of texts are rounded to this, so that ties are ties on every machine."""

Ids = tuple[int, ...]
Order = tuple[int, ...]
"""Sentences of a text by their numbers among the candidates."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidates:
    """Sentences that a draft may be made of, the most frequent first.

    Attributes:
        ids: Of each sentence, its full stop included.
        starts: What is left of each draw when only candidates stay that may stand together; an
            earlier one takes precedence over a later one.
        together: `(K, K)` whether two may stand in one text.
        claims: `(K, F)` whether each asserts a finding.
        worth: `(F,)` probability of each finding less what it needs to speak for a sentence.
    """

    ids: tuple[Ids, ...]
    starts: tuple[Order, ...]
    together: NDArray[np.bool_]
    claims: NDArray[np.bool_]
    worth: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Assembler:
    """Assembles drafts for one bundle.

    Attributes:
        tokenizer: Of the bundle.
        table: Of the bundle.
        spec: Of the bundle.
        most_words: Maximum length of a draft, full stops included.
    """

    tokenizer: Tokenizer
    table: NgramTable
    spec: AssemblySpec
    most_words: int

    def assembled(
        self, draws: Sequence[Ids], probabilities: Mapping[str, float], cancel: CancelToken
    ) -> Ids:
        """The words of the draft; empty if no sentence of the draws may stand in one.

        Args:
            draws: Ids of the drawn reports.
            probabilities: Of findings, by the label head; a finding it does not know gets the share
                of the draws that assert it.
            cancel: Tested at every step of the climb.

        Raises:
            CancelledError: `cancel` was set.
        """
        candidates = self.candidates(draws, probabilities)
        text = self.climbed(candidates, Agreement(draws, self.table, self.spec), cancel)
        text = self.joined(text, candidates)
        return tuple(word for number in text for word in candidates.ids[number])

    def candidates(self, draws: Sequence[Ids], probabilities: Mapping[str, float]) -> Candidates:
        """The sentences that may be used, with what decides between them."""
        reports = [_sentences(draw, self.tokenizer) for draw in draws]
        texts = {ids: text for report in reports for ids, text in report.items()}
        sides = sided_claims(tuple(report.values()) for report in reports)
        times = Counter(ids for report in reports for ids in report)
        allowed = (
            ids
            for ids, count in times.most_common()  # equal ones in the order of the draws
            if (count >= self.spec.least_draws or self.table.is_usual(ids, USUAL_RUN))
            and may_be_drafted(texts[ids])
            and not has_disputed_side(texts[ids], sides)
        )
        kept = tuple(islice(allowed, self.spec.candidates))
        claimed = [labels(texts[ids]) for ids in kept]
        names = sorted(frozenset[str]().union(*claimed))
        believed = dict(_shares(reports, names)) | dict(probabilities)
        claims = [name in own for own in claimed for name in names]
        together = _together([texts[ids] for ids in kept])
        return Candidates(
            ids=kept,
            starts=tuple(dict.fromkeys(_start(report, kept, together) for report in reports)),
            together=together,
            claims=np.array(claims, dtype=bool).reshape(len(kept), len(names)),
            worth=np.array([believed[name] for name in names]) - self.spec.least_probability,
        )

    def climbed(self, candidates: Candidates, agreement: Agreement, cancel: CancelToken) -> Order:
        """The text that no step improves, starting from the best of draws and single sentences."""
        parts = [agreement.local(ids) for ids in candidates.ids]
        sizes = np.array([len(part) for part in parts], dtype=np.int64)
        best: Order = ()
        height = -np.inf
        near: Iterable[Order] = (*candidates.starts, *_near((), candidates.together))
        while True:
            cancel.raise_if_cancelled()
            near = [t for t in near if t and sizes[list(t)].sum() <= self.most_words]
            if not near:
                return best
            claims = np.array([candidates.claims[list(text)].any(axis=0) for text in near])
            worth = agreement.of(*_padded(near, parts))
            worth = worth - self.spec.sentence * np.array([len(text) for text in near])
            worth = np.round(worth + self.spec.findings * (claims @ candidates.worth), DECIMALS)
            index = int(np.argmax(worth))  # the first of equal ones
            if worth[index] <= height:
                return best
            best, height = near[index], float(worth[index])
            near = _near(best, candidates.together)

    def joined(self, text: Order, candidates: Candidates) -> Order:
        """The text with two denials in one sentence where the draws have one that says both.

        The reader answers for every sentence with a key.
        """
        said = [" ".join(self.tokenizer.words(ids)[:-1]) for ids in candidates.ids]
        for first, second in combinations(text, 2):
            rest = [number for number in text if number not in (first, second)]
            for whole in range(len(said)):
                fits = candidates.together[whole, rest].all()
                if fits and denies_both(said[whole], said[first], said[second]):
                    swapped = (whole if number == first else number for number in text)
                    shorter = tuple(number for number in swapped if number != second)
                    return self.joined(shorter, candidates)
        return text


def _sentences(draw: Ids, tokenizer: Tokenizer) -> dict[Ids, str]:
    """A draw's complete sentences, each once, with its words without the full stop."""
    words = tokenizer.words(draw)
    return {
        draw[part]: " ".join(words[part][:-1])
        for part in spans(words)
        if words[part.stop - 1] == STOP
    }


def _together(texts: Sequence[str]) -> NDArray[np.bool_]:
    """`(K, K)` whether two sentences may stand in one text; a sentence never beside itself."""
    found = np.zeros((len(texts), len(texts)), dtype=bool)
    for one, other in combinations(range(len(texts)), 2):
        found[one, other] = found[other, one] = may_stand_together(texts[one], texts[other])
    return found


def _start(report: Iterable[Ids], kept: Sequence[Ids], together: NDArray[np.bool_]) -> Order:
    """What is left of a draw when only candidates stay that may stand beside the earlier ones."""
    text: list[int] = []
    for ids in report:
        if ids in kept and together[kept.index(ids), text].all():
            text.append(kept.index(ids))
    return tuple(text)


def _shares(
    reports: Sequence[Mapping[Ids, str]], names: Collection[str]
) -> Iterator[tuple[str, float]]:
    claimed = [frozenset[str]().union(*map(labels, report.values())) for report in reports]
    for name in names:
        yield name, sum(name in own for own in claimed) / len(reports)


def _padded(
    texts: Sequence[Order], parts: Sequence[NDArray[np.int64]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The texts' words by number, padded with 0, and the number of words of each."""
    lengths = np.array([sum(len(parts[n]) for n in text) for text in texts], dtype=np.int64)
    words = np.zeros((len(texts), int(lengths.max())), dtype=np.int64)
    for row, text in enumerate(texts):
        words[row, : lengths[row]] = np.concatenate([parts[n] for n in text])
    return words, lengths


def _near(text: Order, together: NDArray[np.bool_]) -> Iterator[Order]:
    """Every text one step away: a sentence added, put in place of others, removed, or moved."""
    for added in range(len(together)):
        if added not in text:
            yield from _with(text, added, together)
    for index, moved in enumerate(text):
        rest = text[:index] + text[index + 1 :]
        if rest:
            yield rest
        for target in range(len(text)):
            if target > index or target < index - 1:  # swapping neighbours would come twice
                yield (*rest[:target], moved, *rest[target:])


def _with(text: Order, added: int, together: NDArray[np.bool_]) -> Iterator[Order]:
    """The text with one more sentence, in place of those that it cannot stand beside."""
    barred = [index for index, n in enumerate(text) if not together[added, n]]
    if barred:
        kept = enumerate(added if index == barred[0] else n for index, n in enumerate(text))
        yield tuple(n for index, n in kept if index not in barred[1:])
        return
    for index in range(len(text) + 1):
        yield (*text[:index], added, *text[index:])
    for index in range(len(text)):
        yield (*text[:index], added, *text[index + 1 :])
