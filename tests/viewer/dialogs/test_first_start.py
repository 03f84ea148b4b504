"""The first question: a workspace is made, opened, opened by the keychain, or it says why not."""

from __future__ import annotations

import keyring
import pytest
from keyring.backend import KeyringBackend
from PySide6.QtCore import QSettings, Qt
from shiboken6 import isValid
from testkit.reading_room import ReadingRoom

from engine import paths
from engine.errors import WrongPassphraseError
from engine.services.workspace import Workspace
from viewer.actions import workspace
from viewer.app_context import AppContext
from viewer.dialogs.first_start import FirstStart
from viewer.dialogs.recovery import NewRecoveryKey, RecoveryKeySheet
from viewer.dialogs.restore import RestoreSheet
from viewer.main import StartRequest, open_first
from viewer.main_window import MainWindow
from viewer.state.session import SessionStage

PASSPHRASE = "correct horse battery"


class Drawer(KeyringBackend):
    """A keychain in memory."""

    priority = 1

    def __init__(self):
        super().__init__()
        self.secrets = {}

    def get_password(self, service, username):
        return self.secrets.get((service, username))

    def set_password(self, service, username, password):
        self.secrets[service, username] = password

    def delete_password(self, service, username):
        del self.secrets[service, username]


@pytest.fixture
def keychain():
    before, drawer = keyring.get_keyring(), Drawer()
    keyring.set_keyring(drawer)
    yield drawer
    keyring.set_keyring(before)


@pytest.fixture
def office(qtbot, small_model, tmp_path, monkeypatch, keychain):
    """A window that has just been started by a user without a workspace."""
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setattr(paths, "model_bundle", lambda: small_model)
    opened = ReadingRoom(qtbot, tmp_path / "window.ini")
    yield opened
    if isValid(opened.window):
        opened.close()


def make_workspace(*, use_keychain=False):
    root = paths.default_workspace()
    Workspace.create(
        root, user_name="Dr Ada Byron", passphrase=PASSPHRASE, use_keychain=use_keychain
    ).close()


def test_a_workspace_is_made_with_a_name_and_a_passphrase_typed_twice(office, keychain):
    open_first(office.window, StartRequest())
    sheet = office.sheet(FirstStart)
    office.type("Dr Ada Byron")
    page = sheet.make
    page.passphrase.setText("short")
    assert page.hint.text() == "The passphrase needs 8 letters or more."
    page.passphrase.setText(PASSPHRASE)
    page.repeated.setText("something else")
    assert page.hint.text() == "The two passphrases differ."
    assert not sheet.go.isEnabled()
    page.repeated.setText(PASSPHRASE)
    assert not page.hint.isVisible()
    page.keychain.setChecked(True)
    sheet.go.click()
    office.wait(lambda: office.context.session.stage is SessionStage.OPEN)
    office.wait(lambda: not sheet.isVisible())
    office.sheet(RecoveryKeySheet).kept.click()
    assert office.context.session.user_name == "Dr Ada Byron"
    assert not office.view.banner.demo_mark.isVisible()
    assert len(keychain.secrets) == 1


def test_a_workspace_in_the_keychain_opens_without_a_question(office):
    make_workspace(use_keychain=True)
    open_first(office.window, StartRequest())
    office.wait(lambda: office.context.session.stage is SessionStage.OPEN)
    assert office.window.findChild(FirstStart) is None


def test_without_the_keychain_the_passphrase_is_asked_and_a_wrong_one_is_said(office):
    make_workspace()
    open_first(office.window, StartRequest())
    sheet = office.sheet(FirstStart)
    assert sheet.enter.isVisible()
    assert not sheet.make.isVisible()
    assert not sheet.problem.isVisible()
    office.type("wrong")
    sheet.go.click()
    office.wait(sheet.problem.isVisible)
    assert sheet.problem.text()
    assert office.context.session.stage is SessionStage.NONE
    sheet.enter.passphrase.setText(PASSPHRASE)
    sheet.go.click()
    office.wait(lambda: office.context.session.stage is SessionStage.OPEN)


def test_r07_after_damage_the_window_lists_what_would_be_lost_and_restores(office):
    root = paths.default_workspace()
    make_workspace()
    with Workspace.open(root, passphrase=PASSPHRASE) as opened:
        opened.backup()
    content = bytearray((root / "workspace.db").read_bytes())
    content[2000] ^= 1
    (root / "workspace.db").write_bytes(content)
    open_first(office.window, StartRequest())
    sheet = office.sheet(FirstStart)
    office.type(PASSPHRASE)
    sheet.go.click()
    office.wait(sheet.restore.isVisible)
    sheet.restore.click()
    asked = office.sheet(RestoreSheet)
    office.wait(lambda: asked.go.text() == "Restore")
    assert asked.losses.text().startswith("What would be lost cannot be told")
    asked.go.click()
    office.wait(lambda: office.context.session.stage is SessionStage.OPEN)
    assert bytes(content) in {path.read_bytes() for path in root.glob("set-aside/*/workspace.db")}


def test_escape_asks_before_it_discards_what_was_typed_for_a_new_workspace(office):
    open_first(office.window, StartRequest())
    sheet = office.sheet(FirstStart)
    office.type("Dr Ada Byron")
    office.press(Qt.Key.Key_Escape)
    assert sheet.isVisible()
    office.press(Qt.Key.Key_Escape)
    assert sheet.isVisible(), "the second one keeps it"
    assert sheet.make.name.text() == "Dr Ada Byron"
    sheet.make.name.clear()
    sheet.make.name.setFocus()
    office.press(Qt.Key.Key_Escape)
    office.wait(lambda: not sheet.isVisible())


def test_a_workspace_that_another_window_holds_says_so(office):
    make_workspace(use_keychain=True)
    with Workspace.open(paths.default_workspace(), passphrase=None):
        open_first(office.window, StartRequest())
        sheet = office.sheet(FirstStart)
        office.wait(sheet.problem.isVisible)
        assert "open in another Negatoscope" in sheet.problem.text()
    sheet.reject()
    office.wait(lambda: not sheet.isVisible())
    office.do("file.open_workspace")
    office.wait(lambda: office.context.session.stage is SessionStage.OPEN)


def test_a_new_workspace_hands_out_a_recovery_key_that_opens_it_and_a_command_makes_another(
    office,
):
    open_first(office.window, StartRequest())
    sheet = office.sheet(FirstStart)
    sheet.make.name.setText("Dr Ada Byron")
    sheet.make.passphrase.setText(PASSPHRASE)
    sheet.make.repeated.setText(PASSPHRASE)
    sheet.go.click()
    shown = office.sheet(RecoveryKeySheet)
    first = shown.key.text()
    office.press(Qt.Key.Key_Escape)
    assert shown.isVisible(), "it cannot be shown again"
    shown.kept.click()
    office.do(workspace.RECOVERY_KEY)
    asked = office.sheet(NewRecoveryKey)
    asked.passphrase.setText(PASSPHRASE)
    asked.go.click()
    again = office.sheet(RecoveryKeySheet)
    second = again.key.text()
    again.kept.click()
    office.close()
    assert first != second
    root = paths.default_workspace()
    with pytest.raises(WrongPassphraseError):
        Workspace.open(root, passphrase=first)
    Workspace.open(root, passphrase=second).close()


def test_the_first_start_fills_the_screen_and_no_later_one_leaves_it(qtbot, tmp_path):
    settings = tmp_path / "window.ini"
    first = MainWindow(AppContext(), QSettings(str(settings), QSettings.Format.IniFormat))
    first.open_up()
    qtbot.waitUntil(first.isMaximized)
    first.showNormal()
    first.setGeometry(-300, -200, 5000, 4000)
    first.close()
    second = MainWindow(AppContext(), QSettings(str(settings), QSettings.Format.IniFormat))
    second.setMinimumSize(300, 200)
    second.open_up()
    room = second.screen().availableGeometry()
    qtbot.waitUntil(lambda: second.isMaximized() or room.contains(second.frameGeometry()))
    second.close()
