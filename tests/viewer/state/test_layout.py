"""What hangs where: frontal left, lateral right, priors beside or below, one patient always."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from testkit.studies import film, study

from engine.domain.study import Patient, StudyUid, View
from viewer.state.layout import Layout, all_films, counterpart, slots_of

BORN = date(1950, 1, 2)
PA = film("pa", view=View.FRONTAL)
LAT = film("lat", view=View.LATERAL)
NOW = study(LAT, PA, born=BORN)


def earlier(number, *views, patient=None):
    films = [film(f"old{number}-{view.value}", view=view) for view in views]
    other = replace(
        study(*films, born=BORN), uid=StudyUid(f"1.9.{number}"), study_date=date(2026, 1, number)
    )
    return other if patient is None else replace(other, patient=patient)


BOTH = (View.FRONTAL, View.LATERAL)
P1, P2, P3 = earlier(3, *BOTH), earlier(2, View.FRONTAL), earlier(1, *BOTH)


def shown(layout, now=NOW, priors=(P1, P2, P3)):
    return [(p.image.sop_uid, p.row, p.column) for p in slots_of(layout, now, priors)]


def test_each_layout_puts_the_frontal_film_left_and_priors_newest_first():
    assert shown(Layout.STUDY) == [("pa", 0, 0), ("lat", 0, 1)]
    assert shown(Layout.SINGLE) == [("pa", 0, 0)]
    assert shown(Layout.PRIOR) == [("pa", 0, 0), ("old3-frontal", 0, 1)]
    assert shown(Layout.TIMELINE) == [
        ("pa", 0, 0),
        ("old3-frontal", 0, 1),
        ("old2-frontal", 0, 2),
    ]
    assert shown(Layout.PAIRS) == [
        ("pa", 0, 0),
        ("lat", 0, 1),
        ("old3-frontal", 1, 0),
        ("old3-lateral", 1, 1),
    ]


def test_what_is_missing_leaves_its_place_empty_and_moves_nothing_else():
    alone = study(PA, born=BORN)
    assert shown(Layout.STUDY, alone) == [("pa", 0, 0), ("old3-frontal", 0, 1)]
    assert shown(Layout.STUDY, alone, ()) == [("pa", 0, 0)]
    assert shown(Layout.PAIRS, alone) == [("pa", 0, 0), ("old3-frontal", 0, 1)]
    lateral_only = earlier(4, View.LATERAL)
    assert shown(Layout.PAIRS, NOW, (lateral_only,)) == [
        ("pa", 0, 0),
        ("lat", 0, 1),
        ("old4-lateral", 1, 1),
    ]
    assert slots_of(Layout.STUDY, study(born=BORN), (P1,)) == ()


def test_a_film_flickers_with_the_newest_prior_of_its_view_and_a_prior_with_today():
    frontal, lateral = slots_of(Layout.STUDY, NOW, (P2, P3))
    assert counterpart(frontal, NOW, (P2, P3)).image.sop_uid == "old2-frontal"
    assert counterpart(lateral, NOW, (P2, P3)).image.sop_uid == "old1-lateral"
    prior = slots_of(Layout.PRIOR, NOW, (P2,))[1]
    assert counterpart(prior, NOW, (P2,)).image.sop_uid == "pa"
    assert counterpart(frontal, NOW, ()) is None


people = st.builds(
    Patient,
    patient_id=st.sampled_from(["P1", "P2", ""]),
    name=st.just("Test, Person"),
    birth_date=st.sampled_from([BORN, date(1951, 1, 2), None]),
    sex=st.just("O"),
)


@pytest.mark.parametrize("layout", Layout)
@given(patients=st.lists(people, max_size=5))
def test_two_patients_never_hang_together(layout, patients):
    priors = tuple(earlier(n + 1, *BOTH, patient=p) for n, p in enumerate(patients))
    for slot in (*slots_of(layout, NOW, priors), *all_films(NOW, priors)):
        assert slot.study is NOW or slot.study.patient.is_same_person(NOW.patient)
