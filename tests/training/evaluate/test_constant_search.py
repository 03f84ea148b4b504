import pytest

from training.evaluate.baselines import CONSTANTS
from training.evaluate.constant_search import best_constant, frequent_sentences, joined
from training.evaluate.text_metrics import score_texts

REPORTS = [
    "the heart is normal . the lungs are clear .",
    "the lungs are clear . no pleural effusion .",
    "the heart is normal . the lungs are clear . no pleural effusion .",
    "the heart is normal . there is scoliosis .",
]


def test_the_most_frequent_sentences_come_first_and_equals_by_alphabet():
    assert frequent_sentences(REPORTS, 3) == (
        "the heart is normal",
        "the lungs are clear",
        "no pleural effusion",
    )


def test_the_search_gains_with_every_step_and_tells_the_true_score():
    candidates = frequent_sentences(REPORTS)
    single, low = best_constant(candidates, REPORTS, most_sentences=1)
    text, high = best_constant(candidates, REPORTS)
    assert single.count(".") == 1
    assert high > low
    scores = score_texts([text] * len(REPORTS), REPORTS, meteor=False)
    assert high == pytest.approx(scores.bleu[3] + scores.rouge_l, abs=1e-6)


def test_the_search_begins_where_it_is_told_to():
    start = joined(["there is scoliosis"])
    text, _ = best_constant(("the lungs are clear",), REPORTS, start=start, most_sentences=2)
    assert "there is scoliosis ." in text


def test_the_second_constant_is_the_first_with_one_sentence_more():
    first, second = (CONSTANTS[f"constant {name}"].split(" . ") for name in ("C1", "C2"))
    added = [sentence for sentence in second if sentence not in first]
    assert len(second) == len(first) + 1
    assert added == ["no pneumothorax or pleural effusion"]
