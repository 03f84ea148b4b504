import numpy as np
import pytest

from engine.domain.report import DraftSentence
from engine.inference.generated import Generated
from training.data.record import Record
from training.evaluate.calibration import (
    FEWEST,
    JudgedSentence,
    calibration,
    expected_error,
    fitted,
    judged,
)


def draft(*sentences):
    parts = tuple(
        DraftSentence(text=raw, raw=raw, log_prob=log_prob, tokens=len(raw.split()))
        for raw, log_prob in sentences
    )
    return Generated(sentences=parts, warnings=(), encode_s=0.0, words_s=0.0)


def record(*codes):
    return Record(id="s", report="x", headings=codes, films=())


def made_up(slope, count=4000, seed=0, affirms=True):
    """Sentences whose chance of being right is sigmoid(slope x logit(confidence))."""
    draw = np.random.default_rng(seed)
    confidence = draw.uniform(0.2, 0.95, count)
    chance = 1.0 / (1.0 + ((1.0 - confidence) / confidence) ** slope)
    right = draw.random(count) < chance
    return [
        JudgedSentence(confidence=float(c), affirms=affirms, is_right=bool(r))
        for c, r in zip(confidence, right, strict=True)
    ]


def test_sentences_are_judged_by_the_codes():
    written = draft(
        ("the heart is enlarged .", -2.0),
        ("there is no pleural effusion .", -1.0),
        ("there is a pneumothorax .", -3.0),
        ("thank you .", -1.0),
    )
    found = judged([written], [record("Cardiomegaly/mild", "Pleural Effusion/right")])
    assert [(one.affirms, one.is_right) for one in found] == [
        (True, True),
        (False, False),
        (True, False),
    ]
    assert found[0].confidence == pytest.approx(np.exp(-2.0 / 5))


def test_a_study_that_nobody_coded_judges_nothing():
    assert judged([draft(("the heart is enlarged .", -2.0))], [record("No Indexing")]) == []


def test_the_map_finds_the_slope_and_lowers_the_error():
    overconfident = made_up(slope=0.3)
    found = fitted(overconfident)
    assert found.slope == pytest.approx(0.3, abs=0.1)
    figures = calibration(made_up(slope=0.3, seed=1), overconfident)["affirming sentences"]
    assert figures["expected_error"] > 0.1
    assert figures["expected_error_mapped"] < 0.05
    assert sum(part["sentences"] for part in figures["bins"]) == 4000


def test_the_map_never_turns_the_order_round():
    found = fitted(made_up(slope=-1.0))
    assert found.slope == 0.0
    low, high = found(np.array([0.1, 0.9]))
    assert low == high


def test_too_few_sentences_are_counted_and_no_more():
    few = made_up(slope=1.0, count=FEWEST - 1)
    assert fitted(few) is None
    assert calibration(few, few)["affirming sentences"] == {"sentences": FEWEST - 1}
    assert calibration(few, few)["denying sentences"] == {"sentences": 0}


def test_what_is_said_as_often_as_it_is_right_has_no_error():
    chances = np.repeat([0.25, 0.75], 400)
    right = (
        np.tile([1.0, 0.0, 0.0, 0.0], 100).tolist() + np.tile([1.0, 1.0, 1.0, 0.0], 100).tolist()
    )
    assert expected_error(chances, np.array(right)) == pytest.approx(0.0)
