from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from testkit.workspaces import NOW, any_draft, any_report

from engine.domain.audit import FIRST_LINK
from engine.domain.ledger import EditKind, SentenceEdit, edits_between, entries, replay
from engine.domain.rejoining import with_merged, with_split
from engine.domain.report import (
    Report,
    ReportSentence,
    Section,
    SentenceOrigin,
    SentenceSource,
    SentenceState,
)
from engine.domain.signature import Signature
from engine.errors import ReportStateError

DRAFT = any_draft(
    "1.2.3",
    "The heart size is normal and the lungs are clear.",
    "There is a small left pleural effusion.",
    "No pneumothorax.",
)
WORDS = st.lists(
    st.sampled_from(["small", "left", "effusion.", "No", "normal.", "heart", "clear", "lungs"]),
    max_size=6,
).map(" ".join)


def drafted() -> Report:
    return any_report("1.2.3").with_draft(DRAFT, NOW)


def any_of(report: Report, number: int) -> ReportSentence:
    return report.sentences[number % len(report.sentences)]


def moved(report: Report, number: int) -> Report:
    order = list(report.sentences)
    order.append(order.pop(number % len(order)))
    return replace(report, sentences=tuple(order))


def change(report: Report, what: str, one: int, other: int, words: str) -> Report:
    """One edit as a reader makes it; those that make no sense leave the report as it is."""
    source = list(SentenceSource)[other % len(SentenceSource)]
    section = list(Section)[one % len(Section)]
    if what == "add":
        return report.with_sentence(section, words, NOW, source=source)
    if what == "draft":
        return report.with_draft(DRAFT, NOW)
    if not report.sentences:
        return report
    first, second = any_of(report, one), any_of(report, other)
    steps: dict[str, Callable[[], Report]] = {
        "after": lambda: report.with_sentence(first.section, words, NOW, after=first.id),
        "reword": lambda: report.with_text(first.id, words, NOW),
        "same": lambda: report.with_text(first.id, first.draft_text, NOW),
        "accept": lambda: report.with_accepted(first.id, NOW),
        "reject": lambda: report.with_rejected(first.id, NOW),
        "undo": lambda: report.with_undecided(first.id, NOW),
        "remove": lambda: report.without_sentence(first.id, NOW),
        "split": lambda: with_split(report, first.id, other % (len(first.text) + 1), NOW),
        "merge": lambda: with_merged(report, first.id, second.id, NOW),
        "move": lambda: moved(report, one),
    }
    return steps[what]()


COMES = (EditKind.DRAFTED, EditKind.ADDED, EditKind.SPLIT_OFF)
KINDS = [
    *("add", "draft", "after", "reword", "same", "accept", "reject", "undo", "remove"),
    *("split", "split", "merge", "merge", "move"),
]
SESSIONS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 50), st.integers(0, 50), WORDS),
    min_size=1,
    max_size=14,
)


@settings(max_examples=1000, deadline=None)
@given(session=SESSIONS, skips=st.lists(st.booleans(), min_size=14, max_size=14))
def test_r24_replaying_the_ledger_gives_the_final_text(
    session: list[tuple[str, int, int, str]], skips: list[bool]
) -> None:
    report, stored = drafted(), any_report("1.2.3")
    log: list[SentenceEdit] = []
    for (what, one, other, words), skip in zip(session, skips, strict=False):
        try:
            report = change(report, what, one, other, words)
        except ReportStateError:
            continue
        if not skip:
            log += edits_between(stored.sentences, report.sentences)
            stored = report
    log += edits_between(stored.sentences, report.sentences)
    assert replay(log) == report.sentences
    for section in Section:
        final = replace(report, sentences=replay(log))
        assert final.text(section) == report.text(section)
    for sentence in report.kept():
        assert isinstance(sentence.origin, SentenceOrigin)
        if sentence.origin is SentenceOrigin.MODEL:
            assert sentence.text == sentence.draft_text
        if sentence.origin is SentenceOrigin.MODEL_EDITED:
            assert sentence.draft_text


@settings(max_examples=300, deadline=None)
@given(session=SESSIONS)
def test_every_sentence_of_a_signed_report_has_exactly_one_origin(
    session: list[tuple[str, int, int, str]],
) -> None:
    report = drafted()
    log = list(edits_between((), report.sentences))
    for what, one, other, words in session:
        try:
            changed = change(report, what, one, other, words)
        except ReportStateError:
            continue
        log += edits_between(report.sentences, changed.sentences)
        report = changed
    ready = report.with_sentence(Section.IMPRESSION, "Read.", NOW)
    for sentence in ready.unreviewed:
        ready = ready.with_accepted(sentence.id, NOW)
    log += edits_between(report.sentences, ready.sentences)
    final = ready.signed(signature_of(ready))
    assert len({sentence.id for sentence in final.sentences}) == len(final.sentences)
    for sentence in final.kept():
        came = [e for e in log if e.sentence.id == sentence.id and e.kind in COMES]
        assert len(came) == 1
        is_the_models = sentence.origin in {SentenceOrigin.MODEL, SentenceOrigin.MODEL_EDITED}
        assert is_the_models is bool(sentence.draft_text)
        is_untouched = sentence.origin is SentenceOrigin.MODEL
        assert is_untouched is (is_the_models and sentence.text == sentence.draft_text)
    counts = Counter(sentence.origin for sentence in final.kept())
    assert counts.total() == len(final.kept())


def signature_of(report: Report) -> Signature:
    return Signature(signer=report.author, meaning="x", signed_at=NOW, report_sha256=report.sha256)


@settings(max_examples=300, deadline=None)
@given(at=st.integers(0, 60), words=WORDS)
def test_a_split_and_a_merge_lose_no_word_and_keep_what_the_model_said(at: int, words: str) -> None:
    report = drafted()
    first = report.sentences[0]
    report = report.with_text(first.id, f"{first.text} {words}".strip(), NOW)
    text = report.sentence(first.id).text
    try:
        report = with_split(report, first.id, at, NOW)
    except ReportStateError:
        return
    head, tail = report.sentences[:2]
    if at < len(text) and (text[at - 1].isspace() or text[at].isspace()):
        assert f"{head.text} {tail.text}".split() == text.split()
        assert f"{head.draft_text} {tail.draft_text}".split() == first.draft_text.split()
    assert head.text + tail.text.replace(" ", "") != ""
    report = with_merged(report, head.id, tail.id, NOW)
    merged = report.sentence(head.id)
    assert merged.text == f"{head.text} {tail.text}"
    assert merged.origin in {SentenceOrigin.MODEL, SentenceOrigin.MODEL_EDITED}


def test_parts_of_a_sentence_of_the_model_keep_its_judgement() -> None:
    report = drafted()
    first = report.sentences[0]
    at = first.text.index("and")
    report = with_split(report.with_accepted(first.id, NOW), first.id, at, NOW)
    head, tail = report.sentences[:2]
    assert (head.text, head.draft_text) == ("The heart size is normal",) * 2
    assert tail.text == tail.draft_text == "and the lungs are clear."
    assert {head.state, tail.state} == {SentenceState.AI_ACCEPTED}
    assert head.origin is tail.origin is SentenceOrigin.MODEL


def test_what_a_reader_typed_into_a_sentence_is_typed_once_it_stands_alone() -> None:
    report = drafted()
    third = report.sentences[2]
    report = report.with_text(third.id, "No pneumothorax. Old rib fracture.", NOW)
    assert report.sentence(third.id).origin is SentenceOrigin.MODEL_EDITED
    report = with_split(report, third.id, len("No pneumothorax."), NOW)
    head, tail = report.sentences[2:]
    assert head.origin is SentenceOrigin.MODEL
    assert tail.origin is SentenceOrigin.TYPED


def test_each_source_is_an_origin_until_a_hand_rewrites_it() -> None:
    report = any_report("1.2.3")
    for source in SentenceSource:
        report = report.with_sentence(Section.FINDINGS, "Words.", NOW, source=source)
        added = report.sentences[-1]
        assert added.origin.value == source.value
        again = report.with_text(added.id, "Other words.", NOW)
        assert again.sentence(added.id).origin is SentenceOrigin.TYPED
        filled = report.with_text(added.id, "Other words.", NOW, source=source)
        assert filled.sentence(added.id).origin.value == source.value


def test_kinds_are_told_apart() -> None:
    before, after = any_report("1.2.3"), drafted()
    kinds = [e.kind for e in edits_between(before.sentences, after.sentences)]
    assert kinds == [EditKind.DRAFTED] * 3
    first, second, third = (s.id for s in after.sentences)
    for expected, later in (
        (EditKind.ACCEPTED, after.with_accepted(first, NOW)),
        (EditKind.REJECTED, after.with_rejected(second, NOW)),
        (EditKind.REWORDED, after.with_text(third, "None.", NOW)),
        (EditKind.ADDED, after.with_sentence(Section.IMPRESSION, "Normal.", NOW)),
        (EditKind.MOVED, moved(after, 2)),
    ):
        found = [e.kind for e in edits_between(after.sentences, later.sentences)]
        assert found in ([expected], [])
    split = with_split(after, first, 9, NOW)
    kinds = [e.kind for e in edits_between(after.sentences, split.sentences)]
    assert EditKind.SPLIT_OFF in kinds
    merged = with_merged(after, first, second, NOW)
    assert EditKind.MERGED in [e.kind for e in edits_between(after.sentences, merged.sentences)]


def test_entries_are_chained_and_do_not_fit_when_one_is_taken_out() -> None:
    report = drafted()
    edits = edits_between((), report.sentences)
    made = entries(report.id, edits, after=(0, FIRST_LINK), at=NOW, actor="Dr Test")
    assert [e.sequence for e in made] == [1, 2, 3]
    assert [e.previous for e in made] == [FIRST_LINK, made[0].digest, made[1].digest]
    reworded = edits_between(
        report.sentences, report.with_text(report.sentences[0].id, "Other.", NOW).sentences
    )
    with pytest.raises(ReportStateError):
        replay([*edits[1:], *reworded])
