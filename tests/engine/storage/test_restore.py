"""Restoring a backup: whole, checked, and harmless when it is killed at any step."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from testkit.workspaces import NOW, any_draft, any_report, any_study, open_store

from engine.domain.audit import AuditAction
from engine.errors import (
    WorkspaceDamagedError,
    WorkspaceLockedError,
    WorkspaceMissingError,
    WrongPassphraseError,
)
from engine.services.restoring import backups_of, preview, restore
from engine.services.workspace import Workspace
from engine.storage import restore as steps
from engine.storage.backup import backup_path
from engine.storage.database import connect
from engine.storage.folder import WorkspaceFolder
from engine.storage.keys import demo_key, read_key_file
from engine.storage.location import WorkspaceLock
from engine.storage.unit_of_work import Store

OLD, NEW = "Of the backup.", "After the backup."


class Killed(BaseException):
    """What a kill looks like from inside: nothing catches it."""


def write(store: Store, words: str) -> None:
    with store.change() as unit:
        saved = unit.reports.append(any_report("1.2.3", words), NOW.isoformat())
        unit.studies.index_report(saved)


def words_of(root: Path) -> set[str]:
    """The reports of a workspace; opening it finishes or forgets what was begun."""
    folder = WorkspaceFolder(root=root)
    folder.finish_creation()
    database, _recovered = folder.open(demo_key(read_key_file(folder.key)), lambda: NOW)
    try:
        with Store(database).database.reading() as session:
            rows = session.connection().exec_driver_sql("SELECT content FROM report_revisions")
            content = " ".join(row[0] for row in rows)
    finally:
        database.close()
    return {words for words in (OLD, NEW) if words in content}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with one report in its backup and one more since."""
    root = tmp_path / "workspace"
    with open_store(root, studies=(any_study(),)) as store:
        write(store, OLD)
        folder = WorkspaceFolder(root=root)
        folder.back_up(store.database, backup_path(folder.backups, NOW - timedelta(days=1)))
        write(store, NEW)
    return root


def test_the_newest_backup_takes_the_place_and_the_rest_is_kept(root: Path) -> None:
    assert words_of(root) == {OLD, NEW}
    done = restore(root, passphrase=None, clock=lambda: NOW)
    assert done.studies == 1
    assert done.backup == backups_of(root)[0]
    assert words_of(root) == {OLD}
    before = root.parent / "before"
    before.mkdir()
    shutil.copy(done.set_aside / "workspace.db", before)
    shutil.copy(root / "key.json", before)
    assert words_of(before) == {OLD, NEW}


def test_a_log_that_was_not_written_back_goes_aside_with_its_database(root: Path) -> None:
    wal = root / "workspace.db-wal"
    wal.write_bytes(b"not of the backup")
    done = restore(root, passphrase=None)
    assert (done.set_aside / wal.name).read_bytes() == b"not of the backup"
    assert words_of(root) == {OLD}


def test_a_lost_database_comes_back(root: Path) -> None:
    for lost in ("workspace.db", "key.json"):
        (root / lost).unlink()
    restore(root, passphrase=None)
    assert words_of(root) == {OLD}


class Kill:
    """Kills the process, as it were, before or after the nth step that writes."""

    def __init__(self, step: int, *, is_after: bool) -> None:
        self.step, self.is_after, self.taken = step, is_after, 0

    def around(self, real: Callable[[Path, object], None]) -> Callable[[Path, object], None]:
        def call(one: Path, other: object) -> None:
            self.taken += 1
            is_it = self.taken == self.step + 1
            if is_it and not self.is_after:
                raise Killed
            real(one, other)
            if is_it:
                raise Killed

        return call

    def during_restore(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Restore, killed at that step if there are so many."""
        with monkeypatch.context() as patch:
            for name in ("move_into_place", "write_atomically"):
                patch.setattr(steps, name, self.around(getattr(steps, name)))
            try:
                restore(root, passphrase=None, clock=lambda: NOW)
            except Killed:
                return
        assert self.taken <= self.step


KILLS = [(step, is_after) for step in range(6) for is_after in (False, True)]


@pytest.mark.parametrize(("step", "is_after"), KILLS)
def test_a_kill_at_any_step_leaves_the_old_or_the_new(root, monkeypatch, step, is_after) -> None:
    Kill(step, is_after=is_after).during_restore(root, monkeypatch)
    assert words_of(root) in ({OLD}, {OLD, NEW})
    assert not list(root.glob("*.restored"))
    restore(root, passphrase=None, clock=lambda: NOW + timedelta(hours=2))
    assert words_of(root) == {OLD}


@pytest.mark.parametrize(("step", "is_after"), KILLS)
def test_a_kill_while_the_key_file_changes_too(root, monkeypatch, step, is_after) -> None:
    with open_store(root.parent / "other"):
        pass
    shutil.copy(root.parent / "other" / "key.json", root / "key.json")
    Kill(step, is_after=is_after).during_restore(root, monkeypatch)
    folder = WorkspaceFolder(root=root)
    folder.finish_creation()
    # The key file and the database are both of the one, or both of the other.
    was_begun = list(root.glob("set-aside/*/workspace.db"))
    fits = read_key_file(folder.key).workspace_id != other_id(root)
    assert fits is bool(was_begun)
    restore(root, passphrase=None, clock=lambda: NOW + timedelta(hours=2))
    assert words_of(root) == {OLD}


def other_id(root: Path) -> str:
    return read_key_file(root.parent / "other" / "key.json").workspace_id


def test_a_damaged_backup_changes_nothing(root: Path) -> None:
    backup = backups_of(root)[0]
    content = bytearray(backup.read_bytes())
    content[len(content) // 2] ^= 1
    backup.write_bytes(content)
    with pytest.raises(WorkspaceDamagedError):
        restore(root, passphrase=None)
    assert words_of(root) == {OLD, NEW}
    assert not (root / "set-aside").exists()


def test_the_newest_backup_that_passes_is_restored(root: Path) -> None:
    sound = backups_of(root)[0]
    for day, content in enumerate((b"", b"not a backup" * 900, sound.read_bytes()[:9000])):
        path = backup_path(sound.parent, NOW + timedelta(days=day))
        path.write_bytes(content)
    assert len(backups_of(root)) == 4
    assert restore(root, passphrase=None).backup == sound
    assert words_of(root) == {OLD}


def test_there_must_be_a_backup_and_nobody_inside(root: Path) -> None:
    with pytest.raises(WorkspaceMissingError):
        restore(root, root / "nothing.db", passphrase=None)
    lock = WorkspaceLock(root)
    with pytest.raises(WorkspaceLockedError):
        restore(root, passphrase=None)
    lock.release()
    assert words_of(root) == {OLD, NEW}


def test_after_a_change_of_passphrase_the_present_one_opens_the_backup(tmp_path: Path) -> None:
    root = tmp_path / "real"
    with Workspace.create(root, user_name="Dr Test", passphrase="first phrase") as workspace:
        copy = workspace.backup(tmp_path / "copy.db")
        workspace.access.change_passphrase("first phrase", "second phrase")
    with pytest.raises(WrongPassphraseError):
        restore(root, copy, passphrase="wrong phrase")
    restore(root, copy, passphrase="second phrase")
    Workspace.open(root, passphrase="second phrase").close()


def test_a_stray_key_file_costs_nobody_the_way_in(root: Path) -> None:
    own = (root / "key.json").read_bytes()
    (root / "key.json.restored").write_bytes(b"somebody's")
    WorkspaceFolder(root=root).finish_creation()
    (kept,) = root.glob("set-aside/*/key.json")
    assert kept.read_bytes() == own


def test_r07_what_the_backup_lacks_is_listed_before_it_is_restored(root: Path) -> None:
    with open_store(root) as store:
        with store.change() as unit:
            unit.drafts.add(any_draft("1.2.3"))
            signed = unit.reports.append(any_report("1.2.3", "Signed."), NOW.isoformat())
            unit.audit.record(AuditAction.REPORT_SIGNED, signed.id)
        # With the last change in the WAL, as after a kill.
        killed = shutil.copytree(root, root.parent / "killed")
    before = {path: path.read_bytes() for path in killed.rglob("*") if path.is_file()}
    shown = preview(killed, passphrase=None, clock=lambda: NOW)
    assert shown.backup.name == backups_of(root)[0].name
    assert shown.losses.is_complete
    assert shown.losses.drafts == 1
    names = [one.line for one in shown.losses.reports]
    assert len(names) == 2
    assert all(line.startswith("Test, Person, 2026-03-18, not signed") for line in names)
    assert {path: path.read_bytes() for path in before} == before
    assert not list(killed.glob("*.unchecked*"))
    restore(killed, shown.backup, passphrase=None, clock=lambda: NOW)
    said = preview(killed, passphrase=None, clock=lambda: NOW).sentences
    assert said[0].startswith("Nothing would be lost: the backup of 2026-03-17")


@pytest.mark.parametrize("place", ["reports", "audit_events", None])
def test_r07_of_a_damaged_database_it_lists_what_can_be_read(root: Path, place: str | None) -> None:
    path, page = root / "workspace.db", 1
    key = demo_key(read_key_file(root / "key.json"))
    if place is not None:
        asked = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        with closing(connect(path, key)) as connection:
            page = connection.execute(asked, (place,)).fetchone()[0]
    content = bytearray(path.read_bytes())
    content[page * 4096 - 2000] ^= 1
    path.write_bytes(content)
    shown = preview(root, passphrase=None, clock=lambda: NOW)
    assert not shown.losses.is_complete
    if place == "audit_events":
        assert [one.patient for one in shown.losses.reports] == ["Test, Person"]
        assert shown.sentences[-1].startswith("More may be lost")
    else:
        assert shown.sentences[0].startswith("What would be lost cannot be told")


def test_r07_the_newest_sound_backup_is_shown(root: Path) -> None:
    folder = WorkspaceFolder(root=root)
    sound, broken = backups_of(root)[0], backup_path(folder.backups, NOW)
    shutil.copy(sound, broken)
    broken.write_bytes(broken.read_bytes()[:-3000])
    assert preview(root, passphrase=None, clock=lambda: NOW).backup == sound
    with pytest.raises(WorkspaceMissingError):
        preview(root, root / "nowhere.db", passphrase=None)
