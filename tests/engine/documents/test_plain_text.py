"""The report for the clipboard."""

from __future__ import annotations

from testkit.report_documents import NOW, drafted_report, report_of, signed

from engine.documents.plain_text import plain_text
from engine.domain.report import Section


def test_unsigned_text_says_so_first() -> None:
    report = report_of("No focal opacity.", "No effusion.")
    report = report.with_sentence(Section.IMPRESSION, "Normal.", NOW)
    assert plain_text(report) == (
        "DRAFT, not signed. Research use only, not a medical device.\n\n"
        "FINDINGS\nNo focal opacity. No effusion.\n\nIMPRESSION\nNormal.\n"
    )


def test_signed_text_ends_with_the_signer() -> None:
    text = plain_text(signed(drafted_report()))
    assert "DRAFT" not in text
    assert text.endswith("Signed by Dr Ada Byron, 2026-03-18 10:44:05 UTC\n")
