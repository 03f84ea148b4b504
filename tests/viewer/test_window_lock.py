"""The lock covers the window first, whatever the disk does, and nothing comes above it."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QClipboard
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from testkit.reading_room import ReadingRoom

from engine.domain.audit import AuditAction
from engine.errors import StorageError
from engine.services.access import Access
from viewer.dialogs.header_browser import HeaderBrowser
from viewer.dialogs.lock import LockSheet

DEMO = "demo"


def lock(room: ReadingRoom) -> LockSheet:
    """Lock, and take the sheet without letting the window work in between."""
    room.do("file.lock")
    found = [sheet for sheet in room.window.findChildren(LockSheet) if sheet.isVisible()]
    assert len(found) == 1
    return found[0]


def unlock(room: ReadingRoom, sheet: LockSheet) -> None:
    sheet.passphrase.setText(DEMO)
    sheet.unlock.click()
    room.wait(lambda: not sheet.isVisible())


def locks(room: ReadingRoom) -> int:
    """How often the trail says that the window was locked."""
    entries = room.desk.workspace.trail.entries()
    return sum(entry.action == AuditAction.LOCKED for entry in entries)


def is_covered(room: ReadingRoom) -> bool:
    picture = room.window.grab().toImage()
    across, down = range(5, picture.width(), 60), range(5, picture.height(), 60)
    return {picture.pixelColor(x, y).name() for x in across for y in down} == {"#000000"}


def test_r25_the_lock_covers_before_the_disk_is_asked(
    room: ReadingRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def refuse(_access: Access) -> None:
        asked.append(1)
        raise StorageError("The database is busy.")

    with monkeypatch.context() as broken:
        broken.setattr(Access, "note_lock", refuse)
        room.desk.account._retry.setInterval(10)
        sheet = lock(room)
        assert is_covered(room)
        room.wait(lambda: len(asked) > 1)
        assert locks(room) == 0
        assert sheet.isVisible()
    room.wait(lambda: locks(room) == 1)
    unlock(room, sheet)


def test_r25_a_lock_that_is_not_recorded_at_the_end_is_tried_once_more(
    room: ReadingRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def refuse(_access: Access) -> None:
        asked.append(1)
        raise StorageError("The database is busy.")

    monkeypatch.setattr(Access, "note_lock", refuse)
    lock(room)
    room.wait(room.desk.account._retry.isActive)
    room.close()
    assert len(asked) == 2


def test_r25_the_lock_says_whether_the_report_was_saved(
    room: ReadingRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.draft()
    first = room.report.sentences[0].id
    room.desk.report.set_text(first, "Half a sentence")
    reporting = room.desk.workspace.reporting

    def refuse(_report: object) -> None:
        raise StorageError("There is no room left.")

    with monkeypatch.context() as broken:
        broken.setattr(reporting, "save", refuse)
        sheet = lock(room)
        room.wait(lambda: "not saved" in sheet.kept.text())
    unlock(room, sheet)
    assert room.report.sentence(first).text == "Half a sentence"
    room.do("report.save")
    room.wait(lambda: not room.desk.report.has_unsaved)
    sheet = lock(room)
    assert "was saved" in sheet.kept.text()
    unlock(room, sheet)


def test_r25_the_veil_follows_the_window_and_what_is_put_into_it(room: ReadingRoom) -> None:
    room.window.resize(1200, 700)
    sheet = lock(room)
    room.window.resize(1700, 900)
    late = QWidget(room.window)
    late.setStyleSheet("background: white")
    late.resize(600, 400)
    late.show()
    QApplication.processEvents()
    assert is_covered(room)
    late.deleteLater()
    unlock(room, sheet)


def test_r25_no_sheet_opens_over_the_lock(room: ReadingRoom) -> None:
    room.view.film_commands.show_header()
    sheet = lock(room)
    headers = room.window.findChildren
    room.wait(lambda: bool(headers(HeaderBrowser)))
    QTest.qWait(50)
    assert not any(header.isVisible() for header in headers(HeaderBrowser))
    assert QApplication.activeModalWidget() is sheet
    unlock(room, sheet)
    room.sheet(HeaderBrowser).accept()


def test_r25_a_menu_that_stands_open_is_closed(room: ReadingRoom) -> None:
    menu = QMenu(room.window)
    menu.addAction("Somebody's name")
    menu.popup(room.window.pos())
    sheet = lock(room)
    assert not menu.isVisible()
    unlock(room, sheet)


def test_r25_the_lock_takes_the_programs_own_words_from_the_clipboard(
    room: ReadingRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    clipboard = QApplication.clipboard()
    for is_own, left in ((True, ""), (False, "copied elsewhere")):
        monkeypatch.setattr(QClipboard, "ownsClipboard", lambda _self, own=is_own: own)
        clipboard.setText("copied elsewhere")
        unlock(room, lock(room))
        assert clipboard.text() == left
    clipboard.clear()
