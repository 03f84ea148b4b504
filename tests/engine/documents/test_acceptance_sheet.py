"""The sheet of an acceptance test: figures, small numbers said as small, a verdict left open."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from testkit.pdf_words import pdf_words

from engine.documents.acceptance_sheet import render_sheet, sheet_content
from engine.domain.acceptance import AcceptanceResult, StudyOutcome
from engine.services.acceptance_figures import figures_of

NAMES = ("Cardiomegaly", "Pleural Effusion", "Nodule", "")


def outcome(number: int) -> StudyOutcome:
    reported = NAMES[number % 4]
    drafted = reported if number % 3 else "Opacity"
    return StudyOutcome(
        drafted=(drafted,) if drafted else (),
        reported=(reported,) if reported else (),
        is_abnormal=bool(reported),
        groups=(("sex", "F" if number % 2 else "M"), ("device", "Maker #[x] $y$")),
        seconds=0.5,
    )


@pytest.fixture
def result() -> AcceptanceResult:
    return AcceptanceResult(
        model="cmcrl-s 0.3",
        model_sha256="9b" * 32,
        licence="Research use only.",
        program="0.1.0",
        day=date(2026, 12, 1),
        references=(("signed reports", 48),),
        left_out=(("There is no report beside the study.", 3),),
        figures=figures_of([outcome(number) for number in range(48)]),
    )


def test_the_sheet_says_what_was_measured_and_gives_no_verdict(
    result: AcceptanceResult, tmp_path: Path
) -> None:
    (tmp_path / "sheet.pdf").write_bytes(render_sheet(result, "St. Example", ["Road 1"]))
    words = pdf_words(tmp_path / "sheet.pdf")
    for wanted in (
        "Acceptance test of a drafting model",
        "St. Example",
        "cmcrl-s 0.3",
        "48: 48 with signed reports",
        "48 studies are few",
        "films exchanged",
        "May be put to use for:",
        "Must not be put to use",
        "The program gives none",
        "There is no report beside the study.",
        "Research use only. Not a medical device.",
        "Missed",
    ):
        assert wanted in words
    assert "9b9b9b" in words


def test_small_numbers_are_marked(result: AcceptanceResult) -> None:
    content = sheet_content(result)
    by_name = {row["cells"][0]: row for row in content["findings"]}
    assert not by_name["Cardiomegaly"]["is-small"]
    assert by_name["Opacity"]["is-small"]
    assert by_name["Opacity"]["cells"][1:6] == ["0", "16", "0", "0", "16"]
    assert by_name["Opacity"]["cells"][7] == "–"
    (sexes,) = content["groups"]
    assert sexes["title"] == "By sex"
    assert [row["is-small"] for row in sexes["rows"]] == [True, True]


def test_the_same_test_gives_the_same_bytes(result: AcceptanceResult) -> None:
    assert render_sheet(result, "", []) == render_sheet(result, "", [])
