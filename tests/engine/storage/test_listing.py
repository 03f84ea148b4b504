"""What the lists keep is what reading the reports would say, and is found through an index."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session
from testkit.workspaces import (
    LATER_TABLES,
    NOW,
    any_draft,
    any_report,
    any_study,
    open_store,
    typed,
)

from engine.domain.difference import draft_differences, edit_share
from engine.domain.finding import Polarity
from engine.domain.past_reports import EditRange, ReportQuery
from engine.domain.report import DraftId, Report, Section
from engine.domain.study import StudyQuery, StudyUid
from engine.language.findings import findings_in
from engine.storage.repositories import Drafts, Reports
from engine.storage.schema import FindingRow, ListingRow, ReportRow
from engine.storage.searching import Searches
from engine.storage.studies import Studies
from engine.storage.unit_of_work import Store

STUDIES = tuple(any_study(f"1.2.{number}") for number in range(1, 7))
SENTENCES = (
    "Small left pleural effusion.",
    "No pleural effusion.",
    "The lungs are clear.",
    "Possible pneumonia in the right lower lobe.",
    "Nothing that the lexicon knows.",
    "",
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path, studies=STUDIES) as opened:
        yield opened


def chance_of(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - no secret


def written(store: Store, chance: random.Random) -> None:
    """A report of each study, half of them with a draft, changed and stored again and again."""
    for number, study in enumerate(STUDIES):
        report = any_report(study.uid, *chance.sample(SENTENCES[:5], 2))
        if number % 2:
            draft = any_draft(study.uid, *chance.sample(SENTENCES[:5], 3), draft_id=f"d{number}")
            with store.change() as unit:
                unit.drafts.add(draft)
            report = any_report(study.uid).with_draft(draft, NOW)
        for step in range(1, 5):
            report = replace(changed(report, chance), updated=NOW + timedelta(minutes=step))
            with store.change() as unit:
                if chance.random() < 0.5:
                    unit.reports.keep(report, NOW.isoformat())
                else:
                    report = unit.reports.append(report, NOW.isoformat())


def changed(report: Report, chance: random.Random) -> Report:
    sentence = chance.choice(report.sentences)
    if sentence.draft_text and chance.random() < 0.5:
        decide = report.with_rejected if chance.random() < 0.5 else report.with_accepted
        return decide(sentence.id, NOW)
    return report.with_text(sentence.id, chance.choice(SENTENCES), NOW)


def kept_of(session: Session) -> dict[str, tuple[Any, ...]]:
    return {
        row.report_id: (
            row.updated,
            row.edit_share,
            row.excerpt,
            {
                (found.category, found.polarity)
                for found in session.scalars(
                    select(FindingRow).where(FindingRow.report_id == row.report_id)
                )
                if found.updated == row.updated
            },
        )
        for row in session.scalars(select(ListingRow))
    }


def computed(session: Session) -> dict[str, tuple[Any, ...]]:
    reports, drafts = Reports(session), Drafts(session)
    said = {}
    for row in session.scalars(select(ReportRow)):
        report = reports.stored(row.id)
        assert report is not None
        share = None
        if report.draft_id is not None:
            share = edit_share(draft_differences(report, drafts.get(DraftId(report.draft_id))))
        spoken = {
            (found.category, found.polarity.value)
            for sentence in report.kept()
            for found in findings_in(sentence.text)
        }
        words = f"{report.text(Section.IMPRESSION)} {report.text(Section.FINDINGS)}".split()
        said[row.id] = (
            report.updated.isoformat(),
            share,
            " ".join(words),
            spoken | {(category, "") for category, _ in spoken},
        )
    return said


@pytest.mark.parametrize("seed", range(4))
def test_what_is_kept_is_what_reading_each_report_says(store: Store, seed: int) -> None:
    written(store, chance_of(seed))
    with store.database.reading() as session:
        assert len(kept_of(session)) == len(STUDIES)
        assert kept_of(session) == computed(session)


def test_a_workspace_without_the_columns_gains_them(tmp_path: Path) -> None:
    """The step is undone, as if an older version had written the rest."""
    with open_store(tmp_path, studies=STUDIES) as store:
        written(store, chance_of(7))
        with store.database.reading() as session:
            before = kept_of(session)
            rows = session.execute(text("SELECT uid, search_row FROM studies ORDER BY uid")).all()
        with store.database.writing_schema() as session:
            undo(session)
    with open_store(tmp_path) as store, store.database.reading() as session:
        assert kept_of(session) == before
        found = session.execute(text("SELECT uid, search_row FROM studies ORDER BY uid")).all()
        assert found == rows
        assert all(row.search_row for row in found)


def undo(session: Session) -> None:
    for name in LATER_TABLES:
        session.execute(text(f"DROP TABLE {name}"))
    for name in ("ix_studies_search_row", "studies_newest", "ix_reports_author"):
        session.execute(text(f"DROP INDEX {name}"))
    session.execute(text("DROP INDEX ix_report_revisions_author"))
    session.execute(text("DROP INDEX audit_events_subject"))
    session.execute(text("ALTER TABLE studies DROP COLUMN search_row"))
    session.execute(text("ALTER TABLE studies DROP COLUMN is_off_list"))
    session.execute(text("UPDATE alembic_version SET version_num = '0011'"))


def test_other_words_of_a_study_and_its_reports_are_found_in_its_own_row(store: Store) -> None:
    renamed = replace(STUDIES[2], description="Chest supine")
    with store.change() as unit:
        unit.studies.put((renamed,), store.now_text())
        report = unit.reports.append(any_report("1.2.4", "Zebra sign."), NOW.isoformat())
        unit.studies.index_report(report)
        report = unit.reports.append(typed(report, "Okapi sign."), NOW.isoformat())
        unit.studies.index_report(report)
    with store.look() as unit:

        def found(words: str) -> list[StudyUid]:
            return [row.uid for row in unit.searches.studies(StudyQuery(text=words))]

        assert found("supine") == ["1.2.3"]
        assert found("okapi") == ["1.2.4"]
        assert found("zebra") == []
        assert sorted(found("chest")) == [study.uid for study in STUDIES]


def plans(session: Session, ask: Any) -> list[str]:
    """The query plan of each statement, one line each."""
    asked: list[tuple[str, Any]] = []
    connection = session.connection()

    def note(_c: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        asked.append((statement, values))

    event.listen(connection, "before_cursor_execute", note)
    ask()
    event.remove(connection, "before_cursor_execute", note)
    return [
        "; ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {s}", values))
        for s, values in asked
        if s.lstrip().upper().startswith(("SELECT", "UPDATE"))
    ]


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (ReportQuery(), "report_listing_updated"),
        (ReportQuery(edited=EditRange(least=0.3, most=0.4)), "report_listing_updated"),
        (ReportQuery(finding="Pleural Effusion"), "report_findings_category"),
        (
            ReportQuery(finding="Pleural Effusion", polarity=Polarity.ASSERTED),
            "report_findings_category",
        ),
        (ReportQuery(study_uid=StudyUid("1.2.3")), "ix_reports_study_uid"),
    ],
)
def test_no_list_of_reports_reads_every_report(
    store: Store, query: ReportQuery, index: str
) -> None:
    written(store, chance_of(1))
    with store.database.reading() as session:
        (plan,) = plans(session, lambda: Searches(session).reports(query))
    assert index in plan
    assert "SCAN reports" not in plan
    if query.study_uid is None:
        assert "ORDER BY" not in plan


def test_a_saved_report_is_indexed_without_reading_the_search_table(store: Store) -> None:
    with store.database.writing() as session:
        report = Reports(session, "Dr Test").append(any_report("1.2.3", "Words."), NOW.isoformat())
        made = plans(session, lambda: Studies(session).index_report(report))
    (plan,) = [plan for plan in made if "study_search" in plan]
    # "0:=" is a look-up by row number, "0:" reads the whole table.
    assert "VIRTUAL TABLE INDEX 0:=" in plan


def test_the_study_list_begins_with_the_newest_without_sorting_all(store: Store) -> None:
    with store.database.reading() as session:
        (plan,) = plans(session, lambda: Searches(session).studies(StudyQuery()))
    assert "studies_newest" in plan
