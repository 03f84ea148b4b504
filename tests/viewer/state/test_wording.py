"""Patients and dates as the window writes them."""

from __future__ import annotations

from datetime import date

import pytest

from engine.domain.study import Patient
from viewer.state.wording import first_writing, name_of, person_line, sex_and_age, short_name


def patient(name="Sato, Haruto = 佐藤, 陽翔", born=date(1961, 4, 9), sex="M", patient_id="P1"):
    return Patient(patient_id=patient_id, name=name, birth_date=born, sex=sex)


@pytest.mark.parametrize(
    ("study_day", "words"),
    [
        (date(2026, 4, 8), "M 64 y"),
        (date(2026, 4, 9), "M 65 y"),
        (date(1962, 4, 8), "M 11 mo"),
        (date(1963, 4, 9), "M 2 y"),
        (date(1960, 1, 1), "M 065Y"),
        (None, "M 065Y"),
    ],
)
def test_the_age_is_that_of_the_day_of_the_study(study_day, words):
    assert sex_and_age(patient(), study_day, "065Y") == words


def test_what_is_missing_is_said_not_guessed():
    nobody = patient(name="", born=None, sex="", patient_id="")
    assert person_line(nobody, None) == "No ID"
    assert short_name(nobody) == "Name not given"


def test_corners_and_lists_take_the_first_writing_of_a_name():
    assert short_name(patient()) == "Sato, H."
    assert first_writing(patient()) == "Sato, Haruto"
    assert name_of(patient()) == "Sato, Haruto  佐藤, 陽翔"
    assert short_name(patient(name="<b>Bobby</b>")) == "<b>Bobby</b>"
