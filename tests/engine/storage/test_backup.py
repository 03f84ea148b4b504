from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
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


def test_r09_a_restored_backup_is_the_same_row_for_row(tmp_path: Path) -> None:
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


def test_r08_two_days_are_kept_whole_then_a_day_then_a_week(tmp_path: Path) -> None:
    moments = [NOW - timedelta(days=day, hours=hour) for day in range(500) for hour in (0, 2, 4)]
    for moment in moments:
        path = backup_path(tmp_path, moment)
        path.touch()
        key_copy(path).touch()
    thin_out(tmp_path, NOW)
    kept = [NOW - age for age in ages(tmp_path)]
    assert set(kept) >= {moment for moment in moments if NOW - moment <= timedelta(hours=48)}
    days = {moment.date() for moment in kept}
    assert days >= {(NOW - timedelta(days=day)).date() for day in range(30)}
    assert len({moment.isocalendar()[:2] for moment in kept}) == 52
    assert len(kept) < 90
    assert len(list(tmp_path.glob("*.key.json"))) == len(kept)


def ages(folder: Path) -> list[timedelta]:
    """How old the backups are, the newest first."""
    stamps = (path.stem.removeprefix("workspace-") for path in backups(folder, NOW))
    made = (datetime.strptime(s, "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC) for s in stamps)
    return sorted(NOW - moment for moment in made)


@pytest.mark.parametrize(("times", "oldest"), [(3, 2), (9, 20)])
def test_r08_a_year_of_backups_takes_no_more_room_than_it_may(
    tmp_path: Path, times: int, oldest: int
) -> None:
    size = 1000
    for day in range(365, -1, -1):
        moment = NOW - timedelta(days=day)
        backup_path(tmp_path, moment).write_bytes(bytes(size - day))
        thin_out(tmp_path, moment, least_room=times * size)
        assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= times * size
    today, yesterday, *older = ages(tmp_path)
    assert (today, yesterday) == (timedelta(0), timedelta(days=1))
    assert max(older) >= timedelta(days=oldest), "what is older lies wider apart"


def test_no_backup_no_time(tmp_path: Path) -> None:
    assert newest_backup_time(tmp_path / "none", NOW) is None


@pytest.mark.parametrize("leap", [timedelta(days=3650), timedelta(days=-9000)])
def test_r08_a_clock_that_was_wrong_once_loses_no_backup(tmp_path: Path, leap: timedelta) -> None:
    days = [NOW + timedelta(days=day) for day in range(25)]
    wrong = NOW + leap
    for moment in (*days, wrong):
        backup_path(tmp_path, moment).touch()
    thin_out(tmp_path, wrong)
    assert len(backups(tmp_path, wrong)) == 26
    assert newest_backup_time(tmp_path, days[-1]) == days[-1]
    assert backups(tmp_path, days[-1])[-1] == backup_path(tmp_path, days[-1])


@pytest.mark.parametrize(
    "name",
    ["workspace-before-update.db", "workspace-20260318T093000000000Z (1).db", "workspace-.db"],
)
def test_a_file_of_another_name_is_nobody_s_backup(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"somebody's")
    assert backups(tmp_path, NOW) == []
    thin_out(tmp_path, NOW)
    assert (tmp_path / name).exists()


def test_what_a_killed_backup_left_is_removed(tmp_path: Path) -> None:
    with open_store(tmp_path):
        pass
    folder = WorkspaceFolder(root=tmp_path)
    half = backup_path(folder.backups, NOW)
    half.parent.mkdir()
    ours = [half.with_name(half.name + end) for end in (".part", ".part-journal")]
    theirs = [folder.backups / "notes.part", folder.backups / "workspace-mine.db.part"]
    for path in (*ours, *theirs, tmp_path / "workspace.db.unchecked"):
        path.touch()
    folder.finish_creation()
    assert not any(path.exists() for path in (*ours, tmp_path / "workspace.db.unchecked"))
    assert all(path.exists() for path in theirs)
