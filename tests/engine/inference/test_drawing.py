"""Drawn reports follow the model's probabilities, and the one that is shown agrees with most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from testkit.tiny_decoder import IDS, Scripted, TinyModel

from engine.domain.bundle import DecodingSpec
from engine.domain.progress import CancelToken
from engine.errors import CancelledError, InferenceError
from engine.inference.beam import Beam, beam_search
from engine.inference.drawing import draw_reports, most_central_first
from engine.inference.search import ReportSearch

WORDS = DecodingSpec(draws=3)
"""Only shared words count."""


def report(*ids: int, score: float = -1.0, log_prob: float = -0.1) -> Beam:
    return Beam(
        ids=ids,
        log_probs=(log_prob,) * len(ids),
        end_log_prob=log_prob,
        score=score,
        cross_attention=None,
    )


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000), draws=st.integers(1, 9))
def test_cached_and_uncached_decoders_draw_the_same(seed: int, draws: int) -> None:
    spec = DecodingSpec(draws=draws, max_tokens=12, temperature=0.7)
    cached = draw_reports(TinyModel(seed, 20), spec, IDS, forbidden_ids={3, 7})
    whole = draw_reports(TinyModel(seed, 20, cached=False), spec, IDS, forbidden_ids={3, 7})
    assert [beam.ids for beam in cached] == [beam.ids for beam in whole]
    assert len(cached) == draws
    assert not any({IDS.pad, IDS.bos, 3, 7} & set(beam.ids) for beam in cached)


def test_each_report_has_the_probabilities_and_attention_of_its_own_words() -> None:
    model = TinyModel(5, 12)
    for beam in draw_reports(model, DecodingSpec(draws=6, max_tokens=8), IDS):
        for place, (token, log_prob) in enumerate(zip(beam.ids, beam.log_probs, strict=True)):
            prefix = np.array([IDS.bos, *beam.ids[:place]])
            assert model.log_probs(model.state(prefix))[token] == pytest.approx(log_prob, abs=1e-5)
        if beam.ids:
            assert beam.cross_attention is not None
            newest = [IDS.bos, *beam.ids[:-1]]
            assert beam.cross_attention[:, 0].tolist() == newest


def test_words_are_drawn_as_often_as_the_model_says() -> None:
    shares = np.array([0.5, 0.3, 0.2])
    row = [-np.inf, -np.inf, *np.log(shares)]
    drawn = draw_reports(Scripted(row), DecodingSpec(draws=200, max_tokens=1), IDS)
    found = Counter(beam.ids for beam in drawn)
    assert found == {(): 100, (3,): 60, (4,): 40}


def test_a_low_temperature_draws_the_likeliest_report() -> None:
    spec = DecodingSpec(draws=5, max_tokens=10, temperature=0.01)
    likeliest = beam_search(TinyModel(9, 15), DecodingSpec(beam=1, max_tokens=10), IDS)[0]
    drawn = draw_reports(TinyModel(9, 15), spec, IDS)
    assert {beam.ids for beam in drawn} == {likeliest.ids}
    assert drawn[0].score == pytest.approx(likeliest.score)


def test_a_report_that_did_not_end_says_so() -> None:
    endless = Scripted([-np.inf, -np.inf, -np.inf, -np.inf, 0.0])
    (beam,) = draw_reports(endless, DecodingSpec(draws=1, max_tokens=4), IDS)
    assert beam.ids == (4, 4, 4, 4)
    assert beam.end_log_prob is None


def test_the_report_that_shares_most_words_with_the_others_comes_first() -> None:
    odd, middle, near = report(9, 9, 9), report(4, 5, 6), report(4, 5, 7)
    assert most_central_first([odd, near, middle, report(4, 5, 6)], WORDS)[0].ids == (4, 5, 6)
    assert most_central_first([odd, near, middle, middle], WORDS)[-1] is odd


def test_words_that_the_model_finds_unlikely_count_against_a_report() -> None:
    patched = report(4, 5, 6, log_prob=-2.0)
    plain, other = report(4, 5, 7), report(4, 8, 6)
    assert most_central_first([patched, plain, other], WORDS)[0] is patched
    assert most_central_first([patched, plain, other], replace(WORDS, fluency=0.5))[-1] is patched


def test_a_finding_that_many_claim_speaks_for_a_report_and_a_rare_one_against_it() -> None:
    claiming = [report(4, 5, 6, 6, score=-float(n)) for n in range(2)]
    normal, odd = report(4, 5, 7), report(4, 5, 8)
    spec = replace(WORDS, findings=1.0)

    def claims(ids: Sequence[int]) -> set[str]:
        return {f"finding {word}" for word in ids if word in {6, 8}}

    ordered = most_central_first([*claiming, normal, odd, report(4, 5, 7)], spec, claims)
    assert ordered[0] is claiming[0]
    assert ordered[-1] is odd


def test_findings_that_nobody_reads_are_an_error() -> None:
    with pytest.raises(InferenceError, match="nobody reads"):
        most_central_first([report(4)], replace(WORDS, findings=0.1))


def test_equal_ones_are_ordered_by_their_score() -> None:
    better, worse = report(4, score=-1.0), report(5, score=-2.0)
    assert most_central_first([worse, better], WORDS) == (better, worse)


def test_empty_reports_are_alike() -> None:
    assert most_central_first([report(4), report(), report()], WORDS)[0].ids == ()


def test_a_bundle_without_draws_is_searched_by_beams() -> None:
    spec = DecodingSpec(beam=3, max_tokens=6)
    found = ReportSearch(spec=spec, ids=IDS).find(TinyModel(2, 9))
    assert [b.ids for b in found] == [b.ids for b in beam_search(TinyModel(2, 9), spec, IDS)]


def test_the_draft_is_the_most_central_of_the_draws() -> None:
    spec = DecodingSpec(draws=8, max_tokens=6)
    drawn = draw_reports(TinyModel(2, 9), spec, IDS)
    found = ReportSearch(spec=spec, ids=IDS).find(TinyModel(2, 9))
    assert [b.ids for b in found] == [b.ids for b in most_central_first(drawn, spec)]


def test_it_can_be_cancelled_between_words() -> None:
    cancel = CancelToken()
    seen: list[tuple[int, ...]] = []

    def stop(ids: tuple[int, ...]) -> None:
        seen.append(ids)
        cancel.cancel()

    with pytest.raises(CancelledError):
        draw_reports(TinyModel(3, 30), DecodingSpec(draws=3), IDS, on_step=stop, cancel=cancel)
    assert len(seen) == 1


@pytest.mark.parametrize(
    "spec",
    [
        DecodingSpec(draws=0),
        DecodingSpec(draws=2, temperature=0.0),
        DecodingSpec(draws=2, max_tokens=0),
    ],
)
def test_impossible_draws_are_an_error(spec: DecodingSpec) -> None:
    with pytest.raises(InferenceError, match="not possible"):
        draw_reports(TinyModel(1, 6), spec, IDS)


@pytest.mark.parametrize("bad", [float("nan"), 0.5])
def test_what_is_not_a_probability_is_an_error(bad: float) -> None:
    with pytest.raises(InferenceError, match="probabilities"):
        draw_reports(Scripted([-1.0, -1.0, -1.0, bad]), DecodingSpec(draws=2), IDS)


def test_no_word_left_is_an_error() -> None:
    row = [-1.0, -1.0, -np.inf, -0.1]
    with pytest.raises(InferenceError, match="no word"):
        draw_reports(Scripted(row), DecodingSpec(draws=2), IDS, forbidden_ids={3})
