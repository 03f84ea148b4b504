"""Who may come in: passphrases that end, users that go, and key files that were tampered with."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from testkit.soak import figure, tries

from engine.domain.report import Section
from engine.domain.user import Role, User
from engine.errors import (
    AccessError,
    NewerWorkspaceError,
    StorageError,
    WorkspaceDamagedError,
    WorkspaceMissingError,
    WrongPassphraseError,
)
from engine.paths import HOME_VARIABLE, demo_studies
from engine.services.restoring import restore
from engine.services.workspace import Workspace
from engine.storage import folder as folder_module
from engine.storage import key_locks, keys, rekey
from engine.storage.keys import read_key_file, unwrap_as
from engine.storage.rekey import opens

FIRST, OTHER = "first phrase", "other phrase"
DR_OTHER = User(name="Dr Other", role=Role.ATTENDING)


class Killed(BaseException):
    """What a kill looks like from inside: nothing catches it."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))

    def quick(secret: bytes, salt: bytes, **_cost: object) -> bytes:
        return hashlib.sha256(salt + secret).digest()

    # What Argon2id costs is tested where it is used; here it would cost minutes.
    monkeypatch.setattr(key_locks, "hash_secret_raw", quick)
    return tmp_path


@pytest.fixture
def root(home: Path) -> Path:
    """A workspace of two users, with a backup."""
    root = home / "ws"
    with Workspace.create(root, user_name="Dr First", passphrase=FIRST) as workspace:
        workspace.access.add_user(DR_OTHER, OTHER, passphrase=FIRST)
        workspace.backup()
    return root


def changed(root: Path, change: Callable[[dict[str, object]], None]) -> None:
    """Change the key file as somebody with an editor could who knows its digest."""
    file = json.loads((root / "key.json").read_text())
    change(file)
    values = {name: value for name, value in file.items() if name != "digest"}
    content = keys.canonical_json(values).encode()
    (root / "key.json").write_text(
        json.dumps({**values, "digest": hashlib.sha256(content).hexdigest()})
    )


def test_r22_a_user_without_a_lock_is_not_unlocked_by_anothers_passphrase(root: Path) -> None:
    changed(root, lambda file: file.update(users=[]))
    with pytest.raises(WrongPassphraseError):
        Workspace.open(root, passphrase=FIRST, user="Dr Other")
    with pytest.raises(WrongPassphraseError):
        Workspace.open(root, passphrase=FIRST, user="Nobody")
    Workspace.open(root, passphrase=FIRST, user="Dr First").close()


def test_r22_a_lock_that_was_taken_away_is_seen_and_recorded(root: Path) -> None:
    with Workspace.open(root, passphrase=FIRST) as workspace:
        assert workspace.verify().problems == ()
        changed(root, lambda file: file.update(users=[]))
        assert "Dr Other" in workspace.verify().problems[-1]
        with pytest.raises(AccessError, match="replaced"):
            workspace.access.sign_in("Dr Other", FIRST)
    with Workspace.open(root, passphrase=FIRST) as workspace:
        assert workspace.verify().problems == ()
        actions = [event.action for event in workspace.trail.entries()]
        assert "key file was replaced" in actions
        with pytest.raises(WrongPassphraseError):
            workspace.access.sign_in("Dr Other", FIRST)


def test_r22_an_earlier_key_file_lets_nobody_sign_as_another(root: Path) -> None:
    old = (root / "key.json").read_bytes()
    with Workspace.open(root, passphrase=OTHER, user="Dr Other") as workspace:
        workspace.access.change_passphrase(OTHER, "newer phrase")
    (root / "key.json").write_bytes(old)
    with pytest.raises((AccessError, StorageError)):
        Workspace.open(root, passphrase=OTHER, user="Dr Other")


def test_r32_a_changed_passphrase_opens_neither_the_database_nor_its_backups(root: Path) -> None:
    old = read_key_file(root / "key.json")
    before = unwrap_as(old, FIRST, None)
    with Workspace.open(root, passphrase=FIRST) as workspace:
        workspace.access.change_passphrase(FIRST, "second phrase")
        workspace.access.change_passphrase("second phrase", "third phrase")
        late = workspace.backup()
    assert not opens(root / "workspace.db", before)
    for copy in (root / "backups").glob("*.key.json"):
        with pytest.raises(WrongPassphraseError):
            unwrap_as(read_key_file(copy), FIRST, None)
    with Workspace.open(root, passphrase="third phrase") as workspace:
        assert workspace.verify().problems == ()
    Workspace.open(root, passphrase=OTHER, user="Dr Other").close()
    for backup in sorted((root / "backups").glob("*.db")):
        restore(root, backup, passphrase="third phrase")
        with Workspace.open(root, passphrase="third phrase") as workspace:
            assert workspace.verify().problems == ()
    assert late.exists()


def test_r32_a_removed_user_is_gone(root: Path) -> None:
    before = unwrap_as(read_key_file(root / "key.json"), OTHER, "Dr Other")
    with Workspace.open(root, passphrase=FIRST) as workspace:
        with pytest.raises(AccessError):
            workspace.access.remove_user("Dr First", passphrase=FIRST)
        workspace.access.remove_user("Dr Other", passphrase=FIRST)
        assert [user.name for user in workspace.access.users()] == ["Dr First"]
        with pytest.raises(AccessError):
            workspace.access.sign_in("Dr Other", OTHER)
    assert not opens(root / "workspace.db", before)
    with pytest.raises(WrongPassphraseError):
        Workspace.open(root, passphrase=OTHER, user="Dr Other")
    with Workspace.open(root, passphrase=FIRST) as workspace:
        assert workspace.verify().problems == ()


def test_r31_the_recovery_key_opens_after_a_change_of_passphrase(root: Path) -> None:
    with Workspace.open(root, passphrase=FIRST) as workspace:
        printed = workspace.new_recovery_key(FIRST)
        workspace.access.change_passphrase(FIRST, "second phrase")
    Workspace.open(root, passphrase=printed).close()


def steps_of_a_change(monkeypatch: pytest.MonkeyPatch, at: int) -> list[int]:
    """Kill at the nth step that writes, before it (even) or after it (odd)."""
    taken = [0]

    def around(real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **options: object) -> object:
            place, taken[0] = taken[0], taken[0] + 1
            if place == at // 2 and at % 2 == 0:
                raise Killed
            found = real(*args, **options)
            if place == at // 2:
                raise Killed
            return found

        return call

    places = (
        (keys, "write_atomically"),
        (folder_module, "write_atomically"),
        (rekey, "forget_rekeyed"),
        (rekey, "move_into_place"),
        (rekey, "page_problems"),
        (rekey, "_sign_over"),
        (rekey.shutil, "copyfile"),
        (keys, "key_file_mac"),
    )
    for module, name in places:
        monkeypatch.setattr(module, name, around(getattr(module, name)))
    return taken


@pytest.mark.parametrize("at", tries(range(0, 36, 3), range(50)))
def test_r32_a_kill_at_any_step_leaves_the_old_or_the_new_passphrase(
    root: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    with Workspace.open(root, passphrase=FIRST) as workspace:
        workspace.library.add([])
    killed_in = root.parent / "killed"
    with monkeypatch.context() as patch:
        workspace = Workspace.open(root, passphrase=FIRST)
        steps_of_a_change(patch, at)
        with suppress(Killed):
            workspace.access.change_passphrase(FIRST, "second phrase")
            workspace.close()
    shutil.copytree(root, killed_in)
    with suppress(Exception):
        workspace.close()
    opened = []
    for phrase in (FIRST, "second phrase"):
        with suppress(WrongPassphraseError), Workspace.open(killed_in, passphrase=phrase) as again:
            assert again.verify().problems == ()
            opened.append(phrase)
    assert len(opened) == 1
    Workspace.open(killed_in, passphrase=OTHER, user="Dr Other").close()
    assert not list(killed_in.glob("*.rekeyed*"))


def test_r31_a_lost_or_damaged_key_file_is_taken_from_the_newest_backup(root: Path) -> None:
    sound = (root / "key.json").read_bytes()
    for content in (None, b"", sound[:-40], sound.replace(b"Dr Other", b"Dr Othex")):
        (root / "key.json").unlink()
        if content is not None:
            (root / "key.json").write_bytes(content)
        with Workspace.open(root, passphrase=FIRST) as workspace:
            assert workspace.verify().problems == ()
        assert (root / "key.json").read_bytes() == sound


def test_r31_each_way_that_a_key_file_is_broken_has_its_sentence(root: Path, home: Path) -> None:
    with Workspace.create(home / "other", user_name="Dr First", passphrase=FIRST):
        pass
    key = root / "key.json"
    shutil.copy(home / "other" / "key.json", key)
    with pytest.raises(WorkspaceDamagedError, match="another workspace"):
        Workspace.open(root, passphrase=FIRST)
    assert not (root / "set-aside").exists()
    shutil.rmtree(root / "backups")
    key.unlink()
    with pytest.raises(WorkspaceMissingError, match="key file of this workspace is missing"):
        Workspace.open(root, passphrase=FIRST)
    key.mkdir()
    with pytest.raises(WorkspaceDamagedError, match="key file of this workspace is damaged"):
        Workspace.open(root, passphrase=FIRST)
    key.rmdir()
    key.write_text('{"format": 3, "locks": []}')
    with pytest.raises(NewerWorkspaceError, match="later version"):
        Workspace.open(root, passphrase=FIRST)


def test_r06_every_flipped_bit_of_the_key_file_is_found(root: Path) -> None:
    """It is read as what it was, or taken from the newest backup, or refused untouched."""
    path, chance = root / "key.json", random.Random(6)  # noqa: S311  places of a test
    sound, flips = path.read_bytes(), tries(8, 100)
    known, refused = read_key_file(path), 0
    for _ in range(flips):
        content = bytearray(sound)
        bit = chance.randrange(len(sound) * 8)
        content[bit // 8] ^= 1 << bit % 8
        path.write_bytes(content)
        with suppress(StorageError):
            assert read_key_file(path) == known
        try:
            with Workspace.open(root, passphrase=FIRST) as workspace:
                assert workspace.verify().problems == ()
                assert {user.name for user in workspace.access.users()} == {"Dr First", "Dr Other"}
            assert read_key_file(path) == known
        except StorageError:
            assert path.read_bytes() == content
            refused += 1
    figure("R06", f"{flips} flips of the key file: {refused} refused, the others as before")


def test_a_lock_of_an_older_version_opens_and_is_made_anew(root: Path) -> None:
    """Format 1 has the database's key itself under the passphrase."""
    file = read_key_file(root / "key.json")
    key = unwrap_as(file, FIRST, None)
    lock = key_locks.Lock(salt=file.salt, cost=file.cost)
    wrapper = key_locks.stretched(FIRST, lock)
    context = f"negatoscope passphrase {file.workspace_id}".encode()
    old = {
        "format": 1,
        "workspace_id": file.workspace_id,
        "marking": "",
        "cost": file.cost.model_dump(),
        "salt": file.salt,
        "wrapped": key_locks.sealed(wrapper, key, context),
        "recovery": "",
        "plain": "",
        "users": [],
    }
    with Workspace.open(root, passphrase=FIRST) as workspace:
        database = workspace._store.database
        with database.writing() as session:
            session.connection().exec_driver_sql("DELETE FROM key_record")
    (root / "key.json").write_text(json.dumps(old))
    with Workspace.open(root, passphrase=FIRST) as workspace:
        assert workspace.verify().problems == ()
        workspace.access.change_passphrase(FIRST, "second phrase")
    assert read_key_file(root / "key.json").takes_new_key
    assert not opens(root / "workspace.db", key)
    Workspace.open(root, passphrase="second phrase").close()


def test_reports_outlive_another_key(root: Path) -> None:
    with Workspace.open(root, passphrase=FIRST) as workspace:
        workspace.library.add([demo_studies()])
        study = workspace.library.studies()[0]
        report = workspace.reporting.open_for(study.uid).report
        report = report.with_sentence(Section.FINDINGS, "Clear lungs.", report.updated)
        workspace.reporting.save(report)
        workspace.access.change_passphrase(FIRST, "second phrase")
    with Workspace.open(root, passphrase="second phrase") as workspace:
        assert (
            workspace.reporting.open_for(study.uid).report.text(Section.FINDINGS) == "Clear lungs."
        )
        assert workspace.verify().problems == ()
