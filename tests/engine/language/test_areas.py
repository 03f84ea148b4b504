"""Review areas: what is said, what is not, and what a template said."""

from __future__ import annotations

import pytest
from testkit.workspaces import NOW, any_report

from engine.domain.areas import AreaState
from engine.domain.report import Section, SentenceSource
from engine.language.areas import review_areas


def states(report) -> dict[str, AreaState]:
    return {area.name: area.state for area in review_areas(report)}


def test_an_empty_report_is_silent_about_fourteen_areas():
    assert list(states(any_report()).values()) == [AreaState.UNMENTIONED] * 14


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The lungs are clear.", {"Lungs"}),
        ("Cardiomediastinal silhouette is normal.", {"Heart", "Mediastinum"}),
        ("Blunting of the left costophrenic angle.", {"Costophrenic angles"}),
        ("There is no effusion.", {"Pleura"}),
        ("Old rib fracture, sternotomy.", {"Bones", "Lines and tubes"}),
        ("The hemidiaphragms are flat.", {"Diaphragm"}),
    ],
)
def test_areas_are_known_by_their_words(text, names):
    found = states(any_report("1.2.3", text))
    assert {name for name, state in found.items() if state is AreaState.MENTIONED} == names


def test_the_normal_sentences_speak_of_their_own_area():
    for area in review_areas(any_report()):
        assert states(any_report("1.2.3", area.normal))[area.name] is AreaState.MENTIONED


def test_a_template_counts_apart_and_only_where_nothing_else_is_said():
    report = any_report().with_sentence(
        Section.FINDINGS, "The lungs are clear.", NOW, source=SentenceSource.TEMPLATE
    )
    assert states(report)["Lungs"] is AreaState.TEMPLATE
    report = report.with_sentence(Section.IMPRESSION, "Lung nodule.", NOW)
    assert states(report)["Lungs"] is AreaState.MENTIONED


def test_what_is_rejected_or_only_an_indication_is_not_said():
    report = any_report().with_sentence(Section.INDICATION, "Rib fracture?", NOW)
    assert states(report)["Bones"] is AreaState.UNMENTIONED
