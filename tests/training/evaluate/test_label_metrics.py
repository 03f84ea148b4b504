import numpy as np
import pytest

from training.evaluate.label_metrics import (
    auroc,
    by_category,
    chexpert_table,
    coded_labels,
    heading_table,
    is_coded,
    label_table,
    rule_labels,
    score_label_tables,
    score_labels,
)


@pytest.mark.parametrize(
    ("text", "categories"),
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
        ("low lung volumes . tortuous thoracic aorta .", {"Hypoinflation", "Tortuous Aorta"}),
        ("", set()),
    ],
)
def test_affirmed_categories_are_found_and_denied_ones_not(text, categories):
    assert rule_labels(text) == categories


def test_codes_are_read_with_their_qualifiers():
    codes = ("Lung/hypoinflation/mild", "Aorta, Thoracic/tortuous", "Catheters, Indwelling/right")
    assert coded_labels(codes) == {"Hypoinflation", "Tortuous Aorta", "Catheter"}
    assert coded_labels(("normal",)) == frozenset()


@pytest.mark.parametrize(
    ("codes", "known"),
    [(("normal",), True), (("Opacity/lung",), True), (("No Indexing",), False), ((), False)],
)
def test_a_study_that_nobody_coded_is_no_normal_one(codes, known):
    assert is_coded(codes) is known


def test_scores_are_those_counted_by_hand():
    claimed = [{"Cardiomegaly", "Opacity"}, {"Opacity"}, set(), set()]
    coded = [{"Cardiomegaly/mild"}, {"Opacity", "Nodule"}, {"Some Heading"}, {"Fractures, Bone"}]
    score = score_labels(claimed, coded)
    assert score.precision == pytest.approx(2 / 3)
    assert score.recall == pytest.approx(2 / 4)
    assert score.f1 == pytest.approx(4 / 7)
    assert score.macro_f1 == pytest.approx((1 + 2 / 3 + 0 + 0) / 4)
    assert score.macro_precision == pytest.approx((1 + 1 / 2 + 0 + 0) / 4)
    assert score.macro_recall == pytest.approx((1 + 1 + 0 + 0) / 4)
    assert score.example_precision == pytest.approx((1 / 2 + 1 + 1 + 0) / 4)
    assert score.example_recall == pytest.approx((1 + 1 / 2 + 1 + 0) / 4)
    assert score.example_f1 == pytest.approx((2 / 3 + 2 / 3 + 1 + 0) / 4)
    assert score.claimed == 3


def test_saying_nothing_scores_nothing_where_something_is_coded():
    score = score_labels([set()], [{"Opacity"}])
    assert score.f1 == 0.0
    assert score.example_f1 == 0.0


def test_coarser_tables_forgive_what_their_names_do_not_tell_apart():
    said = [{"Tortuous Aorta"}, {"Airspace Disease"}, set()]
    coded = [{"Aorta, Thoracic/enlarged"}, {"Opacity/lung/base"}, {"normal"}]
    assert score_label_tables(label_table(said), label_table(coded)).f1 == 0.0
    heading = score_label_tables(heading_table(said), heading_table(coded))
    assert heading.f1 == pytest.approx(2 * 1 / (2 + 2))
    chexpert = chexpert_table(coded)
    assert chexpert.shape == (3, 14)
    # The aorta belongs to none of the 14 in one case and to the mediastinum in the other.
    assert score_label_tables(chexpert_table(said), chexpert).f1 == pytest.approx(2 * 2 / (3 + 3))


def test_each_category_has_its_counts():
    claimed = [{"Opacity"}, {"Opacity"}, set()]
    coded = [{"Opacity", "Nodule"}, {"Nodule"}, {"Opacity", "Nodule", "Scoliosis"}]
    nodule, opacity = by_category(claimed, coded, fewest=2)
    assert nodule == {
        "category": "Nodule",
        "coded": 3,
        "claimed": 0,
        "both": 0,
        "precision": None,
        "recall": 0.0,
    }
    assert (opacity["category"], opacity["precision"], opacity["recall"]) == ("Opacity", 0.5, 0.5)


def test_auroc_counts_pairs():
    scores = np.array([0.1, 0.4, 0.4, 0.8])
    assert auroc(scores, np.array([False, False, True, True])) == pytest.approx(3.5 / 4)
    assert auroc(-scores, np.array([False, False, True, True])) == pytest.approx(0.5 / 4)
    assert np.isnan(auroc(scores, np.ones(4, dtype=bool)))
