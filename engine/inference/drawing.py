"""Whole reports drawn from a `DecoderStep`, and the one that the others agree with most.

The likeliest report of a weak model says little that is wrong, and little at all. The report that
shares most words with the model's other reports of the same films (minimum Bayes risk decoding:
Kumar and Byrne, HLT-NAACL 2004; Eikema and Aziz, EMNLP 2022) says what the model says most often.
The draws use fixed numbers, evenly spread for every word (a Latin hypercube: McKay et al. 1979), so
that the same films always give the same draft.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.domain.bundle import DecodingSpec
from engine.domain.progress import CancelToken
from engine.errors import InferenceError
from engine.inference.beam import Beam, OnStep, SpecialIds, banned_ids, require_log_probs
from engine.inference.decoder_step import DecoderStep, StepOutput

SEED = 1

CLAIM_PRICE = 0.2
"""Share of the draws in which a finding must occur to speak for a draw that asserts it."""

FindingsOf = Callable[[Sequence[int]], Collection[str]]
"""The findings that a report's words assert."""


def draw_reports(
    step: DecoderStep,
    spec: DecodingSpec,
    ids: SpecialIds,
    forbidden_ids: Collection[int] = (),
    on_step: OnStep | None = None,
    cancel: CancelToken | None = None,
) -> tuple[Beam, ...]:
    """Draw `spec.draws` reports; the random numbers are fixed, so the draws are repeatable.

    Args:
        step: The decoder of one study.
        spec: Number of draws, their temperature and the maximum number of ids (EOS counts as one).
        ids: Special ids; PAD and BOS are never drawn.
        forbidden_ids: Words that are never drawn.
        on_step: Called after every step with the words of the first report.
        cancel: Tested before every step.

    Returns:
        In the order of their numbers. Probabilities and scores are the model's own, without
        temperature and with the length penalty of `spec`.

    Raises:
        CancelledError: `cancel` was set.
        InferenceError: The step gave something that is not a probability, or no word is allowed.
    """
    if spec.draws < 1 or spec.temperature <= 0.0 or spec.max_tokens < 1:
        raise InferenceError("The model's bundle asks for draws that are not possible.")
    cancel = cancel or CancelToken()
    banned = banned_ids(ids, forbidden_ids)
    numbers = _even_numbers(spec.draws, spec.max_tokens)
    reports = [_Report() for _ in range(spec.draws)]
    running = np.arange(spec.draws)
    cache = step.reorder(step.start(), np.zeros(spec.draws, dtype=np.int64))
    for position in range(spec.max_tokens):
        cancel.raise_if_cancelled()
        prefixes = np.array([[ids.bos, *reports[row].ids] for row in running], dtype=np.int64)
        output = step(prefixes, cache)
        require_log_probs(output.log_probs, len(running))
        drawn = _drawn(output.log_probs, banned, spec.temperature, numbers[running, position])
        for line, row in enumerate(running):
            reports[row].add(int(drawn[line]), output, line, ids.eos)
        if on_step is not None:
            on_step(tuple(reports[0].ids))
        kept = np.flatnonzero(drawn != ids.eos)
        if not kept.size:
            break
        running, cache = running[kept], step.reorder(output.cache, kept)
    return tuple(report.as_beam(spec.length_penalty) for report in reports)


def most_central_first(
    reports: Sequence[Beam], spec: DecodingSpec, findings_of: FindingsOf | None = None
) -> tuple[Beam, ...]:
    """The reports sorted by how much they agree with the others, most first.

    The value of a report is

    * the mean Dice coefficient of its words, with repetition, with those of every other report;
    * plus `spec.fluency` times the mean log-probability of its own words: agreement alone may
    choose a sentence pieced together from the common words of several;
    * plus `spec.findings` times the sum, over the findings that it asserts, of the share of the
    reports that assert it less `CLAIM_PRICE`: words agree most about what is normal.

    Ties are broken by score, then by position.

    Raises:
        InferenceError: `spec.findings` is set but `findings_of` is missing.
    """
    words = [Counter(report.ids) for report in reports]
    likeness = np.array([[_shared(one, other) for other in words] for one in words])
    worth = (likeness.sum(axis=1) - likeness.diagonal()) / max(len(reports) - 1, 1)
    worth += spec.fluency * np.array([_mean_log_prob(report) for report in reports])
    if spec.findings:
        worth += spec.findings * _agreed_findings(reports, findings_of)
    order = sorted(range(len(reports)), key=lambda n: (-round(worth[n], 9), -reports[n].score, n))
    return tuple(reports[n] for n in order)


@dataclass(slots=True)
class _Report:
    """A report that is being drawn."""

    ids: list[int] = field(default_factory=list)
    log_probs: list[float] = field(default_factory=list)
    end_log_prob: float | None = None
    attention: list[NDArray[np.float32]] = field(default_factory=list)

    def add(self, token: int, output: StepOutput, line: int, eos: int) -> None:
        """Append the id that was drawn from that line of the step's output."""
        log_prob = float(min(output.log_probs[line, token], 0.0))
        if token == eos:
            self.end_log_prob = log_prob
            return
        self.ids.append(token)
        self.log_probs.append(log_prob)
        if output.cross_attention is not None:
            self.attention.append(output.cross_attention[line])

    def as_beam(self, penalty: float) -> Beam:
        length = len(self.ids) + (self.end_log_prob is not None)
        total = sum(self.log_probs) + (self.end_log_prob or 0.0)
        return Beam(
            ids=tuple(self.ids),
            log_probs=tuple(self.log_probs),
            end_log_prob=self.end_log_prob,
            score=total / max(length, 1) ** penalty,
            cross_attention=np.stack(self.attention) if self.attention else None,
        )


def _even_numbers(draws: int, positions: int) -> NDArray[np.float64]:
    """Numbers in (0, 1), `(draws, positions)`; each column is evenly spread, in random order."""
    ranks = np.tile(np.arange(draws)[:, None], (1, positions))
    shuffled = np.random.default_rng(SEED).permuted(ranks, axis=0)
    return (shuffled + 0.5) / draws


def _drawn(
    log_probs: NDArray[np.float32],
    banned: NDArray[np.int64],
    temperature: float,
    numbers: NDArray[np.float64],
) -> NDArray[np.int64]:
    """The id into whose share of the cumulative probability each number falls."""
    scaled = log_probs.astype(np.float64) / temperature
    scaled[:, banned] = -np.inf
    largest = scaled.max(axis=1, keepdims=True)
    if not np.isfinite(largest).all():
        raise InferenceError("The model found no word that it may write.")
    borders = np.cumsum(np.exp(scaled - largest), axis=1)
    wanted = numbers[:, None] * borders[:, -1:]
    drawn: NDArray[np.int64] = np.argmax(borders > wanted, axis=1)
    return drawn


def _mean_log_prob(report: Beam) -> float:
    ends = [] if report.end_log_prob is None else [report.end_log_prob]
    every = [*report.log_probs, *ends]
    return sum(every) / len(every)


def _agreed_findings(
    reports: Sequence[Beam], findings_of: FindingsOf | None
) -> NDArray[np.float64]:
    if findings_of is None:
        raise InferenceError("The model's bundle asks for findings that nobody reads.")
    asserted = [findings_of(report.ids) for report in reports]
    count = Counter(finding for own in asserted for finding in own)
    worth = [sum(count[f] / len(reports) - CLAIM_PRICE for f in own) for own in asserted]
    return np.array(worth, dtype=np.float64)


def _shared(one: Counter[int], other: Counter[int]) -> float:
    total = one.total() + other.total()
    return 2.0 * (one & other).total() / total if total else 1.0
