from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from testkit.workspaces import NOW, any_draft, any_report

from engine.domain.difference import (
    Change,
    Fate,
    draft_differences,
    edit_share,
    recovery_differences,
    revision_differences,
    word_difference,
)
from engine.domain.report import Section

DRAFT = any_draft("1.2.3", "Mild cardiomegaly.", "No effusion.", "The lungs are clear.")


@given(before=st.text(alphabet="ab c."), after=st.text(alphabet="ab c."))
def test_words_that_are_not_gone_are_the_new_text(before: str, after: str) -> None:
    runs = word_difference(before, after)
    new = "".join(run.text for run in runs if run.change is not Change.GONE)
    old = [run.text for run in runs if run.change is not Change.NEW]
    assert new.split() == after.split()
    assert " ".join(old).split() == before.split()


def test_each_sentence_of_the_draft_has_a_fate() -> None:
    report = any_report("1.2.3").with_draft(DRAFT, NOW)
    first, second, third = (s.id for s in report.sentences)
    report = report.with_text(first, "Moderate cardiomegaly.", NOW)
    report = report.with_rejected(second, NOW).with_accepted(third, NOW)
    report = report.with_sentence(Section.IMPRESSION, "Cardiomegaly.", NOW)
    rows = draft_differences(report, DRAFT)
    fates = [(row.fate, row.before, row.after) for row in rows]
    assert fates == [
        (Fate.EDITED, "Mild cardiomegaly.", "Moderate cardiomegaly."),
        (Fate.REJECTED, "No effusion.", ""),
        (Fate.UNCHANGED, "The lungs are clear.", "The lungs are clear."),
        (Fate.ADDED, "", "Cardiomegaly."),
    ]
    words = [(run.text, run.change) for run in rows[0].words]
    assert words == [
        ("Mild", Change.GONE),
        ("Moderate", Change.NEW),
        (" cardiomegaly.", Change.SAME),
    ]
    # 1 gone, 1 new, 1 same; 2 gone; 4 same; 1 new.
    assert edit_share(rows) == 5 / 10


def test_a_sentence_of_the_draft_that_the_report_lost_is_still_shown() -> None:
    report = any_report("1.2.3").with_draft(DRAFT, NOW)
    report = replace(report, sentences=report.sentences[:2])
    last = draft_differences(report, DRAFT)[-1]
    assert (last.fate, last.before) == (Fate.REJECTED, "The lungs are clear.")


def test_without_a_draft_there_is_no_distance() -> None:
    assert edit_share(draft_differences(any_report("1.2.3", "Clear lungs."))) is None


def test_two_states_of_a_report() -> None:
    before = any_report("1.2.3", "One.", "Two.", "Three.")
    first, second, _third = (s.id for s in before.sentences)
    after = before.with_text(first, "One more.", NOW).without_sentence(second, NOW)
    after = after.with_sentence(Section.IMPRESSION, "Sum.", NOW)
    fates = [(r.fate, r.before, r.after) for r in revision_differences(before, after)]
    assert fates == [
        (Fate.EDITED, "One.", "One more."),
        (Fate.UNCHANGED, "Three.", "Three."),
        (Fate.ADDED, "", "Sum."),
        (Fate.REJECTED, "Two.", ""),
    ]


def test_what_a_crash_left_is_shown_against_the_last_save() -> None:
    saved = any_report("1.2.3").with_sentence(Section.FINDINGS, "The heart is large.", NOW)
    saved = saved.with_sentence(Section.FINDINGS, "The lungs are clear.", NOW)
    large, clear = (s.id for s in saved.sentences)
    typed = saved.with_text(large, "The heart is not large.", NOW).without_sentence(clear, NOW)
    typed = typed.with_sentence(Section.IMPRESSION, "No acute disease.", NOW)
    rows = recovery_differences(saved, typed)
    assert [(row.fate, row.before, row.after) for row in rows] == [
        (Fate.EDITED, "The heart is large.", "The heart is not large."),
        (Fate.REJECTED, "The lungs are clear.", ""),
        (Fate.ADDED, "", "No acute disease."),
    ]
    assert recovery_differences(saved, saved) == ()


def test_what_was_never_saved_is_shown_against_the_draft() -> None:
    report = any_report("1.2.3").with_draft(DRAFT, NOW)
    first, second, _ = (s.id for s in report.sentences)
    typed = report.with_text(first, "Moderate cardiomegaly.", NOW).with_rejected(second, NOW)
    rows = recovery_differences(None, typed)
    assert [(row.fate, row.before, row.after) for row in rows] == [
        (Fate.EDITED, "Mild cardiomegaly.", "Moderate cardiomegaly."),
        (Fate.REJECTED, "No effusion.", ""),
    ]
