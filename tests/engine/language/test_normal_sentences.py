"""The product's own normal sentences are read as what they deny, and assert nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from testkit.report_documents import report_of

from engine.domain.report import Section
from engine.language.areas import review_areas
from engine.language.findings import findings_in
from engine.language.style import house_style
from engine.language.template import shipped_templates

# What a template says is there: a line in its place.
_SAYS_THERE = ("Line or tube in satisfactory position.", "The tip of the central venous catheter")


def normal_sentences() -> Iterator[str]:
    yield from (area.normal for area in review_areas(report_of()))
    for template in shipped_templates():
        yield from template.normal.values()
        for section in (Section.FINDINGS, Section.IMPRESSION):
            yield from template.sections.get(section, ())


def filled(text: str) -> str:
    """The first choice of each field."""
    return re.sub(r"\[([^]|=]*)[^]]*\]", r"\1", text)


@pytest.mark.parametrize("text", sorted({filled(text) for text in normal_sentences()}))
def test_a_normal_sentence_denies_and_asserts_nothing(text: str) -> None:
    findings = findings_in(text)
    assert findings
    if not text.startswith(_SAYS_THERE):
        assert [finding.category for finding in findings if finding.is_asserted] == []


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("The bones, soft tissues and breast shadows are normal.", "Fracture"),
        ("The lung behind the heart is clear on both views.", "Consolidation"),
        ("The hila are normal.", "Prominent Hilum"),
        ("The diaphragm is normal.", "Elevated Diaphragm"),
        ("The aorta is normal.", "Aortic Enlargement"),
        ("There are no lines or tubes.", "Tube"),
        ("There is no free air below the diaphragm.", "Pneumoperitoneum"),
    ],
)
def test_what_a_normal_sentence_denies(text: str, denied: str) -> None:
    assert denied in {finding.category for finding in findings_in(text)}


def test_every_house_phrase_says_something() -> None:
    assert all(said for said in house_style().phrases)
