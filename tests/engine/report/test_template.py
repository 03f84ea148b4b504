"""Templates: which studies they are chosen for, and that they fill only what nobody touched."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from testkit.workspaces import NOW, any_report, any_study

from engine.domain.areas import AreaState
from engine.domain.fields import fields_in
from engine.domain.report import Section, SentenceSource, SentenceState
from engine.domain.study import View
from engine.report.areas import review_areas
from engine.report.findings import findings_in
from engine.report.template import (
    fitting,
    shipped_macros,
    shipped_templates,
    template_from_json,
    template_json,
    with_normal,
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


def test_the_normal_report_is_whole_and_has_no_field_left():
    template = fitting(shipped_templates(), study())[0]
    report = with_normal(any_report(), template, NOW)
    assert {area.state for area in review_areas(report)} == {AreaState.TEMPLATE}
    assert report.text(Section.TECHNIQUE) == "PA view of the chest."
    assert report.text(Section.IMPRESSION) == "No acute cardiopulmonary abnormality."
    assert not any(fields_in(s.text) for s in report.kept())
    assert not any(f.is_asserted for s in report.kept() for f in findings_in(s.text))
    assert with_normal(report, template, NOW) == report


def test_the_normal_report_touches_nothing_that_is_said():
    template = fitting(shipped_templates(), study())[0]
    before = any_report("1.2.3", "There is marked cardiomegaly.")
    report = with_normal(before, template, NOW)
    assert report.sentences[0] == before.sentences[0]
    assert not any("heart is normal" in s.text for s in report.kept())
    assert report.kept(Section.IMPRESSION) == (), "a finding is no normal chest"


def test_the_normal_report_does_not_say_again_what_the_reader_has_rejected():
    template = fitting(shipped_templates(), study())[0]
    before = any_report("1.2.3", "The lungs are clear.", "No pneumothorax.")
    denial = replace(
        before.sentences[1], state=SentenceState.AI_REJECTED, draft_text="No pneumothorax."
    )
    report = with_normal(replace(before, sentences=(before.sentences[0], denial)), template, NOW)
    assert not any("pneumothorax" in s.text for s in report.kept())
    assert {a.name for a in review_areas(report) if a.state is AreaState.SILENT} == {"Pleura"}
    assert report.kept(Section.IMPRESSION) == (), "the reader sees something"


def test_every_shipped_template_speaks_of_known_areas_and_comes_back_from_json():
    names = {area.name for area in review_areas(any_report())}
    for template in shipped_templates():
        assert set(template.normal) <= names
        assert template_from_json(template_json(template)) == template
        for name, text in template.normal.items():
            areas = review_areas(any_report("1.2.3", text))
            assert next(a for a in areas if a.name == name).state is AreaState.MENTIONED
            assert not any(f.is_asserted for f in findings_in(text))


def test_shipped_macros_have_fields_that_can_be_read():
    for macro in shipped_macros():
        assert macro.sentences
        for sentence in macro.sentences:
            assert sentence.count("[") == len(fields_in(sentence))
