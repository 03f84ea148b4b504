from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from testkit.workspaces import NOW, any_draft, any_report, any_study, open_store

from engine.domain.ledger import EditKind, replay
from engine.domain.rejoining import with_merged, with_split
from engine.domain.report import Report, Section
from engine.errors import ReportStateError
from engine.storage.checks import content_problems
from engine.storage.unit_of_work import Store

AT = NOW.isoformat()
EFFECTS = st.lists(
    st.tuples(st.sampled_from("aserxmktv"), st.integers(0, 9), st.integers(1, 40)), max_size=10
)


def edited(report: Report, what: str, one: int, at: int) -> Report:
    if what == "a" or not report.sentences:
        return report.with_sentence(Section.FINDINGS, f"Sentence {at} of the reader.", NOW)
    first = report.sentences[one % len(report.sentences)]
    second = report.sentences[at % len(report.sentences)]
    steps = {
        "s": lambda: with_split(report, first.id, at, NOW),
        "m": lambda: with_merged(report, first.id, second.id, NOW),
        "x": lambda: report.without_sentence(first.id, NOW),
        "r": lambda: report.with_accepted(first.id, NOW),
    }
    try:
        return steps.get(what, lambda: report.with_text(first.id, f"{first.text} +", NOW))()
    except ReportStateError:
        return report


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=EFFECTS)
def test_what_was_kept_can_be_replayed_from_the_stored_ledger(
    shared: Store, steps: list[tuple[str, int, int]]
) -> None:
    report = any_report("1.2.3").with_draft(any_draft(), NOW)
    with shared.change() as unit:
        for number, (what, one, at) in enumerate(steps):
            report = edited(report, what, one, at)
            if number % 3 == 2:
                report = unit.reports.append(report, AT)
            else:
                unit.reports.keep(report, AT)
        report = unit.reports.append(report, AT)
    with shared.look() as unit:
        entries = unit.reports.ledger.of(report.id)
        assert replay(e.edit for e in entries) == report.sentences
        assert {e.actor for e in entries} <= {"Dr Test"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory):
    root = tmp_path_factory.mktemp("ledger")
    with open_store(root, studies=(any_study(),)) as store:
        yield store
        with store.database.reading() as session:
            assert content_problems(session) == []


def test_a_report_from_before_the_ledger_begins_it_with_all_it_has(tmp_path: Path) -> None:
    with open_store(tmp_path, studies=(any_study(),)) as store:
        report = any_report("1.2.3", "One.", "Two.")
        with store.change() as unit:
            report = unit.reports.append(report, AT)
        without_ledger(store)
        with store.change() as unit:
            later = report.with_text(report.sentences[0].id, "One more.", NOW)
            later = unit.reports.append(later, AT)
            entries = unit.reports.ledger.of(report.id)
        assert [e.edit.kind for e in entries] == [EditKind.ADDED] * 2
        assert replay(e.edit for e in entries) == later.sentences


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE sentence_edits SET actor = 'Somebody else' WHERE sequence = 2",
        "UPDATE sentence_edits SET at = '2020-01-01T00:00:00+00:00' WHERE sequence = 1",
        "UPDATE sentence_edits SET sentence = replace(sentence, 'Two', 'Ten') WHERE sequence = 2",
        "DELETE FROM sentence_edits WHERE sequence = 3",
        "DELETE FROM sentence_edits WHERE sequence = 1",
    ],
)
def test_the_check_finds_a_ledger_that_was_tampered_with(tmp_path: Path, damage: str) -> None:
    with open_store(tmp_path, studies=(any_study(),)) as store:
        report = any_report("1.2.3", "One.", "Two.", "Three.")
        with store.change() as unit:
            unit.reports.append(report, AT)
        with store.database.writing_schema() as session:
            assert content_problems(session) == []
            drop_guards(session)
            session.execute(text(damage))
            assert content_problems(session) == [
                f"The record of the changes of report {report.id} was changed."
            ]


def without_ledger(store: Store) -> None:
    with store.database.writing_schema() as session:
        guard = session.scalar(
            text("SELECT sql FROM sqlite_master WHERE name = 'sentence_edits_no_delete'")
        )
        session.execute(text("DROP TRIGGER sentence_edits_no_delete"))
        session.execute(text("DELETE FROM sentence_edits"))
        session.execute(text(str(guard)))


def drop_guards(session) -> None:
    for verb in ("update", "delete"):
        session.execute(text(f"DROP TRIGGER sentence_edits_no_{verb}"))
