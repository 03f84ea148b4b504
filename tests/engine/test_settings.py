from __future__ import annotations

import logging
from pathlib import Path

import pytest
from pydantic import ValidationError

from engine import paths
from engine.domain.mouse import DragAction, MouseButtons, MouseHabits, MouseProfile
from engine.errors import StorageError
from engine.logs import start_logging
from engine.settings import Settings, Theme, load_settings, save_settings


def test_settings_come_back_as_they_were_saved(tmp_path: Path) -> None:
    path = tmp_path / "new" / "settings.json"
    assert load_settings(path) == Settings()
    chosen = Settings(theme=Theme.LIGHT, interface_scale=1.25, institution="Klinik Süd")
    save_settings(chosen, path)
    assert load_settings(path) == chosen
    assert [p.name for p in path.parent.iterdir()] == ["settings.json"]


@pytest.mark.parametrize("content", [b"", b"{", b'{"theme": "pink"}', b'{"version": 2}', b"\xff"])
def test_settings_that_cannot_be_read_are_the_defaults(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    assert load_settings(path) == Settings()
    assert path.read_bytes() == content


def test_values_out_of_range_are_refused() -> None:
    with pytest.raises(ValidationError):
        Settings(interface_scale=9)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="settings"):
        save_settings(Settings(), tmp_path / "file" / "settings.json")


def test_home_moves_everything_that_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path))
    written = (
        paths.data_dir(),
        paths.logs_dir(),
        paths.settings_file(),
        paths.default_workspace(),
        paths.demo_workspace(),
    )
    assert all(path.is_relative_to(tmp_path) for path in written)
    assert not paths.resources().is_relative_to(tmp_path)
    assert (paths.demo_studies() / "ATTRIBUTION.txt").exists()


def test_a_log_that_cannot_be_written_hinders_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "file"))
    before = list(logging.getLogger().handlers)
    assert start_logging("test") is None
    for handler in set(logging.getLogger().handlers) - set(before):
        logging.getLogger().removeHandler(handler)


def test_the_mouse_of_another_version_is_the_usual_one(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    kept = Settings(mouse=MouseProfile.OWN, own_mouse=MouseButtons(middle=DragAction.ZOOM))
    save_settings(kept, path)
    assert load_settings(path).mouse_habits.buttons.middle is DragAction.ZOOM
    path.write_text('{"version": 1, "mouse": "trackball", "theme": "light"}')
    assert load_settings(path).mouse_habits == MouseHabits()
