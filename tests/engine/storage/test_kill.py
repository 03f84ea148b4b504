from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Engine
from testkit.workspaces import any_report, any_study, open_store, typed

from engine.domain.report import Report
from engine.storage.checks import full_check
from engine.storage.database import Database
from engine.storage.keys import new_key
from engine.storage.migrate import needs_upgrade, upgrade
from engine.storage.unit_of_work import Store

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork and kill -9")


def in_child(work: Callable[[int], None]) -> tuple[int, int]:
    """Run the work in a forked child; returns its process id and the reading end of its pipe."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            work(writing)
        finally:
            os._exit(0)
    os.close(writing)
    return child, reading


def kill(child: int, reading: int) -> bytes:
    """End the child as a power button would; returns what it had acknowledged."""
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as stream:
        return stream.read()


def type_for_ever(root: Path, report: Report, acknowledge: int) -> None:
    with open_store(root) as store:
        current = newest(store, report)
        for number in range(1_000_000):
            current = typed(current, f"Words {number}.")
            with store.change() as unit:
                unit.reports.keep(current, store.now_text())
            os.write(acknowledge, b"%d\n" % number)
            if number % 7 == 6:
                with store.change() as unit:
                    current = unit.reports.append(current, store.now_text())


def newest(store: Store, report: Report) -> Report:
    """The report as the next start would find it."""
    with store.look() as unit:
        kept = unit.reports.working_copy(report.id) or unit.reports.revision(report.id)
    assert kept is not None
    return kept


def check_kills(root: Path, kills: int, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  moments of a test
    report = any_report("1.2.3", "Start.")
    with open_store(root, studies=(any_study(),)) as store, store.change() as unit:
        unit.reports.keep(report, store.now_text())
    live_wal = 0
    for _ in range(kills):
        child, reading = in_child(lambda pipe: type_for_ever(root, report, pipe))
        first = os.read(reading, 20)  # typing has begun
        time.sleep(chance.uniform(0, 0.15))
        acknowledged = (first + kill(child, reading)).split()
        wal = root / "workspace.db-wal"
        live_wal += wal.exists() and wal.stat().st_size > 0
        with open_store(root) as store:
            words = newest(store, report).sentences[0].text.removeprefix("Words ").rstrip(".")
            assert int(words) >= int(acknowledged[-1])
            assert full_check(store.database)[1] == ()
    assert live_wal > 0


def test_a_kill_while_typing_loses_nothing_acknowledged(tmp_path: Path) -> None:
    check_kills(tmp_path, kills=5, seed=1)


@pytest.mark.slow
def test_twenty_kills_while_typing_lose_nothing_acknowledged(tmp_path: Path) -> None:
    check_kills(tmp_path, kills=20, seed=2)


@pytest.mark.parametrize("statement", [1, 2, 5, 15, 25, 38])
def test_a_migration_killed_at_a_statement_leaves_all_or_nothing(
    tmp_path: Path, statement: int
) -> None:
    path, key = tmp_path / "workspace.db", new_key()

    def migrate(pipe: int) -> None:
        seen = [0]

        def count(*_: object) -> None:
            seen[0] += 1
            if seen[0] == statement:
                os.write(pipe, b"reached")
                time.sleep(60)

        event.listen(Engine, "after_cursor_execute", count)
        upgrade(Database(path, key))

    child, reading = in_child(migrate)
    reached = os.read(reading, 7)
    kill(child, reading)
    assert reached == b"reached"

    database = Database(path, key)
    with database.reading() as session:
        tables = session.execute(text("SELECT name FROM sqlite_master")).scalars().all()
    assert tables == []
    assert needs_upgrade(database)
    upgrade(database)
    assert not needs_upgrade(database)
    database.close()
