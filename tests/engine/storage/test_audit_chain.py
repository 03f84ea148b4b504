# ruff: noqa: S608  the statements are made of this file's own constants
from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from testkit.soak import tries
from testkit.workspaces import open_store

from engine.domain.audit import AuditAction
from engine.storage.audit_chain import trail_problems
from engine.storage.database import Database
from engine.storage.keys import demo_key, read_key_file
from engine.storage.schema import AuditRow

ENTRIES = 12
TEXTS = ("at", "actor", "action", "subject", "details", "previous", "digest")


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A trail of twelve entries whose guards were taken off, as an intruder would."""
    root = tmp_path_factory.mktemp("trail")
    with open_store(root) as store:
        for number in range(ENTRIES - 1):
            with store.change() as unit:
                unit.audit.record(AuditAction.REPORT_SAVED, f"r{number}", {"n": number})
        with store.database.writing_schema() as session:
            guards = session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
            for (name,) in guards.all():
                session.execute(text(f"DROP TRIGGER {name}"))
        yield store.database


def problems_after(trail: Database, *statements: str) -> list[str]:
    """What is found after the statements, which are undone again."""
    with trail.reading() as session:
        for statement in statements:
            session.execute(text(statement))
        session.expire_all()
        found = trail_problems(session, trail.key)
        session.rollback()
    return found


def test_an_untouched_trail_is_whole(trail: Database) -> None:
    assert problems_after(trail) == []


@pytest.mark.timeout(1800)
@settings(max_examples=tries(150, 1000), deadline=None)
@given(entry=st.integers(1, ENTRIES), column=st.sampled_from(TEXTS), letter=st.sampled_from("x0 "))
def test_r19_every_edit_is_found_and_named(
    trail: Database, entry: int, column: str, letter: str
) -> None:
    statement = (
        f"UPDATE audit_events SET {column} = {column} || '{letter}' WHERE sequence = {entry}"
    )
    assert problems_after(trail, statement) == [f"Entry {entry} of the audit trail was changed."]


@given(entry=st.integers(1, ENTRIES - 1))
@settings(deadline=None)
def test_every_removal_is_found_and_named(trail: Database, entry: int) -> None:
    found = problems_after(trail, f"DELETE FROM audit_events WHERE sequence = {entry}")
    assert found == [f"Entry {entry} of the audit trail is missing."]


@given(st.tuples(st.integers(1, ENTRIES), st.integers(1, ENTRIES)).filter(lambda p: p[0] < p[1]))
@settings(deadline=None)
def test_every_swap_is_found_at_its_first_entry(trail: Database, pair: tuple[int, int]) -> None:
    first, second = pair
    found = problems_after(
        trail,
        f"UPDATE audit_events SET sequence = -1 WHERE sequence = {first}",
        f"UPDATE audit_events SET sequence = {first} WHERE sequence = {second}",
        f"UPDATE audit_events SET sequence = {second} WHERE sequence = -1",
    )
    assert found == [f"Entry {first} of the audit trail was changed."]


@pytest.mark.parametrize("cut", range(1, ENTRIES + 1))
def test_r20_a_cut_tail_is_found(trail: Database, cut: int) -> None:
    last = ENTRIES - cut
    found = problems_after(trail, f"DELETE FROM audit_events WHERE sequence > {last}")
    assert found == [f"The audit trail was cut off: entry {last + 1} of {ENTRIES} is missing."]


def test_r20_a_cut_tail_with_a_fitting_head_is_found(trail: Database) -> None:
    found = problems_after(
        trail,
        "DELETE FROM audit_events WHERE sequence > 9",
        "UPDATE audit_head SET sequence = 9, "
        "digest = (SELECT digest FROM audit_events WHERE sequence = 9)",
    )
    assert found == ["The head of the audit trail was changed."]


def test_an_added_entry_is_found(trail: Database) -> None:
    with trail.reading() as session:
        last = session.scalar(select(AuditRow).where(AuditRow.sequence == ENTRIES))
        assert last is not None
        digest = last.digest
    found = problems_after(
        trail,
        f"INSERT INTO audit_events SELECT {ENTRIES + 1}, at, actor, action, subject, details, "
        f"'{digest}', digest FROM audit_events WHERE sequence = {ENTRIES}",
    )
    assert found == [f"Entry {ENTRIES + 1} of the audit trail was changed."]


def test_the_tail_alone_can_be_checked(trail: Database) -> None:
    with trail.reading() as session:
        session.execute(text("UPDATE audit_events SET actor = 'x' WHERE sequence = 2"))
        assert trail_problems(session, trail.key, last=5) == []
        assert trail_problems(session, trail.key, last=11) != []
        session.rollback()


def test_r29_a_clock_that_goes_back_is_recorded_and_the_order_stays(tmp_path: Path) -> None:
    moment = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)
    times = [moment]
    with open_store(tmp_path, lambda: times[0]) as store:
        times[0] = moment - timedelta(minutes=5)
        with store.change() as unit:
            unit.audit.record(AuditAction.REPORT_SAVED, "r1")
        with store.database.reading() as session:
            rows = session.scalars(select(AuditRow).order_by(AuditRow.sequence)).all()
            assert [row.action for row in rows] == [
                AuditAction.WORKSPACE_CREATED,
                AuditAction.CLOCK_WENT_BACK,
                AuditAction.REPORT_SAVED,
            ]
            assert trail_problems(session, store.database.key) == []


def test_another_keys_head_does_not_pass(tmp_path: Path) -> None:
    with open_store(tmp_path / "one"), open_store(tmp_path / "two"):
        pass
    shutil.copy(tmp_path / "one" / "key.json", tmp_path / "key.json")
    other = demo_key(read_key_file(tmp_path / "key.json"))
    with open_store(tmp_path / "two") as two, two.database.reading() as session:
        assert trail_problems(session, other) == ["The head of the audit trail was changed."]
