import numpy as np
import pytest

from training.evaluate.meteor import COUNTS, MeteorJar, has_java, meteor_of_counts

REFERENCES = (
    "the heart is normal . the lungs are clear .",
    "there is a right-sided pleural effusion .",
    "no pneumothorax or pleural effusion is seen . the heart is large .",
    "the lungs are clear .",
    "the aorta is tortuous .",
)
TEXTS = (
    "the heart is normal . the lungs are clear .",
    "there is no pleural effusion .",
    "the hearts are large . no effusions seen .",
    "the lungs are clear .",
    "cardiomegaly .",
)


def test_a_text_that_matches_nothing_scores_nothing():
    counts = np.zeros(COUNTS)
    counts[:2] = 5.0
    assert meteor_of_counts(counts) == 0.0


def test_fragments_cost():
    counts = np.zeros(COUNTS)
    counts[:2] = counts[4:6] = counts[21:23] = 6.0
    in_pieces = counts.copy()
    counts[20], in_pieces[20] = 1.0, 6.0
    one, many = meteor_of_counts(np.stack([counts, in_pieces]))
    assert 0.0 < many < one < 1.0


@pytest.mark.slow
@pytest.mark.skipif(not has_java(), reason="METEOR 1.5 needs Java")
def test_the_formula_is_the_jars_own_aggregate():
    with MeteorJar() as jar:
        wanted, each = jar._meteor.compute_score(
            {n: [text] for n, text in enumerate(REFERENCES)}, {n: [t] for n, t in enumerate(TEXTS)}
        )
        counts = jar.counts(TEXTS, REFERENCES)
    np.testing.assert_allclose(meteor_of_counts(counts), each, atol=1e-6)
    assert meteor_of_counts(counts.sum(axis=0)) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.slow
@pytest.mark.skipif(not has_java(), reason="METEOR 1.5 needs Java")
def test_the_jars_separator_may_stand_in_a_report():
    with MeteorJar() as jar:
        odd = "the heart ||| is normal ."
        counts = jar.counts([odd, "", "a ."], [odd, "the heart .", "the ||| heart ."])
    assert counts.shape == (3, COUNTS)
    assert meteor_of_counts(counts[0]) == 1.0
