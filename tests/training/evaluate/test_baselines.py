import numpy as np
import torch
from testkit.tiny_iu_xray import write_data

from engine.domain.bundle import PreprocessSpec
from training.data.films import open_films
from training.data.iu_xray import read_split
from training.evaluate.baselines import (
    most_central,
    most_frequent,
    nearest,
    random_reports,
    retrieved,
    shuffled,
    study_features,
)
from training.model.visual_encoder import STEM_CHANNELS, VisualStem


def test_the_most_frequent_report_wins():
    assert most_frequent(["b", "a", "a", "c"]) == "a"


def test_the_most_central_report_shares_words_with_the_others():
    reports = ["heart normal lungs clear", "heart normal", "lungs clear", "scoliosis of the spine"]
    assert most_central(reports) == "heart normal lungs clear"


def test_shuffling_leaves_no_study_its_own_text():
    texts = [str(number) for number in range(20)]
    given = shuffled(texts)
    assert sorted(given) == sorted(texts)
    assert all(a != b for a, b in zip(texts, given, strict=True))


def test_shuffling_several_times_takes_another_order_each_time():
    texts = [str(number) for number in range(20)]
    given = shuffled(texts, times=3)
    orders = [given[start : start + 20] for start in (0, 20, 40)]
    assert orders[0] == shuffled(texts)
    assert len({tuple(order) for order in orders}) == 3
    assert all(a != b for order in orders for a, b in zip(texts, order, strict=True))


def test_random_reports_follow_the_seed():
    pool = [str(number) for number in range(50)]
    assert random_reports(pool, 9, seed=3) == random_reports(pool, 9, seed=3)
    assert set(random_reports(pool, 9)) <= set(pool)


def test_neighbours_are_found_even_with_a_missing_view():
    draw = np.random.default_rng(0)
    training = draw.normal(size=(30, 8)).astype(np.float32)
    asked = training[[4, 17]] * 1.0
    asked[1, 4:] = np.nan
    found = nearest(asked, training, 5)
    assert found[0, 0] == 4
    assert found.shape == (2, 5)
    assert 17 in found[1]


def test_consensus_prefers_what_the_neighbours_agree_on():
    reports = ["odd words here", "the heart is normal", "the heart is normal .", "heart is normal"]
    neighbours = np.array([[0, 1, 2, 3]])
    assert retrieved(neighbours, reports, consensus=False) == ["odd words here"]
    assert retrieved(neighbours, reports, consensus=True) == ["the heart is normal"]


def test_features_hold_one_half_per_view(tmp_path):
    records = read_split(write_data(tmp_path), "extra")
    films = open_films(
        [f.path for r in records for f in r.films], PreprocessSpec(size=32), tmp_path / "cache"
    )
    torch.manual_seed(0)
    features = study_features(VisualStem().frozen(), records, films)
    assert features.shape == (2, 2 * STEM_CHANNELS)
    lateral_only, frontal_only = np.isnan(features)
    assert lateral_only[:STEM_CHANNELS].all()
    assert not lateral_only[STEM_CHANNELS:].any()
    assert frontal_only[STEM_CHANNELS:].all()
