"""A report's sentence finds what was found out about it by its index in the draft."""

from __future__ import annotations

from dataclasses import replace

import pytest
from testkit.report_documents import NOW, draft_of, report_of

from engine.domain.evidence import Evidence, EvidenceGrade
from engine.domain.rejoining import with_merged, with_split
from engine.domain.report import Draft, DraftId, DraftRef, Report, Section
from engine.domain.tested import (
    drafted_sentences,
    evidence_for,
    has_changed,
    standing_sentence,
)

TWICE = "Small left pleural effusion."


def evidence(sentence: int) -> Evidence:
    return Evidence(
        sentence=sentence,
        grade=EvidenceGrade.RESTS_ON,
        drop=float(sentence),
        control_drop=0.0,
        regions=(),
    )


@pytest.fixture
def draft() -> Draft:
    """Three sentences, the first and the last with the same words, all tested."""
    made = draft_of()
    first, second, third = made.sentences
    texts = (replace(first, text=TWICE), second, replace(third, text=TWICE))
    return replace(made, sentences=texts, evidence=tuple(evidence(n) for n in range(3)))


@pytest.fixture
def report(draft: Draft) -> Report:
    return report_of("Typed.").with_draft(draft, NOW)


def test_two_sentences_of_the_same_words_have_each_their_own(draft: Draft, report: Report) -> None:
    _, first, _, third = report.sentences
    assert first.text == third.text
    assert evidence_for(draft, first) == evidence(0)
    assert evidence_for(draft, third) == evidence(2)


def test_the_authors_own_words_were_not_tested(draft: Draft, report: Report) -> None:
    typed = report.sentences[0]
    same = report.with_sentence(Section.FINDINGS, TWICE, NOW).sentences[-1]
    for sentence in (typed, same, replace(same, drafted=None)):
        assert drafted_sentences(draft, sentence) == ()
        assert not has_changed(draft, sentence)


def test_edited_words_are_others_than_those_that_were_tested(draft: Draft, report: Report) -> None:
    second = report.sentences[2]
    edited = report.with_text(second.id, "A large effusion.", NOW)
    assert evidence_for(draft, edited.sentences[2]) is None
    assert has_changed(draft, edited.sentences[2])
    back = edited.with_undecided(second.id, NOW).sentences[2]
    assert evidence_for(draft, back) == evidence(1)
    assert not has_changed(draft, back)


def test_parts_of_a_sentence_have_changed_and_put_together_again_they_are_it(
    draft: Draft, report: Report
) -> None:
    whole = report.sentences[2]
    parted = with_split(report, whole.id, len("There is a small "), NOW)
    head, tail = parted.sentences[2:4]
    for part in (head, tail):
        assert drafted_sentences(draft, part) == (1,)
        assert standing_sentence(draft, part) is None
        assert has_changed(draft, part)
    (again,) = [s for s in with_merged(parted, head.id, tail.id, NOW).sentences if s.id == head.id]
    assert (again.text, evidence_for(draft, again)) == (whole.text, evidence(1))


def test_a_part_that_the_reader_typed_came_from_no_draft(draft: Draft, report: Report) -> None:
    whole = report.sentences[2]
    longer = report.with_text(whole.id, f"{whole.text} Seen before.", NOW)
    tail = with_split(longer, whole.id, len(whole.text), NOW).sentences[3]
    assert (tail.text, drafted_sentences(draft, tail)) == ("Seen before.", ())


def test_two_sentences_in_one_have_changed_and_know_both(draft: Draft, report: Report) -> None:
    first, second = report.sentences[1:3]
    merged = with_merged(report, first.id, second.id, NOW).sentences[1]
    assert drafted_sentences(draft, merged) == (0, 1)
    assert evidence_for(draft, merged) is None
    assert has_changed(draft, merged)


def test_a_sentence_kept_from_an_earlier_draft_takes_nothing_of_the_new_one(
    draft: Draft, report: Report
) -> None:
    kept = report.with_accepted(report.sentences[1].id, NOW)
    new = replace(draft, id=DraftId("another"))
    again = kept.with_draft(new, NOW)
    old = again.sentences[1]
    assert old.drafted == (DraftRef(draft_id=draft.id, sentence=0),)
    assert drafted_sentences(new, old) == ()
    assert not has_changed(new, old)
    assert again.sentences[2].drafted == (DraftRef(draft_id=new.id, sentence=1),)
    assert evidence_for(new, again.sentences[2]) == evidence(1)


def test_sentences_stored_without_an_index_are_found_by_their_words(
    draft: Draft, report: Report
) -> None:
    second = replace(report.sentences[2], drafted=None)
    assert evidence_for(draft, second) == evidence(1)
    edited = replace(second, text="Otherwise.")
    assert evidence_for(draft, edited) is None
    assert has_changed(draft, edited)
    assert drafted_sentences(draft, replace(second, draft_text="Nothing like it.")) == ()
