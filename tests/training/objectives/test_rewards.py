"""Rewards: CIDEr to the digit of the COCO scorer, labels priced, baselines without bias."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluate.text_metrics import score_texts
from training.objectives.rewards import OverlapReward, advantages, label_reward

REPORTS = (
    "the heart is normal in size . the lungs are clear .",
    "there is a large left pleural effusion . the heart is enlarged .",
    "no pneumothorax . no pleural effusion . the lungs are clear .",
    "heart size is normal . mild degenerative changes of the spine .",
)


def test_cider_is_that_of_the_coco_scorer() -> None:
    texts = [REPORTS[1], REPORTS[0], REPORTS[2], "the lungs are clear ."]
    expected = score_texts(texts, REPORTS, meteor=False).cider_each
    reward = OverlapReward(REPORTS)
    found = [reward.cider(text, study) for study, text in enumerate(texts)]
    assert found == pytest.approx(expected.tolist(), abs=1e-9)


def test_the_reference_itself_has_the_highest_reward() -> None:
    reward = OverlapReward(REPORTS)
    for study, report in enumerate(REPORTS):
        assert reward.cider(report, study) == pytest.approx(10.0)
        assert reward.bleu(report, study) == pytest.approx(1.0)
        assert reward.bleu("", study) == reward.cider("", study) == 0.0


def test_bleu_falls_when_the_text_is_too_short() -> None:
    reward = OverlapReward(REPORTS)
    assert reward.bleu("the heart is normal in size .", 0) < reward.bleu(REPORTS[0], 0)


def test_a_true_label_pays_and_a_false_one_costs() -> None:
    coded = frozenset({"Cardiomegaly"})
    assert label_reward({"Cardiomegaly"}, coded, 0.2) == pytest.approx(0.8)
    assert label_reward({"Nodule"}, coded, 0.2) == pytest.approx(-0.2)
    assert label_reward((), coded, 0.2) == 0.0


@given(st.lists(st.floats(-5, 5), min_size=3, max_size=3), st.floats(-5, 5))
def test_advantages_of_a_study_sum_to_nothing_and_ignore_its_level(
    rewards: list[float], level: float
) -> None:
    found = advantages(rewards, 3)
    assert sum(found) == pytest.approx(0.0, abs=1e-9)
    assert advantages([r + level for r in rewards], 3) == pytest.approx(found, abs=1e-9)
