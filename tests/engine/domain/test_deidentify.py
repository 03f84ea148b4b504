"""Without names: nothing of the person is left, and what the reader compares stays right."""

from dataclasses import fields, replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from testkit.workspaces import any_study

from engine.domain.deidentify import Deidentifier
from engine.domain.film_choice import is_child

HIDE = Deidentifier(key=b"k" * 32)
STUDY = replace(any_study(name="Okafor, Ada"), accession="ACC7", referring="Doe, Jo")


def test_nothing_that_names_the_patient_is_left():
    shown = HIDE.study(STUDY)
    text = " ".join(
        str(getattr(shown, field.name)) for field in fields(shown) if field.name != "series"
    )
    for secret in ("Okafor", "Ada", "P1", "1961", "ACC7", "Doe", "2026-03-18"):
        assert secret not in text
    assert shown.series == STUDY.series
    assert shown.uid == STUDY.uid


def test_ages_intervals_and_priors_stay_right():
    prior = replace(STUDY, uid="1.2.4", study_date=date(2025, 11, 2))
    shown, shown_prior = HIDE.study(STUDY), HIDE.study(prior)
    assert shown.patient.is_same_person(shown_prior.patient)
    assert shown.study_date - shown_prior.study_date == STUDY.study_date - prior.study_date
    age, shown_age = (s.study_date - s.patient.birth_date for s in (STUDY, shown))
    assert age == shown_age
    assert is_child(shown) is is_child(STUDY)


def test_another_key_gives_another_code():
    other = Deidentifier(key=b"j" * 32)
    assert HIDE.patient(STUDY.patient).patient_id != other.patient(STUDY.patient).patient_id


people = st.tuples(st.sampled_from(["P1", "P2", ""]), st.dates(date(1900, 1, 1), date(2026, 1, 1)))


@given(one=people, other=people)
def test_two_people_never_become_one(one, other):
    first, second = (
        replace(STUDY.patient, patient_id=pid, birth_date=born) for pid, born in (one, other)
    )
    hidden = HIDE.patient(first).is_same_person(HIDE.patient(second))
    assert hidden is first.is_same_person(second)
