"""Undo and redo: whatever was done comes back letter for letter, and the ledger still replays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from testkit.workspaces import NOW, any_draft, any_report

from engine.domain.ledger import edits_between, replay
from engine.domain.rejoining import with_merged, with_split
from engine.domain.report import ReportStatus, Section
from engine.domain.report_history import ReportHistory
from engine.errors import ReportStateError

DRAFT = any_draft(
    "1.2.3",
    "The heart size is normal and the lungs are clear.",
    "There is a small left pleural effusion.",
    "No pneumothorax.",
)
LATER = NOW + timedelta(minutes=1)
ACTIONS = ("add", "draft", "text", "accept", "reject", "take back", "remove", "split", "merge")


def content(report):
    return report.sentences, report.draft_id, report.prior_uid


def changed(report, action, one, other, now):
    if action == "add":
        return report.with_sentence(list(Section)[one % len(Section)], f"Seen {other}.", now)
    if action == "draft":
        return report.with_draft(DRAFT, now)
    if not report.sentences:
        return report
    first = report.sentences[one % len(report.sentences)].id
    second = report.sentences[other % len(report.sentences)].id
    steps = {
        "text": lambda: report.with_text(first, f"Words {other}.", now),
        "accept": lambda: report.with_accepted(first, now),
        "reject": lambda: report.with_rejected(first, now),
        "take back": lambda: report.with_undecided(first, now),
        "remove": lambda: report.without_sentence(first, now),
        "split": lambda: with_split(report, first, other % 20, now),
        "merge": lambda: with_merged(report, first, second, now),
    }
    try:
        return steps[action]()
    except ReportStateError:
        return report


STEPS = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.integers(0, 50), st.integers(0, 50)), max_size=40
)


@settings(deadline=None)
@given(STEPS)
def test_as_many_undos_as_changes_give_the_report_of_before(actions):
    report, history, passed = any_report("1.2.3", "Typed."), ReportHistory(), []
    start, edits = report, list(edits_between((), report.sentences))
    for number, (action, one, other) in enumerate(actions):
        after = changed(report, action, one, other, NOW + timedelta(minutes=number))
        if content(after) != content(report):
            passed.append(report)
        history = history.with_step(report, after)
        edits += edits_between(report.sentences, after.sentences)
        report = after
    end = report
    for before in reversed(passed):
        history, undone = history.undo(report, LATER)
        assert content(undone) == content(before)
        edits += edits_between(report.sentences, undone.sentences)
        report = undone
    assert content(report) == content(start)
    assert replay(edits) == report.sentences
    assert history.undo(report, LATER) == (history, report), "nothing is left"
    for _ in passed:
        history, report = history.redo(report, LATER)
    assert content(report) == content(end)


def typed(history, report, texts, start, ms=100):
    """The sentence as it stands after each key."""
    sentence = report.sentences[0].id
    for number, text in enumerate(texts):
        after = report.with_text(sentence, text, start + timedelta(milliseconds=ms * number))
        history, report = history.with_step(report, after), after
    return history, report


def test_the_letters_of_a_word_are_one_step():
    report = any_report("1.2.3", "A")
    keys = ["A ", "A s", "A sm", "A sma", "A sma ", "A sma n"]
    history, report = typed(ReportHistory(), report, keys, NOW)
    assert [s.label for s in history.done] == ["edited “A”", "edited “A sma”", "edited “A sma n”"]
    history, once = history.undo(report, LATER)
    assert once.sentences[0].text == "A sma "
    assert history.undo(once, LATER)[1].sentences[0].text == "A "


def test_a_pause_a_turn_and_a_cut_begin_a_step():
    report = any_report("1.2.3", "A")
    history, report = typed(ReportHistory(), report, ["Ab", "Abc"], NOW)
    history, report = typed(history, report, ["Abcd"], NOW + timedelta(seconds=5))
    assert len(history.done) == 2, "a pause"
    history, report = typed(history, report, ["Abc", "Ab"], NOW + timedelta(seconds=5.2))
    assert len(history.done) == 3, "letters taken away"
    history, report = typed(history, report, ["", "Small left effusion."], NOW)
    assert len(history.done) == 5, "a cut and a paste"
    assert history.undo(report, LATER)[1].sentences[0].text == ""


@pytest.mark.parametrize(
    ("action", "label"),
    [
        (lambda r: r.with_accepted(r.sentences[2].id, LATER), "accepted “No pneumothorax.”"),
        (lambda r: r.with_rejected(r.sentences[2].id, LATER), "rejected “No pneumothorax.”"),
        (lambda r: with_split(r, r.sentences[2].id, 3, LATER), "split off “pneumothorax.”"),
        (lambda r: r.with_prior("1.2.9", LATER), "changed the prior"),
        (
            lambda r: r.with_accepted(r.sentences[0].id, LATER).with_accepted(
                r.sentences[1].id, LATER
            ),
            "accepted 2 sentences",
        ),
    ],
)
def test_a_step_says_what_it_did(action, label):
    report = any_report("1.2.3").with_draft(DRAFT, NOW)
    history = ReportHistory().with_step(report, action(report))
    assert [step.label for step in history.done] == [label]


def test_a_save_between_a_change_and_its_undo_is_kept():
    report = any_report("1.2.3", "A.")
    after = report.with_sentence(Section.FINDINGS, "B.", NOW)
    history = ReportHistory().with_step(report, after, "added a macro")
    saved = replace(after, revision=7)
    _, undone = history.undo(saved, LATER)
    assert undone.revision == 7
    assert content(undone) == content(report)
    assert history.done[-1].label == "added a macro"


def test_a_change_after_an_undo_ends_the_redo():
    report = any_report("1.2.3", "A.")
    after = report.with_sentence(Section.FINDINGS, "B.", NOW)
    history, undone = ReportHistory().with_step(report, after).undo(after, LATER)
    other = undone.with_sentence(Section.FINDINGS, "C.", LATER)
    history = history.with_step(undone, other)
    assert history.undone == ()
    assert history.redo(other, LATER) == (history, other)


def test_a_signed_report_is_not_undone():
    report = any_report("1.2.3", "A.")
    after = report.with_sentence(Section.FINDINGS, "B.", NOW)
    history = ReportHistory().with_step(report, after)
    signed = replace(after, status=ReportStatus.FINAL)
    assert history.with_step(after, signed) == history, "a signature is no step"
    with pytest.raises(ReportStateError):
        history.undo(replace(after, status=ReportStatus.FINAL), LATER)
