from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Engine
from testkit.kept_workspace import PASSPHRASE
from testkit.soak import figure, tries
from testkit.workspaces import any_report, any_study, open_store, typed

from engine.domain.report import Report
from engine.storage.checks import full_check
from engine.storage.database import Database
from engine.storage.keys import new_key, read_key_file, unwrap_as
from engine.storage.migrate import current_revision, needs_upgrade, upgrade
from engine.storage.unit_of_work import Store

EARLIER = sorted((Path(__file__).parents[2] / "flows" / "earlier").glob("2*"))
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


@pytest.mark.timeout(3600)
def test_r03_a_kill_while_typing_loses_nothing_acknowledged(tmp_path: Path) -> None:
    root, kills = tmp_path, tries(5, 1000)
    chance = random.Random(1)  # noqa: S311  moments of a test
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
    figure("R03", f"{kills} kills of the store, {live_wal} with a live log: 0 lost, 0 damaged")


def statements_of(path: Path, key: bytes) -> int:
    """How many statements bring a database to this version."""
    seen = [0]

    def count(*_: object) -> None:
        seen[0] += 1

    event.listen(Engine, "after_cursor_execute", count)
    database = Database(path, key)
    try:
        upgrade(database)
    finally:
        event.remove(Engine, "after_cursor_execute", count)
        database.close()
    return seen[0]


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("earlier", EARLIER, ids=lambda path: path.name)
def test_r10_every_step_from_a_released_version_leaves_the_old_or_the_new(
    tmp_path: Path, earlier: Path
) -> None:
    root = earlier / "workspace"
    key = unwrap_as(read_key_file(root / "key.json"), PASSPHRASE, None)
    path = tmp_path / "workspace.db"
    shutil.copy(root / "workspace.db", path)
    before = revision_of(path, key)
    total = statements_of(path, key)
    after = revision_of(path, key)
    assert before != after
    chance = random.Random(10)  # noqa: S311  moments of a test
    points = sorted(chance.sample(range(1, total + 1), min(total, tries(6, total))))
    for statement in points:
        shutil.copy(root / "workspace.db", path)
        child, reading = in_child(partial(upgrade_until, path, key, statement))
        reached = os.read(reading, 7)
        kill(child, reading)
        assert reached == b"reached"
        found = revision_of(path, key)
        assert found in {before, after}
        database = Database(path, key)
        upgrade(database)
        assert full_check(database)[1] == ()
        database.close()
    figure("R10", f"{len(points)} kills of the {total} statements from {earlier.name}: none half")


def revision_of(path: Path, key: bytes) -> str | None:
    database = Database(path, key)
    try:
        return current_revision(database)
    finally:
        database.close()


def upgrade_until(path: Path, key: bytes, statement: int, pipe: int) -> None:
    """Bring the database to this version, but wait for the end behind that statement."""
    seen = [0]

    def count(*_: object) -> None:
        seen[0] += 1
        if seen[0] == statement:
            os.write(pipe, b"reached")
            time.sleep(60)

    event.listen(Engine, "after_cursor_execute", count)
    upgrade(Database(path, key))


@pytest.mark.parametrize("statement", [1, 2, 5, 15, 25, 38])
def test_r10_a_migration_killed_at_a_statement_leaves_all_or_nothing(
    tmp_path: Path, statement: int
) -> None:
    path, key = tmp_path / "workspace.db", new_key()

    child, reading = in_child(partial(upgrade_until, path, key, statement))
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
