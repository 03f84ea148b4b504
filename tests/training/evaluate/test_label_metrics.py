import numpy as np
import pytest

from training.evaluate.label_metrics import auroc, rule_labels, score_labels


@pytest.mark.parametrize(
    ("text", "headings"),
    [
        ("there is a small pleural effusion .", {"Pleural Effusion"}),
        ("no pleural effusion or pneumothorax .", set()),
        ("the lungs are clear without consolidation .", set()),
        ("no effusion but mild cardiomegaly .", {"Cardiomegaly"}),
        ("cardiomegaly without edema .", {"Cardiomegaly"}),
        ("no effusion . scarring at the left base .", {"Cicatrix"}),
        ("calcified granuloma .", {"Calcified Granuloma"}),
        ("the heart is mildly enlarged .", {"Cardiomegaly"}),
        ("the heart is not enlarged .", set()),
        ("", set()),
    ],
)
def test_affirmed_headings_are_found_and_denied_ones_not(text, headings):
    assert rule_labels(text) == headings


def test_scores_are_those_counted_by_hand():
    claimed = [{"Cardiomegaly", "Opacity"}, {"Opacity"}, set()]
    coded = [{"Cardiomegaly"}, {"Opacity", "Nodule"}, {"Some Heading Without Words"}]
    score = score_labels(claimed, coded)
    assert score.precision == pytest.approx(2 / 3)
    assert score.recall == pytest.approx(2 / 3)
    assert score.f1 == pytest.approx(2 / 3)
    assert score.macro_f1 == pytest.approx((1 + 2 / 3 + 0) / 3)
    assert score.claimed == 3


def test_saying_nothing_scores_nothing():
    assert score_labels([set()], [{"Opacity"}]).f1 == 0.0


def test_auroc_counts_pairs():
    scores = np.array([0.1, 0.4, 0.4, 0.8])
    assert auroc(scores, np.array([False, False, True, True])) == pytest.approx(3.5 / 4)
    assert auroc(-scores, np.array([False, False, True, True])) == pytest.approx(0.5 / 4)
    assert np.isnan(auroc(scores, np.ones(4, dtype=bool)))
