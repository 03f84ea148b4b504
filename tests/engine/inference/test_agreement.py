"""Agreement with draws is the overlap that evaluation measures, text by text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocoevalcap.cider.cider_scorer import CiderScorer, cook_refs, cook_test
from pycocoevalcap.rouge.rouge import Rouge

from engine.domain.bundle import AssemblySpec
from engine.inference.agreement import Agreement
from engine.inference.ngrams import count_reports

NOTHING = {"rouge": 0.0, "bleu": 0.0, "cider": 0.0, "recall": 0.0}
Ids = tuple[int, ...]
WORDS = st.integers(10, 16)
REPORTS = st.lists(st.lists(WORDS, min_size=1, max_size=90).map(tuple), min_size=1, max_size=5)


def worth(texts: Sequence[Ids], draws: Sequence[Ids], **counts: float) -> list[float]:
    agreement = Agreement(draws, count_reports(draws), AssemblySpec(**{**NOTHING, **counts}))
    lengths = np.array([len(text) for text in texts])
    padded = np.zeros((len(texts), lengths.max()), dtype=np.int64)
    for row, text in enumerate(texts):
        padded[row, : len(text)] = agreement.local(text)
    return agreement.of(padded, lengths).tolist()


def parts(draws: Sequence[Ids]) -> list[Ids]:
    """Texts of the draws' words: a draw, its half, two in a row, one word."""
    first, last = draws[0], draws[-1]
    return [first, first[: len(first) // 2 + 1], first + last, last[:1]]


def told(ids: Ids) -> str:
    return " ".join(map(str, ids))


@settings(max_examples=20, deadline=None)
@given(draws=REPORTS)
def test_rouge_is_the_mean_of_evaluations(draws: list[Ids]) -> None:
    texts = parts(draws)
    scorer = Rouge()
    wanted = [
        np.mean([scorer.calc_score([told(text)], [told(draw)]) for draw in draws]) for text in texts
    ]
    assert worth(texts, draws, rouge=1.0) == pytest.approx(wanted)


@settings(max_examples=20, deadline=None)
@given(draws=REPORTS)
def test_cider_is_the_mean_of_evaluations(draws: list[Ids]) -> None:
    wanted = np.zeros(len(draws))
    for draw in draws:
        scorer = CiderScorer()  # takes the number of references for that of all reports
        for text in draws:
            scorer.crefs.append(cook_refs([told(draw)]))
            scorer.ctest.append(cook_test(told(text)))
        for report in draws:
            for gram in cook_test(told(report)):
                scorer.document_frequency[gram] += 1
        wanted += np.array(scorer.compute_cider()) / 10.0 / len(draws)
    assert worth(draws, draws, cider=1.0) == pytest.approx(wanted.tolist(), abs=1e-9)


def test_bleu_pays_for_matches_as_often_as_a_draw_has_them() -> None:
    draws = [(1, 2, 3, 4, 5), (1, 2, 3, 4, 5), (6, 6)]
    once, twice = worth([(6,), (6, 6)], draws, bleu=1.0, length=0.0)
    again = worth([(6, 6, 6)], draws, bleu=1.0, length=0.0)[0]
    assert 0 < once < twice == again
    whole = worth([(1, 2, 3, 4, 5)], draws, bleu=1.0, length=0.0)[0]
    mixed = worth([(5, 4, 3, 2, 1)], draws, bleu=1.0, length=0.0)[0]
    assert whole > mixed > 0


def test_words_have_a_price() -> None:
    free = worth([(1, 2)], [(1, 2)], bleu=1.0, length=0.0)[0]
    assert worth([(1, 2)], [(1, 2)], bleu=1.0, length=1.0)[0] < free


def test_recall_counts_more_than_precision() -> None:
    draws = [(1, 2, 3, 4)]
    short, long = worth([(1, 2), (1, 2, 3, 4, 1, 1, 1, 1)], draws, recall=1.0)
    assert long < 1.0
    assert long > short or short == pytest.approx(0.5 / (0.85 + 0.15 * 0.5))


def test_a_draw_counts_as_often_as_it_was_drawn() -> None:
    once, often = [(1, 2), (3, 4)], [(1, 2), (1, 2), (1, 2), (3, 4)]
    assert worth([(1, 2)], often, rouge=1.0)[0] == pytest.approx(0.75)
    assert worth([(1, 2)], once, rouge=1.0)[0] == pytest.approx(0.5)


def test_texts_are_worth_the_same_alone_and_among_others() -> None:
    draws = [tuple(range(40)), tuple(range(20, 80)), (5, 5, 7)]
    texts = [(5, 7), tuple(range(20, 70)), (39,)]
    counts = {"rouge": 1.0, "bleu": 1.0, "cider": 1.0, "recall": 1.0}
    assert worth(texts, draws, **counts) == pytest.approx(
        [worth([text], draws, **counts)[0] for text in texts]
    )


def test_a_word_that_no_draw_holds_is_an_error() -> None:
    with pytest.raises(KeyError):
        worth([(9,)], [(1, 2)])
