"""The folders shared with other systems, chosen in the window."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from testkit.reading_room import ReadingRoom

from engine import paths
from engine.domain.report import Section
from engine.services.workspace import Workspace
from engine.settings import load_settings
from viewer.dialogs import folders, orders
from viewer.dialogs.folders import FoldersSheet
from viewer.dialogs.orders import OrdersSheet

PASSPHRASE = "correct horse battery"
FILM = "nunez-2026-03-18.dcm"


@pytest.fixture
def computer(tmp_path, monkeypatch):
    """The settings file of this computer, which fixes some folders."""
    file = tmp_path / "computer.json"
    monkeypatch.setattr("engine.settings.machine_settings_file", lambda: file)
    return file


@pytest.fixture
def ward(qtbot, small_model, tmp_path, monkeypatch, warm_workers):
    """Makes a window on a real workspace with one study."""
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setattr(paths, "model_bundle", lambda: small_model)
    root, films = tmp_path / "workspace", tmp_path / "cd"
    films.mkdir()
    shutil.copy(paths.demo_studies() / FILM, films)
    with Workspace.create(root, user_name="Dr Ada Byron", passphrase=PASSPHRASE) as workspace:
        (study,) = workspace.library.add([films]).studies
    rooms = []

    def make() -> ReadingRoom:
        room = ReadingRoom(qtbot, tmp_path / "window.ini")
        rooms.append(room)
        room.open_real(root, PASSPHRASE)
        room.show_study(study.uid)
        return room

    yield make
    for room in rooms:
        room.close()


def click(button):
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_folders_chosen_in_the_window_count_at_once(ward, computer, tmp_path, monkeypatch):
    room = ward()
    room.do("file.folders")
    sheet = room.sheet(FoldersSheet)
    answers: list[Path] = []
    monkeypatch.setattr(folders, "ask_for_folder", lambda _parent, _title: answers.pop(0))

    def choose(button, name):
        (tmp_path / name).mkdir(exist_ok=True)
        answers.append(tmp_path / name)
        click(button)

    choose(sheet.inbox.add, "films")
    choose(sheet.orders.choose, "orders")
    choose(sheet.outbox.choose, "films")
    click(sheet.keep)
    assert sheet.isVisible(), "what goes out would come in again"
    assert "films is chosen for two uses" in sheet.problem.text()
    choose(sheet.outbox.choose, "results")
    choose(sheet.answers.choose, "answers")
    click(sheet.answers.clear)
    choose(sheet.inbox.add, "other films")
    sheet.inbox.list.setCurrentRow(1)
    click(sheet.inbox.remove)
    click(sheet.draft)
    click(sheet.keep)
    room.wait(lambda: not sheet.isVisible())
    stored = load_settings()
    assert stored.inbox_folders == (str(tmp_path / "films"),)
    assert stored.outbox_folder == str(tmp_path / "results")
    assert (stored.outbox_acks, stored.draft_incoming) == ("", False)
    assert room.desk.inbox.is_watching
    assert room.desk.orders._folder == tmp_path / "orders"
    report, done = room.desk.report, []
    report.add(Section.FINDINGS, "Clear lungs.")
    report.sign(PASSPHRASE, "Author", lambda: done.append(True), pytest.fail)
    room.wait(lambda: bool(list((tmp_path / "results").glob("*.hl7"))))


def test_folders_fixed_for_the_computer_are_grey(ward, computer, tmp_path, monkeypatch):
    fixed = {"fixed": ["orders_folder", "outbox_folder"], "orders_folder": str(tmp_path)}
    computer.write_text(json.dumps(fixed), encoding="utf-8")
    room = ward()
    room.do("file.folders")
    sheet = room.sheet(FoldersSheet)
    assert not sheet.orders.choose.isEnabled()
    assert not sheet.outbox.path.isEnabled()
    assert sheet.orders.path.text() == str(tmp_path)
    click(sheet.orders.clear)
    (tmp_path / "films").mkdir()
    monkeypatch.setattr(folders, "ask_for_folder", lambda _parent, _title: tmp_path / "films")
    click(sheet.inbox.add)
    click(sheet.keep)
    room.wait(lambda: not sheet.isVisible())
    assert load_settings().inbox_folders == (str(tmp_path / "films"),)
    assert load_settings().orders_folder == str(tmp_path)
    monkeypatch.setattr(orders, "ask_for_folder", lambda _parent, _title: pytest.fail("grey"))
    room.do("file.orders")
    sheet = room.sheet(OrdersSheet)
    click(sheet.choose)
    click(sheet.leave)
    sheet.accept()
    assert room.desk.preferences.orders_folder == tmp_path
