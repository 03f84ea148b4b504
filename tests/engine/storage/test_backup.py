from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from testkit.workspaces import NOW, any_draft, any_report, any_study, open_store

from engine.errors import StorageError, WorkspaceDamagedError
from engine.storage.backup import (
    back_up,
    backup_path,
    backups,
    key_copy,
    newest_backup_time,
    thin_out,
)
from engine.storage.checks import full_check
from engine.storage.database import Database
from engine.storage.folder import WorkspaceFolder
from engine.storage.keys import demo_key, read_key_file
from engine.storage.schema import Base
from engine.storage.unit_of_work import Store


def rows(store: Store) -> dict[str, list[tuple[object, ...]]]:
    names = [*Base.metadata.tables, "study_search"]
    with store.database.reading() as session:
        return {
            name: sorted(map(tuple, session.execute(text(f"SELECT * FROM {name}"))))  # noqa: S608
            for name in names
        }


def test_a_restored_backup_is_the_same_row_for_row(tmp_path: Path) -> None:
    root, restored = tmp_path / "a", tmp_path / "b"
    with open_store(root, studies=(any_study(), any_study("9.9", patient_id="P2"))) as store:
        with store.change() as unit:
            unit.drafts.add(any_draft())
            saved = unit.reports.append(
                any_report("1.2.3", "Clear lungs."), "2026-03-18T09:30:00+00:00"
            )
            unit.studies.index_report(saved)
            unit.reports.keep(any_report("9.9", "Typing."), "2026-03-18T09:30:00+00:00")
        target = tmp_path / "elsewhere" / "copy.db"
        WorkspaceFolder(root=root).back_up(store.database, target)
        expected = rows(store)
    assert not list(target.parent.glob("*.part*"))
    restored.mkdir()
    shutil.copy(target, restored / "workspace.db")
    shutil.copy(key_copy(target), restored / "key.json")
    with open_store(restored) as store:
        assert rows(store) == expected
        assert full_check(store.database)[1] == ()


def test_a_backup_of_a_damaged_database_is_thrown_away(tmp_path: Path) -> None:
    with open_store(tmp_path, studies=(any_study(),)):
        pass
    path = tmp_path / "workspace.db"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    target = tmp_path / "backup.db"
    target.write_bytes(b"the last good one")
    path.write_bytes(content)
    database = Database(path, demo_key(read_key_file(tmp_path / "key.json")))
    with pytest.raises(WorkspaceDamagedError):
        back_up(database, target)
    database.close()
    assert target.read_bytes() == b"the last good one"
    assert not (tmp_path / "backup.db.part").exists()


def test_a_backup_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with open_store(tmp_path / "w") as store, pytest.raises(StorageError):
        back_up(store.database, tmp_path / "file" / "backup.db")


def test_thinning_keeps_the_newest_and_one_a_day(tmp_path: Path) -> None:
    moments = [NOW - timedelta(days=day, hours=hour) for day in range(50) for hour in (0, 2, 4)]
    for moment in moments:
        path = backup_path(tmp_path, moment)
        path.touch()
        key_copy(path).touch()
    thin_out(tmp_path, NOW)
    kept = backups(tmp_path)
    assert newest_backup_time(tmp_path) == NOW
    assert kept[-10:] == sorted(backup_path(tmp_path, m) for m in sorted(moments)[-10:])
    days = {path.stem[:18] for path in kept}
    assert len(days) == 31
    assert len(kept) < 45
    assert len(list(tmp_path.glob("*.key.json"))) == len(kept)


def test_no_backup_no_time(tmp_path: Path) -> None:
    assert newest_backup_time(tmp_path / "none") is None
