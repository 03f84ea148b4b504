"""Beam search against enumeration, against the released search, and its rules one by one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from testkit.tiny_decoder import IDS, Scripted, TinyModel

from engine.domain.bundle import DecodingSpec
from engine.domain.progress import CancelToken
from engine.errors import CancelledError, InferenceError
from engine.inference.beam import beam_search


def all_reports(
    model: TinyModel, words: list[int], most: int, penalty: float
) -> dict[tuple[int, ...], float]:
    """Every report with its score; a report of `most` words has no end."""
    scores = {}
    for length in range(most + 1):
        for report in itertools.product(words, repeat=length):
            ids = (*report, IDS.eos) if length < most else report
            total = 0.0
            for position, token in enumerate(ids):
                prefix = np.array([IDS.bos, *ids[:position]])
                total += float(model.log_probs(model.state(prefix))[token])
            scores[report] = total / len(ids) ** penalty
    return scores


def released_search(model: TinyModel, beams: int, most: int) -> tuple[tuple[int, ...], float]:
    """The search as cmcrl.md 5.1 tells it: no early exit, an ended beam is lowered by 1000."""
    running: list[tuple[tuple[int, ...], float]] = [((), 0.0)]
    ended = []
    for step in range(most):
        candidates = []
        for ids, total in running:
            log_probs = model.log_probs(model.state(np.array([IDS.bos, *ids]))).astype(float)
            log_probs[[IDS.pad, IDS.bos]] = -np.inf
            candidates += [((*ids, t), total + p) for t, p in enumerate(log_probs)]
        candidates.sort(key=lambda c: -c[1])
        running = []
        for ids, total in candidates[:beams]:
            is_end = ids[-1] == IDS.eos
            if (is_end or step == most - 1) and total > -900:
                ended.append((ids[:-1] if is_end else ids, total))
            running.append((ids, total - 1000 if is_end else total))
    return max(ended, key=lambda e: e[1])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), penalty=st.sampled_from([0.0, 0.6, 1.0, 2.0]))
def test_wide_beam_finds_what_enumeration_finds(seed: int, penalty: float) -> None:
    model = TinyModel(seed, 6)
    spec = DecodingSpec(beam=200, max_tokens=4, length_penalty=penalty)
    best = beam_search(model, spec, IDS, forbidden_ids={IDS.unk})[0]
    scores = all_reports(model, [4, 5], 4, penalty)
    assert best.score == pytest.approx(max(scores.values()), abs=1e-5)
    assert scores[best.ids] == pytest.approx(best.score, abs=1e-5)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), beams=st.integers(1, 4), most=st.integers(1, 9))
def test_early_exit_gives_the_released_result(seed: int, beams: int, most: int) -> None:
    model = TinyModel(seed, 9)
    ids, score = released_search(model, beams, most)
    best = beam_search(model, DecodingSpec(beam=beams, max_tokens=most), IDS)[0]
    assert best.score == pytest.approx(score, abs=1e-5)
    assert best.ids == ids


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), beams=st.integers(1, 5))
def test_cached_and_recomputed_states_give_the_same_beams(seed: int, beams: int) -> None:
    spec = DecodingSpec(beam=beams, max_tokens=12)
    cached = beam_search(TinyModel(seed, 20), spec, IDS, forbidden_ids={3, 7})
    recomputed = beam_search(TinyModel(seed, 20, cached=False), spec, IDS, forbidden_ids={3, 7})
    assert [beam.ids for beam in cached] == [beam.ids for beam in recomputed]
    assert not {3, 7} & {token for beam in cached for token in beam.ids}


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), beams=st.integers(1, 4))
def test_every_number_of_a_beam_belongs_to_its_words(seed: int, beams: int) -> None:
    model = TinyModel(seed, 12)
    for beam in beam_search(model, DecodingSpec(beam=beams, max_tokens=8), IDS):
        for position, (token, log_prob) in enumerate(zip(beam.ids, beam.log_probs, strict=True)):
            prefix = np.array([IDS.bos, *beam.ids[:position]])
            assert log_prob == pytest.approx(model.log_probs(model.state(prefix))[token], abs=1e-5)
        total = sum(beam.log_probs) + (beam.end_log_prob or 0.0)
        assert beam.score == pytest.approx(total, abs=1e-6)
        if beam.cross_attention is not None:
            assert beam.cross_attention[:, 0].tolist() == [IDS.bos, *beam.ids[:-1]]


def test_results_come_best_first_and_cut_ones_have_no_end() -> None:
    step = Scripted(np.log([1e-9, 1e-9, 0.2, 1e-9, 0.5, 0.3]).tolist())
    beams = beam_search(step, DecodingSpec(beam=3, max_tokens=3), IDS)
    assert [beam.score for beam in beams] == sorted((b.score for b in beams), reverse=True)
    assert beams[0].ids == ()
    cut = [beam for beam in beams if beam.end_log_prob is None]
    assert all(len(beam.ids) == 3 for beam in cut)


def test_stops_as_soon_as_nothing_better_can_come() -> None:
    words = np.log([1e-9, 1e-9, 1e-9, 1e-9, 0.9, 0.1]).tolist()
    end = np.log([1e-9, 1e-9, 0.99, 1e-9, 0.005, 0.005]).tolist()
    step = Scripted(words, words, end)
    assert beam_search(step, DecodingSpec(beam=3, max_tokens=60), IDS)[0].ids == (4, 4)
    assert step.steps == 3


def test_ties_are_broken_by_parent_and_then_by_id() -> None:
    step = Scripted(np.log([1e-9, 1e-9, 1e-9, 0.3, 0.3, 0.3]).tolist())
    beams = beam_search(step, DecodingSpec(beam=2, max_tokens=2), IDS)
    assert [beam.ids for beam in beams] == [(3, 3), (3, 4)]


def test_progress_is_the_best_unfinished_beam_one_word_longer_each_time() -> None:
    seen: list[tuple[int, ...]] = []
    beam_search(TinyModel(3, 30), DecodingSpec(max_tokens=6), IDS, on_step=seen.append)
    assert [len(ids) for ids in seen] == list(range(1, len(seen) + 1))


def test_cancel_stops_before_the_next_step() -> None:
    cancel = CancelToken()
    model = TinyModel(1, 40)
    with pytest.raises(CancelledError):
        beam_search(
            model,
            DecodingSpec(max_tokens=50, beam=4),
            IDS,
            on_step=lambda ids: cancel.cancel() if len(ids) == 2 else None,
            cancel=cancel,
        )
    assert model.steps == 2


def test_nothing_allowed_is_an_error() -> None:
    with pytest.raises(InferenceError, match="no word"):
        beam_search(Scripted([-1.0, -1.0, -np.inf, -0.1]), DecodingSpec(), IDS, forbidden_ids={3})


@pytest.mark.parametrize("bad", [float("nan"), 0.5])
def test_numbers_that_are_no_probabilities_are_an_error(bad: float) -> None:
    with pytest.raises(InferenceError, match="probabilities"):
        beam_search(Scripted([-1.0, -1.0, -1.0, bad, -1.0]), DecodingSpec(), IDS)


@pytest.mark.parametrize("spec", [DecodingSpec(beam=0), DecodingSpec(length_penalty=-1.0)])
def test_an_impossible_search_is_an_error(spec: DecodingSpec) -> None:
    with pytest.raises(InferenceError, match="not possible"):
        beam_search(TinyModel(1, 6), spec, IDS)
