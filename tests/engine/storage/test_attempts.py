from __future__ import annotations

import errno
from datetime import timedelta
from pathlib import Path

import pytest
from testkit.workspaces import NOW

from engine.errors import TooManyAttemptsError
from engine.storage import attempts as module
from engine.storage.attempts import Attempts, delay_after


def test_r26_the_delay_grows_after_the_fifth_and_survives_a_restart(tmp_path: Path) -> None:
    now = [NOW]
    path = tmp_path / "attempts.json"
    for _ in range(5):
        attempts = Attempts(path, lambda: now[0])
        attempts.require_allowed()
        attempts.refused()
    with pytest.raises(TooManyAttemptsError) as caught:
        Attempts(path, lambda: now[0]).require_allowed()
    assert "Wait 3 s" in caught.value.what_to_do
    now[0] += timedelta(seconds=2)
    again = Attempts(path, lambda: now[0])
    again.require_allowed()
    assert again.refused() == 6
    now[0] += timedelta(seconds=3)
    with pytest.raises(TooManyAttemptsError):
        again.require_allowed()
    again.accepted()
    again.require_allowed()
    assert again.failed == 0


def test_a_clock_set_back_does_not_lock_for_longer_than_the_delay(tmp_path: Path) -> None:
    now = [NOW]
    attempts = Attempts(tmp_path / "attempts.json", lambda: now[0])
    for _ in range(5):
        attempts.refused()
    now[0] -= timedelta(days=400)
    with pytest.raises(TooManyAttemptsError, match="wrong") as caught:
        attempts.require_allowed()
    assert "Wait 3 s" in caught.value.what_to_do


def test_delays_never_shrink_and_end_at_a_quarter_of_an_hour() -> None:
    delays = [delay_after(failed) for failed in range(100)]
    assert delays == sorted(delays)
    assert delays[4] == timedelta(0) < delays[5]
    assert delays[-1] == timedelta(minutes=15)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"failed": "many"}'])
def test_an_unreadable_count_is_no_lockout(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "attempts.json").write_bytes(content)
    Attempts(tmp_path / "attempts.json", lambda: NOW).require_allowed()


def test_r26_a_disk_without_room_makes_guessing_no_quicker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "write_atomically", full)
    path = tmp_path / "attempts.json"
    counts = [Attempts(path, lambda: NOW).refused() for _ in range(5)]
    assert counts == [1, 2, 3, 4, 5]
    with pytest.raises(TooManyAttemptsError):
        Attempts(path, lambda: NOW).require_allowed()
    assert not path.exists()
    Attempts(path, lambda: NOW).accepted()
    Attempts(path, lambda: NOW).require_allowed()
