"""Beam search over a `DecoderStep`: the words of a draft, each with its probability.

The score is the paper's plain sum of log-probabilities (cmcrl.md 5.1), divided by length**a if the
bundle asks for it. Unlike the released search it stops as soon as nothing better can come:
log-probabilities are never positive, so a running sum is an upper bound for everything that grows
out of it. The result is the same with fewer steps.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.domain.bundle import DecodingSpec
from engine.domain.progress import CancelToken
from engine.errors import InferenceError
from engine.inference.decoder_step import DecoderStep, StepOutput

_ROUNDING = 1e-4

OnStep = Callable[[tuple[int, ...]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialIds:
    """Ids with a meaning of their own; never words of a report."""

    pad: int
    bos: int
    eos: int
    unk: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Beam:
    """One way to write the report.

    Attributes:
        ids: L words, without BOS and EOS.
        log_probs: `L` natural log-probabilities of the words, given what precedes them.
        end_log_prob: Of EOS; None if the search ended at `max_tokens` first.
        score: Sum of all of them, EOS included, over length**a.
        cross_attention: `(L, N)` over visual tokens, CLS first; None if the step gives none.
    """

    ids: tuple[int, ...]
    log_probs: tuple[float, ...]
    end_log_prob: float | None
    score: float
    cross_attention: NDArray[np.float32] | None


def beam_search(
    step: DecoderStep,
    spec: DecodingSpec,
    ids: SpecialIds,
    forbidden_ids: Collection[int] = (),
    on_step: OnStep | None = None,
    cancel: CancelToken | None = None,
) -> tuple[Beam, ...]:
    """Search for the likeliest reports; `spec.beam` = 1 is greedy decoding.

    Equal candidates are ordered by the parent's rank, then by id, so that only the numbers decide.

    Args:
        step: The decoder of one study.
        spec: Number of beams, maximum number of ids (EOS counts as one) and length penalty (>= 0).
        ids: Special ids; PAD and BOS are never generated.
        forbidden_ids: Words that are never written; the others keep the model's own probability.
        on_step: Called after every step with the words of the best unfinished beam.
        cancel: Tested before every step.

    Returns:
        All beams that ended or were cut at `max_tokens`, best first. Only the first is exact: how
        many others there are depends on when the search could stop.

    Raises:
        CancelledError: `cancel` was set.
        InferenceError: The step gave something that is not a probability, or no word is allowed.
    """
    _require_possible(spec)
    cancel = cancel or CancelToken()
    banned = banned_ids(ids, forbidden_ids)
    running: list[Beam] = [_EMPTY]
    ended: list[Beam] = []
    cache = step.start()
    for length in range(1, spec.max_tokens + 1):
        cancel.raise_if_cancelled()
        prefixes = np.array([[ids.bos, *beam.ids] for beam in running], dtype=np.int64)
        output = step(prefixes, cache)
        choices = _choices(output.log_probs, running, banned, spec.beam)
        grown = [_grown(running[c.parent], c, ids.eos, output.cross_attention) for c in choices]
        ended.extend(_scored(b, length, spec) for b in grown if b.end_log_prob is not None)
        running = [beam for beam in grown if beam.end_log_prob is None]
        if not running or _is_decided(running, ended, spec):
            break
        if on_step is not None:
            on_step(running[0].ids)
        cache = step.reorder(output.cache, _parents(choices, ids.eos))
    else:
        ended.extend(_scored(beam, spec.max_tokens, spec) for beam in running)
    return _best_first(ended)


# A running beam's score is the plain sum; `_scored` applies the length when the beam ends.
_EMPTY = Beam(ids=(), log_probs=(), end_log_prob=None, score=0.0, cross_attention=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    parent: int
    token: int
    log_prob: float


def _require_possible(spec: DecodingSpec) -> None:
    if spec.beam < 1 or spec.max_tokens < 1 or spec.length_penalty < 0:
        raise InferenceError("The model's bundle asks for a search that is not possible.")


def banned_ids(ids: SpecialIds, forbidden: Collection[int]) -> NDArray[np.int64]:
    """Ids that are never generated."""
    # In the released weights PAD, BOS and EOS are one id (cmcrl.md 1.4): EOS must stay possible.
    return np.array(sorted({ids.pad, ids.bos, *forbidden} - {ids.eos}), dtype=np.int64)


def require_log_probs(log_probs: NDArray[np.float32], rows: int) -> None:
    """Raise `InferenceError` unless there is one row of log-probabilities for each prefix."""
    if log_probs.shape[0] != rows or not (log_probs <= _ROUNDING).all():
        raise InferenceError("The model's decoder did not return probabilities.")


def _choices(
    log_probs: NDArray[np.float32], running: Sequence[Beam], banned: NDArray[np.int64], count: int
) -> list[_Choice]:
    require_log_probs(log_probs, len(running))
    # The early exit relies on sums that never rise, so rounding must not lift one above 0.
    allowed = np.minimum(log_probs.astype(np.float64), 0.0)
    allowed[:, banned] = -np.inf
    totals = (allowed + np.array([[beam.score] for beam in running])).ravel()
    count = min(count, int(np.isfinite(totals).sum()))
    if count == 0:
        return []
    # All that tie with the last place, in flat order; a stable sort then breaks ties.
    border = np.partition(totals, -count)[-count]
    indices = np.flatnonzero(totals >= border)
    best = indices[np.argsort(-totals[indices], kind="stable")[:count]]
    parents, tokens = np.divmod(best, log_probs.shape[1])
    return [
        _Choice(parent=int(p), token=int(t), log_prob=float(allowed[p, t]))
        for p, t in zip(parents, tokens, strict=True)
    ]


def _parents(choices: Sequence[_Choice], eos: int) -> NDArray[np.int64]:
    """Ranks of the beams that the unfinished choices grow out of."""
    return np.array([c.parent for c in choices if c.token != eos], dtype=np.int64)


def _grown(parent: Beam, choice: _Choice, eos: int, attention: NDArray[np.float32] | None) -> Beam:
    total = parent.score + choice.log_prob
    if choice.token == eos:
        return replace(parent, end_log_prob=choice.log_prob, score=total)
    row = None if attention is None else attention[choice.parent][None]
    if row is not None and parent.cross_attention is not None:
        row = np.concatenate([parent.cross_attention, row])
    return Beam(
        ids=(*parent.ids, choice.token),
        log_probs=(*parent.log_probs, choice.log_prob),
        end_log_prob=None,
        score=total,
        cross_attention=row,
    )


def _scored(beam: Beam, length: int, spec: DecodingSpec) -> Beam:
    return replace(beam, score=beam.score / length**spec.length_penalty)


def _is_decided(running: Sequence[Beam], ended: Sequence[Beam], spec: DecodingSpec) -> bool:
    # A sum never rises, and a negative sum is divided by most at the greatest length: this bound
    # holds for every length penalty of 0 or more.
    bound = running[0].score / spec.max_tokens**spec.length_penalty
    return bool(ended) and max(beam.score for beam in ended) >= bound


def _best_first(ended: Sequence[Beam]) -> tuple[Beam, ...]:
    if not ended:
        raise InferenceError("The model found no word that it may write.")
    return tuple(sorted(ended, key=lambda beam: -beam.score))


def forced(step: DecoderStep, ids: Sequence[int], special: SpecialIds) -> Beam:
    """Score given words as a report: each word given the films and the words before it.

    Args:
        step: The decoder of one study.
        ids: Without BOS and EOS.
        special: Special ids.

    Raises:
        InferenceError: The step gave something that is not a probability.
    """
    log_probs: list[float] = []
    attention: list[NDArray[np.float32]] = []
    for word, output in zip((*ids, special.eos), steps_along(step, ids, special.bos), strict=True):
        log_probs.append(float(min(output.log_probs[0, word], 0.0)))
        if output.cross_attention is not None:
            attention.append(output.cross_attention[0])
    return Beam(
        ids=tuple(ids),
        log_probs=tuple(log_probs[:-1]),
        end_log_prob=log_probs[-1],
        score=sum(log_probs),
        cross_attention=np.stack(attention[:-1]) if len(attention) > 1 else None,
    )


def steps_along(step: DecoderStep, ids: Sequence[int], bos: int) -> Iterator[StepOutput]:
    """The decoder's output after BOS and after each word: one more than there are words."""
    cache = step.start()
    for length in range(len(ids) + 1):
        output = step(np.array([[bos, *ids[:length]]], dtype=np.int64), cache)
        require_log_probs(output.log_probs, 1)
        yield output
        cache = output.cache
