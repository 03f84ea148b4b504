from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest
from testkit.soak import figure, tries
from testkit.workspaces import any_draft, any_report, any_study, open_store

from engine.errors import WorkspaceDamagedError, WorkspaceExistsError, WorkspaceMissingError
from engine.services.restoring import restore
from engine.storage.backup import backup_path
from engine.storage.checks import full_check
from engine.storage.database import Database
from engine.storage.folder import WorkspaceFolder
from engine.storage.keys import demo_key, read_key_file
from engine.storage.unit_of_work import utc_now


def filled(root: Path) -> None:
    with open_store(root, studies=(any_study(),)) as store, store.change() as unit:
        unit.drafts.add(any_draft("1.2.3", *(f"Sentence {n} of the draft." for n in range(300))))
        unit.reports.append(any_report("1.2.3", "Clear lungs. " * 500), "2026-03-18T09:30:00+00:00")


def flipped(path: Path, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


@pytest.mark.timeout(1800)
def test_r06_every_flipped_bit_is_found(tmp_path: Path) -> None:
    filled(tmp_path)
    flips = tries(25, 300)
    path = tmp_path / "workspace.db"
    sound, key = path.read_bytes(), demo_key(read_key_file(tmp_path / "key.json"))
    chance = random.Random(3)  # noqa: S311  places of a test
    for _ in range(flips):
        path.write_bytes(sound)
        flipped(path, chance.randrange(len(sound) * 8))
        database = Database(path, key)
        assert full_check(database)[1] != ()
        database.close()
    figure("R06", f"{flips} flips of the database: all found")


@pytest.mark.timeout(1800)
def test_r06_a_flipped_bit_of_a_backup_restores_nothing_wrong(tmp_path: Path) -> None:
    filled(tmp_path)
    folder, flips = WorkspaceFolder(root=tmp_path), tries(8, 100)
    backup = backup_path(folder.backups, utc_now())
    with open_store(tmp_path) as store:
        folder.back_up(store.database, backup)
    sound, chance = backup.read_bytes(), random.Random(4)  # noqa: S311  places of a test
    before = folder.database.read_bytes()
    for _ in range(flips):
        backup.write_bytes(sound)
        flipped(backup, chance.randrange(len(sound) * 8))
        with pytest.raises(WorkspaceDamagedError):
            restore(tmp_path, backup, passphrase=None)
        assert folder.database.read_bytes() == before
    figure("R06", f"{flips} flips of a backup: none was restored")


@pytest.mark.timeout(1800)
def test_r06_a_flipped_bit_of_the_log_brings_no_wrong_report(tmp_path: Path) -> None:
    """What of the log does not authenticate is as if it had never been written."""
    filled(tmp_path / "w")
    flips, chance = tries(8, 100), random.Random(5)  # noqa: S311  places of a test
    with open_store(tmp_path / "w") as store:
        with store.change() as unit:
            unit.reports.append(any_report("1.2.3", "Later words."), "2026-03-18T09:30:00+00:00")
        shutil.copytree(tmp_path / "w", tmp_path / "killed")
    refused = 0
    for _ in range(flips):
        place = tmp_path / "one"
        shutil.copytree(tmp_path / "killed", place)
        log = place / "workspace.db-wal"
        flipped(log, chance.randrange(log.stat().st_size * 8))
        try:
            with open_store(place) as store:
                assert full_check(store.database)[1] == ()
        except WorkspaceDamagedError:
            refused += 1
        shutil.rmtree(place)
    figure("R06", f"{flips} flips of the log: {refused} refused, none with a wrong report")


def test_r07_a_damaged_database_is_set_aside_and_the_backup_named(tmp_path: Path) -> None:
    filled(tmp_path)
    folder = WorkspaceFolder(root=tmp_path)
    with open_store(tmp_path) as store:
        backup = backup_path(folder.backups, utc_now())
        folder.back_up(store.database, backup)
    flipped(folder.database, folder.database.stat().st_size * 4)
    damaged = folder.database.read_bytes()
    for _ in range(3):  # every attempt, not only the first
        with pytest.raises(WorkspaceDamagedError) as caught, open_store(tmp_path):
            pass
        assert backup.name in caught.value.what_to_do
    asides = list(folder.set_aside.iterdir())
    if os.name != "nt":
        assert all(path.stat().st_mode & 0o077 == 0 for path in (folder.set_aside, *asides))
    assert [(aside / "workspace.db").read_bytes() for aside in asides] == [damaged]
    assert asides[0].name in caught.value.what_to_do

    shutil.copy(backup, folder.database)
    with open_store(tmp_path) as store:
        assert full_check(store.database)[1] == ()
    assert asides[0].exists()


def test_r05_damage_after_a_kill_is_found_and_the_wal_set_aside_too(tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    with open_store(tmp_path / "w", studies=(any_study(),)) as store:
        with store.change() as unit:
            unit.reports.append(any_report("1.2.3", "Clear lungs."), "2026-03-18T09:30:00+00:00")
        shutil.copytree(tmp_path / "w", killed)  # what a kill at this moment leaves
    with open_store(killed) as store, store.look() as unit:
        assert unit.reports.newest_of(any_study().uid) is not None
    assert not (killed / "set-aside").exists()

    shutil.rmtree(killed)
    filled(tmp_path / "second")
    with open_store(tmp_path / "second") as store:
        with store.change() as unit:
            unit.reports.append(any_report("1.2.3", "Other."), "2026-03-18T09:30:00+00:00")
        shutil.copytree(tmp_path / "second", killed)
    # The last pages are the draft's: not among those that the WAL is about to replace.
    flipped(killed / "workspace.db", ((killed / "workspace.db").stat().st_size - 6000) * 8)
    names = {"workspace.db", "workspace.db-wal"}
    before = {name: (killed / name).read_bytes() for name in names}
    with pytest.raises(WorkspaceDamagedError, match="damaged"), open_store(killed):
        pass
    aside = next((killed / "set-aside").iterdir())
    assert {path.name: path.read_bytes() for path in aside.iterdir()} == before


def test_a_kill_between_the_last_two_steps_of_creation_is_finished(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / "key.json").rename(tmp_path / "key.json.new")
    folder = WorkspaceFolder(root=tmp_path)
    assert folder.exists
    folder.finish_creation()
    with open_store(tmp_path) as store:
        assert full_check(store.database)[1] == ()


def test_leftovers_of_a_killed_creation_do_not_hinder_the_next(tmp_path: Path) -> None:
    (tmp_path / "workspace.db.new").write_bytes(b"half")
    (tmp_path / "key.json.new").write_bytes(b"half")
    assert not WorkspaceFolder(root=tmp_path).exists
    with open_store(tmp_path) as store:
        assert full_check(store.database)[1] == ()


def test_nothing_is_made_over_a_workspace(tmp_path: Path) -> None:
    filled(tmp_path)
    with pytest.raises(WorkspaceExistsError):
        WorkspaceFolder(root=tmp_path).create(user_name="", passphrase=None, clock=utc_now)


def test_a_missing_database_is_not_made_anew(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / "workspace.db").unlink()
    with pytest.raises(WorkspaceMissingError), open_store(tmp_path):
        pass
    assert not (tmp_path / "workspace.db").exists()
