# ruff: noqa: S608  the statements are made of this file's own constants
from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from testkit.workspaces import NOW, any_draft, any_report, any_study, open_store, typed

from engine.domain.report import Report
from engine.domain.signature import Signature
from engine.errors import ReportStateError, StorageError
from engine.storage.database import connect
from engine.storage.unit_of_work import Store

DRAFT = "INSERT {} INTO drafts SELECT id, study_uid, created, 'changed', sha256 FROM drafts"
REVISION = (
    "INSERT {} INTO report_revisions SELECT report_id, revision, saved, author, status, "
    "report_sha256, 'changed', sha256 FROM report_revisions WHERE revision = 1"
)
AUDIT = (
    "INSERT {} INTO audit_events SELECT sequence, at, 'changed', action, subject, details, "
    "previous, digest FROM audit_events WHERE sequence = 1"
)
REPORT = (
    "INSERT {} INTO reports SELECT id, study_uid, 'changed', created, updated, 'draft', revision, "
    "is_reviewed, 'draft' FROM reports"
)

EDIT = (
    "INSERT {} INTO sentence_edits SELECT report_id, sequence, at, 'changed', kind, position, "
    "sentence, previous, digest FROM sentence_edits WHERE sequence = 1"
)

THIRD = (
    "INSERT INTO report_revisions SELECT report_id, 3, saved, author, status, report_sha256, "
    "content, sha256 FROM report_revisions WHERE revision = 2"
)

ATTACKS = [
    "UPDATE drafts SET content = 'changed'",
    "UPDATE OR REPLACE drafts SET content = 'changed'",
    "DELETE FROM drafts",
    DRAFT.format("OR REPLACE"),
    DRAFT.format("") + " WHERE true ON CONFLICT (id) DO UPDATE SET content = 'changed'",
    "UPDATE report_revisions SET content = 'changed'",
    "DELETE FROM report_revisions",
    REVISION.format("OR REPLACE"),
    REVISION.format("") + " ON CONFLICT (report_id, revision) DO UPDATE SET content = 'changed'",
    THIRD,
    "UPDATE audit_events SET actor = 'changed'",
    "DELETE FROM audit_events",
    AUDIT.format("OR REPLACE"),
    AUDIT.format("") + " ON CONFLICT (sequence) DO UPDATE SET actor = 'changed'",
    "INSERT INTO audit_events VALUES (99, '', '', '', '', '{}', '', '')",
    "UPDATE sentence_edits SET actor = 'changed'",
    "DELETE FROM sentence_edits",
    EDIT.format("OR REPLACE"),
    EDIT.format("") + " ON CONFLICT (report_id, sequence) DO UPDATE SET actor = 'changed'",
    (
        "INSERT INTO sentence_edits SELECT report_id, 1 + max(sequence), at, actor, kind, "
        "position, sentence, previous, digest FROM sentence_edits"
    ),
    "UPDATE reports SET status = 'draft'",
    "UPDATE reports SET status = 'draft', stage = 'draft'",
    "UPDATE reports SET id = 'another'",
    "DELETE FROM reports",
    REPORT.format("OR REPLACE"),
    REPORT.format("") + " WHERE true ON CONFLICT (id) DO UPDATE SET status = 'draft'",
    "INSERT INTO working_copies SELECT id, '', '', '' FROM reports",
    "DELETE FROM audit_head",
    "DELETE FROM schema_info",
    "DROP TRIGGER reports_signed",
    "DROP TABLE audit_events",
    "ALTER TABLE drafts RENAME TO others",
    "ATTACH ':memory:' AS other",
    "PRAGMA writable_schema = ON",
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("signed"), studies=(any_study(),)) as opened:
        with opened.change() as unit:
            unit.drafts.add(any_draft())
            saved = unit.reports.append(
                any_report("1.2.3", "Clear lungs."), "2026-03-18T09:30:00+00:00"
            )
        with opened.change() as unit:
            unit.reports.append(signed(saved), "2026-03-18T09:30:00+00:00")
        yield opened


def signed(report: Report) -> Report:
    signature = Signature(
        signer="Dr Test", meaning="Author", signed_at=NOW, report_sha256=report.sha256
    )
    return report.signed(signature)


@pytest.mark.parametrize("attack", ATTACKS)
def test_r17_what_is_signed_or_recorded_cannot_be_changed(store: Store, attack: str) -> None:
    before = contents(store)
    with pytest.raises(StorageError), store.database.writing() as session:
        session.execute(text(attack))
    assert contents(store) == before


def test_r17_it_holds_without_recursive_triggers_too(store: Store) -> None:
    before = contents(store)
    for attack in (DRAFT, REVISION, AUDIT, REPORT, EDIT):
        with closing(connect(store.database.path, store.database.key)) as connection:
            connection.execute("PRAGMA recursive_triggers = OFF")
            with pytest.raises(Exception, match=r"immutable|signed|out of order"):
                connection.execute(attack.format("OR REPLACE"))
    assert contents(store) == before


def test_r17_the_schema_table_cannot_be_written(store: Store) -> None:
    with pytest.raises(StorageError), store.database.writing() as session:
        session.execute(text("DELETE FROM sqlite_master WHERE type = 'trigger'"))


def test_r23_a_signed_report_refuses_typing_and_revisions(store: Store) -> None:
    with store.look() as unit:
        report_id = unit.reports.newest_of(any_study().uid)
        assert report_id is not None
        first = unit.reports.revisions(report_id)[0].report
    draft = replace(any_report("1.2.3", "Other."), id=report_id, revision=first.revision)
    for change in ("keep", "append"):
        with pytest.raises(ReportStateError), store.change() as unit:
            getattr(unit.reports, change)(draft, "2026-03-18T09:30:00+00:00")


def test_revisions_count_up_whatever_number_the_caller_has(tmp_path: Path) -> None:
    with open_store(tmp_path, studies=(any_study(),)) as opened:
        report = any_report("1.2.3", "One.")
        with opened.change() as unit:
            numbers = [
                unit.reports.append(typed(report, words), "2026-03-18T09:30:00+00:00").revision
                for words in ("One.", "Two.", "Three.")
            ]
        assert numbers == [1, 2, 3]
        with opened.look() as unit:
            newest = unit.reports.revision(report.id)
            assert newest is not None
            assert newest.sentences[0].text == "Three."


def contents(store: Store) -> list[list[object]]:
    tables = ("drafts", "reports", "report_revisions", "working_copies", "audit_events")
    tables += ("sentence_edits",)
    with store.database.reading() as session:
        return [list(session.execute(text(f"SELECT * FROM {table}"))) for table in tables]
