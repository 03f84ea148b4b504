import pytest

from engine.domain.finding import Side
from training.evaluate.laterality import laterality, sides_of


def test_sides_of_affirmed_findings_are_read():
    text = "small left pleural effusion . no right pneumothorax . cardiomegaly ."
    assert sides_of(text) == {"Pleural Effusion": frozenset({Side.LEFT})}


def test_left_and_right_are_both_sides():
    text = "left pleural effusion . right pleural effusion ."
    assert sides_of(text) == sides_of("bilateral pleural effusions .")


def test_right_wrong_and_incomparable_sides_are_told_apart():
    texts = [
        "left pleural effusion .",
        "left pleural effusion .",
        "bilateral pleural effusions .",
        "right pleural effusion . left lung opacity .",
        "pleural effusion .",
    ]
    references = [
        "small left pleural effusion .",
        "small right pleural effusion .",
        "small right pleural effusion .",
        "no pleural effusion . opacity in the left lung .",
        "left pleural effusion .",
    ]
    found = laterality(texts, references)
    assert found["lateralised"] == 5
    assert found["comparable"] == 4
    assert found["right"] == 2
    assert found["opposite"] == 1
    assert found["accuracy"] == pytest.approx(0.5)
    low, high = found["accuracy_interval"]
    assert 0.0 < low < 0.5 < high < 1.0


def test_without_sides_there_is_no_accuracy():
    found = laterality(["the lungs are clear ."], ["the lungs are clear ."])
    assert found["comparable"] == 0
    assert found["accuracy"] is None
