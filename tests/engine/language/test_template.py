"""Templates: which studies they are chosen for, and that they fill only what nobody touched."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from testkit.workspaces import NOW, any_report, any_study

from engine.domain.fields import fields_in
from engine.domain.report import Section, SentenceSource
from engine.domain.study import View
from engine.language.areas import review_areas
from engine.language.findings import findings_in
from engine.language.template import (
    comparison_text,
    fitting,
    shipped_macros,
    shipped_templates,
    template_from_json,
    template_json,
    with_template,
)


def study(*, position="PA", lateral=False, sex="M", born=date(1961, 4, 9), part="CHEST"):
    one = any_study()
    film = replace(one.images[0], view_position=position, body_part=part)
    films = (film, replace(film, view=View.LATERAL, view_position="LL")) if lateral else (film,)
    person = replace(one.patient, sex=sex, birth_date=born)
    return replace(one, patient=person, series=(replace(one.series[0], images=films),))


@pytest.mark.parametrize(
    ("facts", "title"),
    [
        ({}, "Chest PA"),
        ({"lateral": True}, "Chest PA and lateral"),
        ({"lateral": True, "sex": "F"}, "Chest PA and lateral, woman"),
        ({"position": "AP"}, "Chest AP, bedside"),
        ({"position": ""}, "Chest, one frontal film"),
        ({"position": "", "lateral": True}, "Chest, frontal and lateral"),
        ({"born": date(2020, 1, 1)}, "Chest, child"),
        ({"born": None, "part": ""}, "Chest PA"),
    ],
)
def test_the_template_is_chosen_by_view_age_sex_and_body_part(facts, title):
    assert fitting(shipped_templates(), study(**facts))[0].title == title


def test_nothing_fits_another_part_of_the_body():
    assert fitting(shipped_templates(), study(part="KNEE")) == ()


def test_a_lateral_film_alone_gets_no_template_that_speaks_of_a_frontal_one():
    one = study()
    film = replace(one.images[0], view=View.LATERAL, view_position="LL")
    alone = replace(one, series=(replace(one.series[0], images=(film,)),))
    assert fitting(shipped_templates(), alone) == ()


def test_a_template_fills_empty_sections_only():
    template = fitting(shipped_templates(), study())[0]
    typed = any_report().with_sentence(Section.TECHNIQUE, "As sent.", NOW)
    filled = with_template(typed, template, NOW)
    assert filled.text(Section.TECHNIQUE) == "As sent."
    assert filled.text(Section.INDICATION) == "[symptom or question]."
    added = [s for s in filled.sentences if s.section is not Section.TECHNIQUE]
    assert {s.source for s in added} == {SentenceSource.TEMPLATE}
    assert with_template(filled, template, NOW) == filled


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ([{"position": "AP"}], "Chest AP, 2026-03-04."),
        ([{"position": "PA", "lateral": True}], "Chest PA and lateral, 2026-03-04."),
        ([{"position": ""}], "Chest frontal, 2026-03-04."),
        ([{"position": "AP"}, {"position": "PA"}], "Chest AP, 2026-03-04; PA, 2026-03-04."),
        ([], ""),
    ],
)
def test_the_comparison_names_the_films_that_hang_beside(facts, words):
    priors = [replace(study(**one), study_date=date(2026, 3, 4)) for one in facts]
    assert comparison_text(priors) == words
    template = fitting(shipped_templates(), study())[0]
    filled = with_template(any_report(), template, NOW, comparison=words)
    assert filled.text(Section.COMPARISON) == words or not words
    typed = any_report().with_sentence(Section.COMPARISON, "None.", NOW)
    kept = with_template(typed, template, NOW, comparison=words)
    assert kept.text(Section.COMPARISON) == "None."


def test_a_prior_without_a_date_names_no_comparison():
    assert comparison_text([replace(study(), study_date=None)]) == ""


def test_every_shipped_template_speaks_of_known_areas_and_comes_back_from_json():
    names = {area.name for area in review_areas(any_report())}
    for template in shipped_templates():
        assert template_from_json(template_json(template)) == template
        for several, text in template.normal.items():
            assert set(several.split(", ")) <= names
            said = {
                a.name
                for a in review_areas(any_report("1.2.3", text))
                if a.state.value == "mentioned"
            }
            assert said == set(several.split(", "))
            assert not any(f.is_asserted for f in findings_in(text))


def test_shipped_macros_have_fields_that_can_be_read():
    for macro in shipped_macros():
        assert macro.sentences
        for sentence in macro.sentences:
            assert sentence.count("[") == len(fields_in(sentence))
