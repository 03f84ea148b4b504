"""The normal report: it fills what nobody touched and never says what the findings contradict."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from testkit.workspaces import NOW, any_report, any_study

from engine.domain.areas import AreaState
from engine.domain.fields import fields_in
from engine.domain.report import Section, SentenceSource, SentenceState
from engine.language.areas import review_areas
from engine.language.findings import findings_in
from engine.language.lexicon import finding_lexicon
from engine.language.normal_report import NEVER_BY_ITSELF, free_areas, with_normal
from engine.language.template import shipped_templates
from engine.paths import resources
from engine.services.checking import CONTRADICTIONS, check

TEMPLATES = {template.id: template for template in shipped_templates()}
PA = TEMPLATES["chest-pa"]
POSITIVE = (
    "There is a small left pleural effusion.",
    "Small right apical pneumothorax.",
    "The heart is enlarged.",
    "Left lower lobe consolidation.",
    "Possible pneumonia in the right middle lobe.",
    "There is a 9 mm nodule in the left upper lobe.",
    "Blunting of the right costophrenic angle.",
    "Free air below the diaphragm.",
    "Elevated left hemidiaphragm.",
    "Old fracture of the right sixth rib.",
    "The aorta is tortuous.",
    "The mediastinum is widened.",
    "Both hila are prominent.",
    "There is subcutaneous emphysema on the left.",
    "A central venous catheter ends in the superior vena cava.",
    "Retrocardiac opacity.",
    "Moderate hiatal hernia.",
    "Mild pulmonary edema.",
    "Degenerative changes of the spine.",
    "The lungs are hyperinflated.",
    "Left PTX.",
    "Ground glass in both lower zones.",
    "Empyema on the right.",
    "Right aortic arch.",
    "The ETT is in the right main bronchus.",
)


def findings_of(report):
    return [s.text for s in report.kept(Section.FINDINGS)]


def test_a_normal_report_names_what_it_is_compared_with():
    line = "Chest AP, 2026-03-04."
    assert with_normal(any_report(), PA, NOW, comparison=line).text(Section.COMPARISON) == line
    typed = any_report().with_sentence(Section.COMPARISON, "None.", NOW)
    assert with_normal(typed, PA, NOW, comparison=line).text(Section.COMPARISON) == "None."
    assert not with_normal(any_report(), PA, NOW).kept(Section.COMPARISON)


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_a_normal_report_is_whole_short_and_has_no_field_left(template):
    report = with_normal(any_report(), template, NOW)
    states = {area.name: area.state for area in review_areas(report)}
    assert states.pop(NEVER_BY_ITSELF) is AreaState.UNMENTIONED, (
        "a line unseen is not a line absent"
    )
    assert set(states.values()) == {AreaState.TEMPLATE}
    assert len(findings_of(report)) <= 6
    assert not any(fields_in(s.text) for s in report.kept())
    assert not any(f.is_asserted for s in report.kept() for f in findings_in(s.text))
    assert with_normal(report, template, NOW) == report


def test_the_sentences_stand_in_reading_order():
    assert findings_of(with_normal(any_report(), PA, NOW)) == [
        "The lungs are clear, including the apices and the retrocardiac region.",
        "The heart, mediastinum, aorta and hila are normal.",
        "There is no pleural effusion or pneumothorax, and the costophrenic angles are sharp.",
        "The diaphragm is normal, with no free air below it.",
        "The bones and soft tissues are normal.",
    ]


@pytest.mark.parametrize(
    ("said", "never"),
    [
        ("There is a small left pleural effusion.", ("costophrenic", "diaphragm is normal")),
        ("Left lower lobe consolidation.", ("retrocardiac", "behind the heart", "apices")),
        ("The heart is enlarged.", ("heart,", "mediastinum")),
        ("Left pneumothorax.", ("pneumothorax", "costophrenic", "lung")),
        ("Left tension pneumothorax.", ("lung", "heart", "mediastinum")),
        ("The mediastinum is shifted to the right.", ("heart", "mediastinum", "hila")),
        ("Free air below the diaphragm.", ("diaphragm is normal", "no free air")),
    ],
)
def test_a_finding_touches_its_area_and_the_areas_beside_it(said, never):
    report = with_normal(any_report("1.2.3", said), PA, NOW)
    added = findings_of(report)[1:]
    assert added, "what lies elsewhere is filled"
    assert not [text for text in added for word in never if word in text]
    assert report.kept(Section.IMPRESSION) == (), "a finding is no normal chest"


def test_lines_and_tubes_are_never_said_to_be_absent():
    report = with_normal(any_report(), PA, NOW)
    assert not any("line" in text or "tube" in text for text in findings_of(report))


def test_what_the_reader_has_rejected_is_not_said_again():
    before = any_report("1.2.3", "The lungs are clear.", "No pneumothorax.")
    denial = replace(
        before.sentences[1], state=SentenceState.AI_REJECTED, draft_text="No pneumothorax."
    )
    report = with_normal(replace(before, sentences=(before.sentences[0], denial)), PA, NOW)
    assert not any("pneumothorax" in s.text for s in report.kept())
    assert report.kept(Section.IMPRESSION) == (), "the reader sees something"


def test_the_sentences_count_as_the_templates_and_what_was_said_stays():
    before = any_report("1.2.3", "There is marked cardiomegaly.")
    report = with_normal(before, PA, NOW)
    assert report.sentences[0] == before.sentences[0]
    assert {s.source for s in report.sentences[1:]} == {SentenceSource.TEMPLATE}


@pytest.mark.parametrize(
    "said",
    [
        "Suspicious spot in the left upper zone, CT advised",
        "1 cm round shadow left mid zone",
        "Miliary pattern",
        "Air-fluid level in the left lower zone",
        "Deep sulcus sign on the right",
        "Silhouetting of the left heart border",
        "Goitre displacing the trachea",
        "Destruction of the left second rib",
        "Flail segment",
        "Left atrial enlargement",
        "CTR 0.6",
        "Abnormal left hilum",
        "Diffuse lung disease",
        "No pleural effusion, suspicious spot in the left upper zone.",
        "The lungs are clear except for a suspicious spot on the left.",
        "Small left effusion and a suspicious spot in the upper zone.",
        "Full left hilum on the lateral view.",
    ],
)
def test_what_the_lexicon_does_not_know_is_never_called_normal(said):
    report = with_normal(any_report("1.2.3", said), PA, NOW)
    added = findings_of(report)[1:]
    assert not any("lung" in text for text in added)
    assert report.kept(Section.IMPRESSION) == ()


@pytest.mark.parametrize(
    ("said", "silent"),
    [
        ("Destruction of the left second rib", {"Lungs", "Bones"}),
        ("Flail segment", {"Lungs", "Bones"}),
        ("Abnormal left hilum", {"Lungs", "Hila", "Mediastinum"}),
        ("Left atrial enlargement", {"Lungs", "Heart"}),
        ("Deep sulcus sign on the right", {"Lungs", "Costophrenic angles", "Pleura"}),
        ("Miliary pattern", {"Lungs", "Pleura", "Heart", "Mediastinum"}),
    ],
)
def test_an_unknown_finding_touches_the_lungs_and_each_area_that_it_names(said, silent):
    before = any_report("1.2.3", said)
    assert not silent & free_areas(before)
    assert free_areas(before), "what lies elsewhere is filled"


@pytest.mark.parametrize(
    "said",
    [
        "AP portable film.",
        "PA and lateral views.",
        "No lateral view was obtained.",
        "The heart is normal in size.",
        "The heart size and mediastinal contours are within normal limits.",
        "No focal areas of consolidation are identified.",
        "No displaced rib fracture.",
        "Lungs: clear.",
        "The visualized bony structures are grossly intact.",
        "There is no evidence of pneumothorax or large pleural effusion.",
        "The trachea is central.",
        "Normal chest.",
    ],
)
def test_normal_and_technical_sentences_leave_the_rest_to_be_called_normal(said):
    report = with_normal(any_report("1.2.3", said), PA, NOW)
    assert report.text(Section.IMPRESSION) == "No acute cardiopulmonary abnormality."
    silent = {area.name for area in review_areas(report) if area.state is AreaState.UNMENTIONED}
    assert silent == {NEVER_BY_ITSELF}


def positives():
    """For each category of the lexicon sentences that assert it, by example and by plain term."""
    content = json.loads((resources() / "lexicon" / "findings.json").read_text("utf-8"))
    found = {}
    for category in content["categories"]:
        terms = [term for term in category["terms"] if term.replace(" ", "").isalpha()]
        told = [category["for"], *(f"There is {t}." for t in terms), *(f"Left {t}." for t in terms)]
        found[category["name"]] = [
            text
            for text in told
            if any(
                one.is_asserted and one.category == category["name"] for one in findings_in(text)
            )
        ]
    return found


BY_CATEGORY = positives()


def contradictions(report):
    found = check(report, any_study()).alerts
    return {(a.rule, a.sentence_ids) for a in found if a.rule in CONTRADICTIONS}


def assert_not_contradicted(said, template):
    before = any_report("1.2.3", *said)
    after = with_normal(before, template, NOW)
    assert contradictions(after) <= contradictions(before), findings_of(after)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(st.sampled_from(POSITIVE), *map(st.sampled_from, BY_CATEGORY.values())),
        min_size=1,
        max_size=6,
        unique=True,
    ),
    st.sampled_from(list(TEMPLATES.values())),
)
def test_no_guard_finds_a_contradiction_after_it(said, template):
    assert_not_contradicted(said, template)


def test_no_category_of_finding_is_contradicted_by_it():
    assert set(BY_CATEGORY) == {category.name for category in finding_lexicon().categories}
    for number, said in enumerate(BY_CATEGORY.values()):
        assert_not_contradicted(said[:1], list(TEMPLATES.values())[number % len(TEMPLATES)])


@pytest.mark.slow
def test_no_sentence_nor_pair_of_categories_is_contradicted_by_it():
    for said in BY_CATEGORY.values():
        for text in said:
            for template in TEMPLATES.values():
                assert_not_contradicted([text], template)
    for one, other in combinations(BY_CATEGORY.values(), 2):
        assert_not_contradicted([one[0], other[0]], PA)


def test_every_finding_lies_in_an_area():
    content = json.loads((resources() / "lexicon" / "normal_report.json").read_text("utf-8"))
    known = {finding for area in content["areas"].values() for finding in area["findings"]}
    assert known == {category.name for category in finding_lexicon().categories}
    assert set(content["areas"]) == {area.name for area in review_areas(any_report())}
