"""Only what the films show is read, never the question or the history."""

from __future__ import annotations

import pytest

from engine.language.findings import labels
from engine.language.reported_text import shown_lines, shown_part


@pytest.mark.parametrize(
    ("report", "shown"),
    [
        ("The lungs are clear.", "The lungs are clear."),
        (
            "CLINICAL HISTORY: Rule out effusion.\nFINDINGS: Clear lungs.\nIMPRESSION:\nNormal.",
            "Clear lungs.\nNormal.",
        ),
        ("Findings\nClear.\nRecommendation: CT.", "Clear."),
        ("Clear lungs.\nComparison: none.", "Clear lungs."),
        ("The findings: are stable.", "The findings: are stable."),
        ("", ""),
    ],
)
def test_findings_and_impression_are_read(report: str, shown: str) -> None:
    assert shown_part(report) == shown


def test_a_question_is_no_finding() -> None:
    report = "Indication: pleural effusion?\nFindings: The heart is enlarged."
    assert labels(shown_part(report)) == {"Cardiomegaly"}


def test_headings_of_a_structured_report_are_headings() -> None:
    lines = [("Indication", 1), ("Effusion.", 0), ("Findings", 1), ("Clear.", 0)]
    assert shown_lines(lines) == "Clear."
