from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from testkit.workspaces import NOW, any_draft, any_report

from engine.domain.report import (
    Report,
    ReportSentence,
    ReportStatus,
    Section,
    SentenceId,
    SentenceState,
)
from engine.domain.signature import Signature
from engine.errors import ReportStateError

Change = Callable[[Report, SentenceId], Report]

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)

AI_CHANGES: dict[str, Change] = {
    "accept": lambda r, s: r.with_accepted(s, NOW),
    "reject": lambda r, s: r.with_rejected(s, NOW),
    "undecide": lambda r, s: r.with_undecided(s, NOW),
}
ALL_CHANGES: dict[str, Change] = {
    **AI_CHANGES,
    "retype": lambda r, s: r.with_text(s, "Other words.", NOW),
    "remove": lambda r, s: r.without_sentence(s, NOW),
    "add after": lambda r, s: r.with_sentence(Section.IMPRESSION, "New.", NOW, after=s),
    "add": lambda r, _: r.with_sentence(Section.IMPRESSION, "New.", NOW),
    "draft": lambda r, _: r.with_draft(any_draft(r.study_uid, "More."), NOW),
}


def signature(report: Report) -> Signature:
    return Signature(signer="Dr Test", meaning="Author", signed_at=NOW, report_sha256=report.sha256)


def drafted(*texts: str) -> Report:
    return any_report().with_draft(any_draft("1.2.3", *texts), NOW)


@pytest.mark.parametrize("change", ALL_CHANGES)
def test_a_signed_report_never_changes(change: str) -> None:
    report = any_report("1.2.3", "Own.").with_draft(any_draft("1.2.3", "Model's."), NOW)
    model = report.sentences[1].id
    final = report.with_accepted(model, NOW)
    final = final.signed(signature(final))
    for sentence in final.sentences:
        with pytest.raises(ReportStateError):
            ALL_CHANGES[change](final, sentence.id)
    with pytest.raises(ReportStateError):
        final.signed(signature(final))


@pytest.mark.parametrize("change", AI_CHANGES)
def test_the_authors_sentences_have_no_model_text_to_decide_about(change: str) -> None:
    report = any_report("1.2.3", "Own.")
    with pytest.raises(ReportStateError, match="author"):
        AI_CHANGES[change](report, report.sentences[0].id)


@pytest.mark.parametrize(
    "change", ["accept", "reject", "undecide", "retype", "remove", "add after"]
)
def test_a_sentence_that_is_gone_is_named_as_such(change: str) -> None:
    with pytest.raises(ReportStateError, match="no longer"):
        ALL_CHANGES[change](drafted("A."), SentenceId("gone"))


def test_a_draft_of_another_study_is_refused() -> None:
    with pytest.raises(ReportStateError, match="another study"):
        any_report("1.2.3").with_draft(any_draft("9.9.9"), NOW)


def test_a_new_draft_replaces_only_what_nobody_decided_about() -> None:
    report = drafted("One.", "Two.", "Three.", "Four.")
    one, two, three, _four = (s.id for s in report.sentences)
    report = report.with_accepted(one, NOW).with_rejected(two, NOW)
    report = report.with_text(three, "Changed.", NOW).with_sentence(Section.FINDINGS, "Own.", NOW)
    again = report.with_draft(any_draft("1.2.3", "Five.", draft_id="draft-2"), NOW)
    assert [s.text for s in again.sentences] == ["One.", "Two.", "Changed.", "Own.", "Five."]
    assert again.draft_id == "draft-2"


def test_words_back_at_the_models_decide_nothing() -> None:
    report = drafted("Clear lungs.")
    sentence = report.sentences[0].id
    edited = report.with_text(sentence, "Clear.", NOW)
    assert edited.sentences[0].state is SentenceState.AI_EDITED
    assert edited.with_accepted(sentence, NOW).sentences[0].text == "Clear."
    back = edited.with_text(sentence, "Clear lungs.", NOW)
    assert back.sentences[0].state is SentenceState.AI_UNREVIEWED


def test_leaving_a_sentence_as_it_is_decides_nothing() -> None:
    report = drafted("Clear lungs.")
    kept = report.with_text(report.sentences[0].id, "Clear lungs.", NOW)
    assert kept.sentences[0].state is SentenceState.AI_UNREVIEWED


def test_signing_needs_every_sentence_reviewed() -> None:
    report = drafted("One.", "Two.")
    report = report.with_accepted(report.sentences[0].id, NOW)
    with pytest.raises(ReportStateError, match="not been reviewed"):
        report.signed(signature(report))


def test_an_empty_report_cannot_be_signed() -> None:
    empty = any_report()
    rejected = drafted("One.")
    rejected = rejected.with_rejected(rejected.sentences[0].id, NOW)
    blank = any_report("1.2.3", "  ")
    for report in (empty, rejected, blank):
        with pytest.raises(ReportStateError, match="empty"):
            report.signed(signature(report))


def test_a_signature_of_other_words_is_refused() -> None:
    report = any_report("1.2.3", "Clear.")
    old = signature(report)
    changed = report.with_text(report.sentences[0].id, "Not clear.", NOW)
    with pytest.raises(ReportStateError, match="changed while"):
        changed.signed(old)


def test_text_follows_the_order_of_sections_not_of_typing() -> None:
    report = any_report("1.2.3", "Finding.")
    report = report.with_sentence(Section.IMPRESSION, "Impression.", NOW)
    report = report.with_sentence(Section.INDICATION, "Cough.", NOW)
    assert [s.text for s in report.kept()] == ["Cough.", "Finding.", "Impression."]
    assert report.text(Section.FINDINGS) == "Finding."


SENTENCES = st.lists(
    st.builds(
        ReportSentence,
        id=st.uuids().map(lambda u: SentenceId(str(u))),
        section=st.sampled_from(Section),
        text=WORDS,
        state=st.sampled_from(SentenceState),
        draft_text=WORDS,
    ),
    max_size=6,
).map(tuple)


@settings(max_examples=40, deadline=None)
@given(SENTENCES, SENTENCES)
def test_two_reports_have_one_hash_only_if_they_read_the_same(
    one: tuple[ReportSentence, ...], other: tuple[ReportSentence, ...]
) -> None:
    first, second = replace(any_report(), sentences=one), replace(any_report(), sentences=other)

    def read(report: Report) -> list[tuple[str, str, str]]:
        return [(s.section, s.text, s.state) for s in report.kept()]

    assert (first.sha256 == second.sha256) == (read(first) == read(second))


class Editing(RuleBasedStateMachine):
    """Any order of a reader's acts keeps the ledger of origins truthful."""

    def __init__(self) -> None:
        super().__init__()
        self.report = any_report()
        self.models: set[str] = set()

    @initialize(texts=st.lists(WORDS.filter(str.strip), min_size=1, max_size=3, unique=True))
    def draft_first(self, texts: list[str]) -> None:
        self.draft(texts)

    @rule(texts=st.lists(WORDS.filter(str.strip), min_size=1, max_size=3, unique=True))
    def draft(self, texts: list[str]) -> None:
        decided = [s for s in self.report.sentences if s.state is not SentenceState.AI_UNREVIEWED]
        self.report = self.report.with_draft(any_draft("1.2.3", *texts), NOW)
        self.models.update(texts)
        assert list(self.report.sentences[: len(decided)]) == decided

    @rule(section=st.sampled_from(Section), text=WORDS, after=st.booleans(), data=st.data())
    def add(self, section: Section, text: str, data: st.DataObject, *, after: bool) -> None:
        before = self.report.sentences
        anchor = data.draw(st.sampled_from(before)).id if after and before else None
        self.report = self.report.with_sentence(section, text, NOW, after=anchor)
        assert len(self.report.sentences) == len(before) + 1

    @precondition(lambda self: self.report.sentences)
    @rule(text=WORDS, data=st.data())
    def retype(self, text: str, data: st.DataObject) -> None:
        sentence = data.draw(st.sampled_from(self.report.sentences))
        self.report = self.report.with_text(sentence.id, text, NOW)
        assert self.report.sentence(sentence.id).text == text

    @precondition(lambda self: self.report.sentences)
    @rule(act=st.sampled_from(sorted(AI_CHANGES)), data=st.data())
    def decide(self, act: str, data: st.DataObject) -> None:
        sentence = data.draw(st.sampled_from(self.report.sentences))
        if sentence.state is SentenceState.AUTHOR:
            with pytest.raises(ReportStateError):
                AI_CHANGES[act](self.report, sentence.id)
            return
        once = AI_CHANGES[act](self.report, sentence.id)
        assert AI_CHANGES[act](once, sentence.id) == once
        self.report = once

    @precondition(lambda self: self.report.sentences)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        sentence = data.draw(st.sampled_from(self.report.sentences))
        self.report = self.report.without_sentence(sentence.id, NOW)
        assert sentence.id not in {s.id for s in self.report.kept()}

    @rule()
    def sign(self) -> None:
        possible = bool(self.report.kept()) and not self.report.unreviewed
        if not possible:
            with pytest.raises(ReportStateError):
                self.report.signed(signature(self.report))
            return
        final = self.report.signed(signature(self.report))
        assert final.status is ReportStatus.FINAL
        assert final.sha256 == self.report.sha256

    @invariant()
    def origins_are_true(self) -> None:
        ids = [s.id for s in self.report.sentences]
        assert len(ids) == len(set(ids))
        for sentence in self.report.sentences:
            same = sentence.text == sentence.draft_text
            match sentence.state:
                case SentenceState.AUTHOR:
                    assert sentence.draft_text == ""
                case SentenceState.AI_EDITED:
                    assert not same
                case _:
                    assert same
            if sentence.state is not SentenceState.AUTHOR:
                assert sentence.draft_text in self.models


TestEditing = Editing.TestCase
TestEditing.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)


def test_a_second_draft_keeps_decisions_and_adds_only_what_is_new():
    report = any_report("1.2.3", "Scoliosis.").with_draft(
        any_draft("1.2.3", "The heart is enlarged.", "No pneumothorax.", "Left effusion."), NOW
    )
    _, heart, pneumothorax, effusion = report.sentences
    report = report.with_accepted(heart.id, NOW).with_rejected(pneumothorax.id, NOW)
    report = report.with_text(effusion.id, "Left effusion, small.", NOW)
    again = any_draft(
        "1.2.3",
        "The heart is enlarged",
        "No pneumothorax.",
        "Left effusion.",
        "scoliosis.",
        "There is a nodule.",
    )
    redrafted = report.with_draft(again, NOW)
    assert redrafted.sentences[:4] == report.sentences
    assert [s.text for s in redrafted.sentences[4:]] == ["There is a nodule."]
    assert redrafted.sentences[4].drafted[0].sentence == 4
