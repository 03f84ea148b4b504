from __future__ import annotations

import json
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from testkit.cheap_locks import PRODUCT_COST

from engine.errors import (
    StorageError,
    WorkspaceDamagedError,
    WorkspaceMissingError,
    WrongPassphraseError,
)
from engine.storage import key_locks
from engine.storage.key_locks import derive
from engine.storage.keys import (
    demo_key_file,
    from_keychain,
    new_key,
    put_in_keychain,
    read_key_file,
    unwrap,
    with_recovery,
    wrap,
    write_key_file,
)


class OneKeyring(KeyringBackend):
    """A keychain in memory."""

    priority = 1.0  # type: ignore[assignment]  # keyring's own documented way

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


def test_passphrase_and_recovery_key_both_open_and_others_do_not(tmp_path: Path) -> None:
    key = new_key()
    file, printed = with_recovery(wrap(key, "pass phrase ä", "w1"), key)
    write_key_file(file, tmp_path / "key.json")
    stored = read_key_file(tmp_path / "key.json")
    assert unwrap(stored, "pass phrase ä") == key
    assert unwrap(stored, printed) == key
    assert unwrap(stored, printed.lower().replace("-", " ")) == key
    for wrong in ("", "pass phrase a", printed[:-4] + "AAAA"):
        with pytest.raises(WrongPassphraseError):
            unwrap(stored, wrong)
    content = (tmp_path / "key.json").read_text()
    assert key.hex() not in content
    assert (tmp_path / "key.json").stat().st_mode & 0o077 == 0


def test_r26_argon2id_costs_what_was_promised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_locks, "NEW_LOCK_COST", PRODUCT_COST)
    write_key_file(wrap(new_key(), "x", "w1"), tmp_path / "key.json")
    cost = json.loads((tmp_path / "key.json").read_text())["cost"]
    assert cost["memory_kib"] >= 65536
    assert cost["passes"] >= 3


def test_a_key_file_of_another_workspace_does_not_open() -> None:
    file = wrap(new_key(), "x", "w1")
    with pytest.raises(WrongPassphraseError):
        unwrap(file.model_copy(update={"workspace_id": "w2"}), "x")


def test_an_empty_passphrase_is_refused() -> None:
    with pytest.raises(StorageError, match="empty"):
        wrap(new_key(), "", "w1")


def test_the_demo_key_file_says_what_it_is(tmp_path: Path) -> None:
    key = new_key()
    write_key_file(demo_key_file(key, "w1"), tmp_path / "key.json")
    stored = read_key_file(tmp_path / "key.json")
    assert stored.is_demo
    assert "DEMO" in stored.marking
    assert unwrap(stored, "demo") == key
    with pytest.raises(WrongPassphraseError):
        unwrap(stored, "other")


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"\xff", b'{"format": 2}'])
def test_an_unreadable_key_file_is_damage(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key.json").write_bytes(content)
    with pytest.raises(WorkspaceDamagedError, match="key file"):
        read_key_file(tmp_path / "key.json")


def test_garbled_values_are_damage_not_a_wrong_passphrase() -> None:
    file = wrap(new_key(), "x", "w1").model_copy(update={"wrapped": "not base64!"})
    with pytest.raises(WorkspaceDamagedError):
        unwrap(file, "x")


def test_no_key_file_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceMissingError):
        read_key_file(tmp_path / "key.json")


def test_the_keychain_gives_the_key_back() -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(OneKeyring())
    try:
        key = new_key()
        assert from_keychain("w1") is None
        assert put_in_keychain("w1", key)
        assert from_keychain("w1") == key
    finally:
        keyring.set_keyring(before)


def test_a_machine_without_a_keychain_is_no_error() -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())
    try:
        assert not put_in_keychain("w1", new_key())
        assert from_keychain("w1") is None
    finally:
        keyring.set_keyring(before)


def test_derived_keys_differ_by_purpose() -> None:
    key = new_key()
    assert len({key, derive(key, "a"), derive(key, "b")}) == 3
    assert derive(key, "a") == derive(key, "a")
