from __future__ import annotations

import random
import shutil
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import text
from testkit.soak import figure, tries
from testkit.workspaces import any_draft, any_report, any_study, open_store, typed

from engine.domain.audit import AuditAction
from engine.errors import (
    DiskFullError,
    ReadOnlyError,
    StorageError,
    WorkspaceDamagedError,
    WorkspaceLockedError,
)
from engine.storage.checks import full_check
from engine.storage.database import Database, driver_versions, require_sqlite, translated
from engine.storage.keys import new_key
from engine.storage.unit_of_work import Store

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("recursive_triggers", 1),
        ("trusted_schema", 0),
        ("busy_timeout", 5000),
        ("mmap_size", 0),
        ("temp_store", 2),
        ("cipher_use_hmac", "1"),
    ],
)
def test_r02_every_connection_is_set_up_for_safety(
    tmp_path: Path, pragma: str, value: object
) -> None:
    with open_store(tmp_path) as store, store.database.writing() as writer:
        assert writer.execute(text(f"PRAGMA {pragma}")).scalar() == value
        with store.database.reading() as reader:  # a second connection of the pool
            assert reader.execute(text(f"PRAGMA {pragma}")).scalar() == value


def test_r02_memory_is_locked_and_wiped(tmp_path: Path) -> None:
    # In a process of its own, for SQLCipher never leaves it off again.
    asked = (
        "from pathlib import Path\n"
        "from engine.storage.database import KEY_BYTES, connect\n"
        f"connection = connect(Path({str(tmp_path / 'w.db')!r}), bytes(KEY_BYTES))\n"
        "print(connection.execute('PRAGMA cipher_memory_security').fetchone()[0])"
    )
    command = [sys.executable, "-c", asked]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert said.strip() == "1"


def test_r01_old_sqlite_is_refused() -> None:
    require_sqlite((3, 51, 3))
    with pytest.raises(StorageError, match="too old"):
        require_sqlite((3, 51, 2))


def test_versions_are_known() -> None:
    assert set(driver_versions()) == {"SQLite", "SQLCipher"}


def test_r31_another_key_opens_nothing_and_changes_nothing(tmp_path: Path) -> None:
    with open_store(tmp_path):
        pass
    path = tmp_path / "workspace.db"
    before = path.read_bytes()
    database = Database(path, new_key())
    with pytest.raises(WorkspaceDamagedError), database.reading() as session:
        session.execute(text("SELECT 1 FROM reports"))
    database.close()
    assert path.read_bytes() == before
    assert not before.startswith(b"SQLite format 3")


def test_r18_an_error_undoes_the_whole_change(tmp_path: Path) -> None:
    with open_store(tmp_path, studies=(any_study(),)) as store:

        def draft_twice() -> None:
            with store.change() as unit:
                unit.drafts.add(any_draft())
                unit.drafts.add(any_draft())

        with pytest.raises(StorageError):
            draft_twice()
        with store.look() as unit:
            assert unit.drafts.of_study(any_study().uid) == ()


def test_failed_statements_do_not_tell_their_values(tmp_path: Path) -> None:
    with open_store(tmp_path, studies=(any_study(),)) as store:
        draft = any_draft("1.2.3", "Marker sentence of a patient.")
        with store.change() as unit:
            unit.drafts.add(draft)
        with pytest.raises(StorageError) as caught, store.change() as unit:
            unit.drafts.add(draft)
    chain: BaseException | None = caught.value
    told = ""
    while chain is not None:
        told += repr(chain) + str(chain)
        chain = chain.__cause__
    assert "immutable" in told
    assert "Marker sentence" not in told


def test_r13_a_full_disk_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    with open_store(tmp_path, studies=(any_study(),)) as store:
        report = any_report("1.2.3", "First words.")
        with store.change() as unit:
            unit.reports.keep(report, store.now_text())
        # SQLite answers SQLITE_FULL at this limit exactly as it does on a disk without room.
        with store.database.writing() as session:
            pages = session.execute(text("PRAGMA page_count")).scalar()
            session.execute(text(f"PRAGMA max_page_count = {pages}"))
        longer = typed(report, "Long words. " * 20_000)
        with pytest.raises(DiskFullError), store.change() as unit:
            unit.reports.keep(longer, store.now_text())
        with store.look() as unit:
            assert unit.reports.working_copy(report.id) == report
        with store.database.writing() as session:
            session.execute(text("PRAGMA max_page_count = 1000000"))
        with store.change() as unit:
            unit.reports.keep(longer, store.now_text())
        with store.look() as unit:
            assert unit.reports.working_copy(report.id) == longer


@pytest.mark.timeout(1800)
def test_r13_the_disk_fills_up_at_any_moment(tmp_path: Path) -> None:
    """Wherever the room ends: nothing half, nothing acknowledged lost, and it goes on after."""
    points, full = tries(4, 50), 0
    chance = random.Random(13)  # noqa: S311  moments of a test
    for point in range(points):
        with open_store(tmp_path / str(point), studies=(any_study(),)) as store:
            report = any_report("1.2.3", "First words.")
            with store.change() as unit:
                unit.reports.keep(report, store.now_text())
            pages = limit_of(store, plus=chance.randrange(1, 60))
            for number in range(40):
                longer = typed(report, f"Words {number}. " * chance.randrange(40, 4000))
                try:
                    with store.change() as unit:
                        unit.reports.keep(longer, store.now_text())
                        unit.audit.record(AuditAction.STUDY_OPENED, "1.2.3")
                except DiskFullError:
                    full += 1
                    break
                report = longer
            with store.look() as unit:
                assert unit.reports.working_copy(report.id) == report
            limit_of(store, plus=pages + 100_000)
            with store.change() as unit:
                unit.reports.keep(typed(report, "There is room again."), store.now_text())
            assert full_check(store.database)[1] == ()
    assert full
    figure("R13", f"{points} points, the disk full at {full}: 0 lost, 0 half, saved after")


def limit_of(store: Store, *, plus: int) -> int:
    """SQLite answers at this limit exactly as on a disk without room; returns the pages now."""
    with store.database.driver_connection() as connection:
        pages = int(connection.execute("PRAGMA page_count").fetchall()[0][0])
    # The limit belongs to a connection: every one of the pool has to have it.
    with ExitStack() as every:
        for _ in range(4):
            connection = every.enter_context(store.database.driver_connection())
            connection.execute(f"PRAGMA max_page_count = {pages + plus}").fetchall()
    return pages


def test_writers_of_several_threads_wait_for_each_other(tmp_path: Path) -> None:
    with open_store(tmp_path, studies=(any_study(),)) as store:

        def draft(thread: int) -> None:
            for number in range(10):
                with store.change() as unit:
                    unit.drafts.add(any_draft(draft_id=f"{thread}-{number}"))

        threads = [threading.Thread(target=draft, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with store.look() as unit:
            assert len(unit.drafts.of_study(any_study().uid)) == 40


def test_r14_a_writer_that_waits_too_long_says_so(tmp_path: Path) -> None:
    with (
        open_store(tmp_path) as store,
        store.database.writing(),
        store.database.driver_connection() as second,
    ):
        second.execute("PRAGMA busy_timeout = 10")
        with pytest.raises(WorkspaceLockedError), translated():
            second.execute("BEGIN IMMEDIATE")


def test_r13_a_disk_without_room_for_opening_lets_one_read(small_disk: Path) -> None:
    with open_store(small_disk):
        pass
    room = shutil.disk_usage(small_disk).free - 16 * 1024
    (small_disk / "film").write_bytes(bytes(room))
    with open_store(small_disk) as store:
        assert store.database.is_read_only
        with pytest.raises(ReadOnlyError, match="only be read"), store.change():
            pass
    (small_disk / "film").unlink()
    with open_store(small_disk, studies=(any_study(),)) as store:
        assert store.database.path.parent == small_disk


@pytest.mark.parametrize("is_replaced", [False, True])
def test_a_folder_that_is_gone_takes_nothing_more(tmp_path: Path, *, is_replaced: bool) -> None:
    with open_store(tmp_path / "ws", studies=(any_study(),)) as store:
        shutil.copytree(tmp_path / "ws", tmp_path / "copy")
        (tmp_path / "ws").rename(tmp_path / "gone")
        if is_replaced:
            (tmp_path / "copy").rename(tmp_path / "ws")
        with pytest.raises(StorageError, match="moved, deleted or replaced"), store.change():
            pass
        with store.look() as unit:
            assert unit.studies.get(any_study().uid) == any_study()


def test_what_was_read_on_a_full_disk_is_recorded_later(tmp_path: Path) -> None:
    with open_store(tmp_path, studies=(any_study(),)) as store:
        with store.database.writing() as session:
            pages = session.execute(text("PRAGMA page_count")).scalar()
            session.execute(text(f"PRAGMA max_page_count = {pages}"))
        for number in range(400):
            store.note(AuditAction.STUDY_OPENED, f"1.2.{number}")
        with store.database.writing() as session:
            session.execute(text("PRAGMA max_page_count = 1000000"))
        with store.change() as unit:
            entries = [e for e in unit.audit.entries() if e.action == AuditAction.STUDY_OPENED]
    assert sorted(e.subject for e in entries) == sorted(f"1.2.{n}" for n in range(400))
