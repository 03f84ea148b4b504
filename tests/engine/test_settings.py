from __future__ import annotations

import logging
from pathlib import Path

import pytest
from pydantic import ValidationError

from engine import paths
from engine.domain.export import ExportForm
from engine.domain.mouse import DragAction, MouseButtons, MouseHabits, MouseProfile
from engine.errors import StorageError
from engine.logs import start_logging
from engine.settings import Settings, Theme, load_settings, read_layers, save_settings


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


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The computer's file of settings, which a test may write."""
    path = tmp_path / "computer.json"
    monkeypatch.setattr("engine.settings.machine_settings_file", lambda: path)
    return path


def test_the_users_file_goes_over_the_computers_but_for_what_is_fixed(
    computer: Path, tmp_path: Path
) -> None:
    user = tmp_path / "settings.json"
    user.write_text('{"lock_minutes": 30, "institution": "Mine", "advance": true}')
    computer.write_text('{"lock_minutes": 5, "institution": "House", "fixed": ["lock_minutes"]}')
    found = load_settings(user)
    assert (found.lock_minutes, found.institution, found.advance) == (5, "Mine", True)


def test_a_user_stores_only_what_differs_so_that_the_computers_goes_on_to_count(
    computer: Path, tmp_path: Path
) -> None:
    user = tmp_path / "settings.json"
    computer.write_text('{"institution": "House", "lock_minutes": 5, "fixed": ["lock_minutes"]}')
    save_settings(load_settings(user).model_copy(update={"advance": True, "lock_minutes": 9}), user)
    computer.write_text('{"institution": "New house"}')
    found = load_settings(user)
    assert (found.institution, found.advance, found.lock_minutes) == ("New house", True, 10)


def test_a_broken_file_of_the_computer_keeps_the_users(computer: Path, tmp_path: Path) -> None:
    user = tmp_path / "settings.json"
    user.write_text('{"advance": true}')
    for content in ("{", "[]", '{"fixed": 3}', '{"lock_minutes": 900}'):
        computer.write_text(content)
        assert read_layers(user).unreadable == (computer,)
        assert load_settings(user) == Settings(advance=True)


def test_no_variable_of_a_user_leads_past_the_computers_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = paths.machine_settings_file()
    for name in (paths.HOME_VARIABLE, "HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "PROGRAMDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    assert paths.machine_settings_file() == before


def test_the_mouse_of_another_version_is_the_usual_one(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    kept = Settings(mouse=MouseProfile.OWN, own_mouse=MouseButtons(middle=DragAction.ZOOM))
    save_settings(kept, path)
    assert load_settings(path).mouse_habits.buttons.middle is DragAction.ZOOM
    path.write_text('{"version": 1, "mouse": "trackball", "theme": "light"}')
    assert load_settings(path).mouse_habits == MouseHabits()


def test_the_outbox_takes_export_forms_by_their_names_and_no_others() -> None:
    chosen = Settings(outbox_folder="/out", outbox_forms=("fhir", "hl7", "fhir"))
    assert chosen.outbox == (ExportForm.FHIR, ExportForm.HL7)
    assert Settings().outbox == ()
    with pytest.raises(ValidationError, match="no export form is called fax"):
        Settings(outbox_forms=("fax",))
