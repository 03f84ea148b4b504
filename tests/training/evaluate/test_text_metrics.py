import numpy as np
import pytest

from training.evaluate.meteor import has_java
from training.evaluate.text_metrics import bleu_counts, bleu_of_counts, score_texts

REFERENCES = [
    "the heart is normal . the lungs are clear .",
    "there is a right-sided pleural effusion .",
    "no pneumothorax or pleural effusion is seen . the heart is large .",
]
TEXTS = [
    "the heart is normal . the lungs are clear .",
    "there is no pleural effusion .",
    "the heart is large .",
]


def test_equal_texts_score_one():
    scores = score_texts(REFERENCES, REFERENCES, meteor=False)
    np.testing.assert_allclose(scores.bleu, 1.0, atol=1e-6)
    assert scores.rouge_l == pytest.approx(1.0)
    assert scores.cider == pytest.approx(10.0)


def test_bleu_of_counts_is_bleu():
    counts = bleu_counts(TEXTS, REFERENCES).sum(axis=0)
    expected = score_texts(TEXTS, REFERENCES, meteor=False).bleu
    np.testing.assert_allclose(bleu_of_counts(counts), expected, rtol=1e-6)


def test_single_studies_average_to_the_figures():
    scores = score_texts(TEXTS, REFERENCES, meteor=False)
    assert scores.rouge_l_each.mean() == pytest.approx(scores.rouge_l)
    assert scores.cider_each.mean() == pytest.approx(scores.cider)


def test_without_java_meteor_is_absent(monkeypatch):
    monkeypatch.setattr("training.evaluate.meteor.shutil.which", lambda _name: None)
    assert score_texts(TEXTS, REFERENCES).meteor is None


@pytest.mark.slow
@pytest.mark.skipif(not has_java(), reason="METEOR 1.5 needs Java")
def test_meteor_orders_texts():
    better = score_texts(REFERENCES, REFERENCES).meteor
    worse = score_texts(TEXTS, REFERENCES).meteor
    assert better == pytest.approx(1.0, abs=0.01)
    assert 0.0 < worse < better
