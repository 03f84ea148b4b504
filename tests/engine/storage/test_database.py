from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from testkit.workspaces import any_draft, any_report, any_study, open_store, typed

from engine.errors import (
    DiskFullError,
    StorageError,
    WorkspaceDamagedError,
    WorkspaceLockedError,
)
from engine.storage.database import Database, driver_versions, require_sqlite, translated
from engine.storage.keys import new_key


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
        ("cipher_memory_security", "1"),
        ("cipher_use_hmac", "1"),
    ],
)
def test_every_connection_is_set_up_for_safety(tmp_path: Path, pragma: str, value: object) -> None:
    with open_store(tmp_path) as store, store.database.writing() as writer:
        assert writer.execute(text(f"PRAGMA {pragma}")).scalar() == value
        with store.database.reading() as reader:  # a second connection of the pool
            assert reader.execute(text(f"PRAGMA {pragma}")).scalar() == value


def test_old_sqlite_is_refused() -> None:
    require_sqlite((3, 51, 3))
    with pytest.raises(StorageError, match="too old"):
        require_sqlite((3, 51, 2))


def test_versions_are_known() -> None:
    assert set(driver_versions()) == {"SQLite", "SQLCipher"}


def test_another_key_opens_nothing_and_changes_nothing(tmp_path: Path) -> None:
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


def test_an_error_undoes_the_whole_change(tmp_path: Path) -> None:
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


def test_a_full_disk_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
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


def test_a_writer_that_waits_too_long_says_so(tmp_path: Path) -> None:
    with (
        open_store(tmp_path) as store,
        store.database.writing(),
        store.database.driver_connection() as second,
    ):
        second.execute("PRAGMA busy_timeout = 10")
        with pytest.raises(WorkspaceLockedError), translated():
            second.execute("BEGIN IMMEDIATE")


def test_a_disk_without_room_for_opening_is_called_full(small_disk: Path) -> None:
    with open_store(small_disk):
        pass
    room = shutil.disk_usage(small_disk).free - 16 * 1024
    (small_disk / "film").write_bytes(bytes(room))
    with pytest.raises(DiskFullError), open_store(small_disk):
        pass
    (small_disk / "film").unlink()
    with open_store(small_disk, studies=(any_study(),)) as store:
        assert store.database.path.parent == small_disk
