"""The draft as an AI result: judged by dciodvfy, read by DCMTK, every decision in its place."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from testkit.dicom_validator import complaints_of
from testkit.report_documents import (
    MODEL_SENTENCES,
    NOW,
    draft_of,
    report_of,
    signed,
    study_of,
)
from testkit.sr_readers import dumped, items, name_of

from engine.documents.dicom.ai_result import ai_result
from engine.documents.dicom.reference import ReportObject
from engine.domain.lifecycle import addition_sha256, with_addendum
from engine.domain.rejoining import with_split
from engine.domain.report import DraftId, Report
from engine.errors import ReportStateError


def decided() -> Report:
    """One sentence accepted, one edited, one rejected with a reason."""
    report = report_of().with_draft(draft_of(), NOW)
    first, second, third = (sentence.id for sentence in report.sentences)
    report = report.with_accepted(first, NOW)
    report = report.with_text(second, "Small left pleural effusion.", NOW)
    return report.with_rejected(third, NOW, reason="not visible")


def source(report: Report) -> ReportObject:
    return ReportObject(report=report, study=study_of(), software="0.1.0")


def groups_of(content: bytes) -> list[dict[str, str]]:
    """Each group's codes and texts by name."""
    return [
        {name_of(item): words_of(item) for item in group.ContentSequence}
        for group in items(dcmread(io.BytesIO(content)), "CONTAINER")
        if name_of(group) == "Measurement Group"
    ]


def words_of(item: Dataset) -> str:
    if item.ValueType == "CODE":
        return str(item.ConceptCodeSequence[0].CodeMeaning)
    return str(item.get("TextValue", ""))


def test_each_sentence_has_the_models_words_and_what_became_of_them(tmp_path: Path) -> None:
    path = tmp_path / "ai.dcm"
    path.write_bytes(ai_result(source(signed(decided())), draft_of()))
    assert complaints_of(path) == []
    one, two, three = groups_of(path.read_bytes())
    assert [each["Finding"] for each in (one, two, three)] == list(MODEL_SENTENCES)
    assert one["Decision of the reader"] == "Accepted as it stands"
    assert one["Words in the report"] == MODEL_SENTENCES[0]
    assert two["Decision of the reader"] == "Edited"
    assert two["Words in the report"] == "Small left pleural effusion."
    assert three["Decision of the reader"] == "Rejected"
    assert three["Reason of the reader"] == "not visible"
    assert "Words in the report" not in three
    assert one["Algorithm Name"] == draft_of().bundle_id
    assert one["Algorithm Version"] == draft_of().bundle_version
    dump = dumped(path)
    for words in ("UNVERIFIED", draft_of().bundle_sha256, draft_of().input_sha256, "not visible"):
        assert words in dump
    assert "Person Observer" not in dump


def test_before_signing_it_says_what_is_not_reviewed() -> None:
    report = report_of().with_draft(draft_of(), NOW)
    found = groups_of(ai_result(source(report), draft_of()))
    assert [each["Decision of the reader"] for each in found] == ["Not reviewed"] * 3


def test_a_sentence_that_was_split_or_never_taken_in_is_told() -> None:
    report = report_of(MODEL_SENTENCES[2]).with_draft(draft_of(), NOW)
    assert len(report.sentences) == 3, "the reader had written the third already"
    drafted = report.sentences[1]
    parts = with_split(report, drafted.id, drafted.text.index(" in size"), NOW)
    for part in parts.sentences[1:3]:
        parts = parts.with_accepted(part.id, NOW)
    first, second, third = groups_of(ai_result(source(parts), draft_of()))
    assert first["Decision of the reader"] == "Accepted as it stands"
    assert first["Words in the report"] == "The heart is normal in size."
    assert second["Decision of the reader"] == "Not reviewed"
    assert third["Decision of the reader"] == "Not taken into the report"


def test_what_was_decided_in_an_earlier_draft_is_told_of_the_later_one() -> None:
    again = replace(draft_of(), id=DraftId("9b4b1e3f-2222-4333-8444-666677778888"))
    report = decided().with_draft(again, NOW)
    assert len(report.sentences) == 3, "the later draft says nothing new"
    found = groups_of(ai_result(source(signed(report)), again))
    told = [each["Decision of the reader"] for each in found]
    assert told == ["Accepted as it stands", "Edited", "Rejected"]


def test_an_addendum_changes_nothing_of_it() -> None:
    report = signed(decided())
    assert report.signature is not None
    words = "Old films came."
    signature = replace(report.signature, report_sha256=addition_sha256(report, words))
    added = replace(with_addendum(report, words, signature), revision=9)
    assert ai_result(source(added), draft_of()) == ai_result(source(report), draft_of())


def test_without_a_draft_there_is_none() -> None:
    with pytest.raises(ReportStateError, match="without a draft"):
        ai_result(source(signed(report_of("Clear."))), None)
