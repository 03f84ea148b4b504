"""What every sheet looks like, beside stored pictures; and that no screen cuts its words.

How to renew the pictures, and what is compared, stands in `testkit.snapshots`.
"""

from __future__ import annotations

import importlib
import pkgutil
import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QSettings, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QPushButton, QScrollArea
from testkit.sheet_gallery import SHEETS, Backdrop
from testkit.snapshots import check, picture_of
from testkit.theme import dressed

import viewer.dialogs
from engine.services.workspace import Workspace
from viewer.app_context import AppContext
from viewer.desk import Desk
from viewer.dialogs.sheet import Sheet
from viewer.main_window import MainWindow

STORED = Path(__file__).with_name("snapshots")
USUAL = QSize(1366, 768)
SCREENS = {
    "4K at 300 %": QSize(1280, 720),
    "full HD at 300 %": QSize(640, 360),
}


@pytest.fixture(scope="module")
def backdrop(qapp, scanned_demo, tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk")
    settings = folder / "window.ini"
    shutil.copytree(scanned_demo, folder / "workspace")
    workspace = Workspace.open_demo(folder / "workspace")
    with dressed(qapp):
        context = AppContext()
        states = (context.runner, context.preferences, context.session, context.notices)
        desk = Desk(workspace, *states, context)
        window = MainWindow(context, QSettings(str(settings), QSettings.Format.IniFormat))
        yield Backdrop(context=context, desk=desk, window=window)
        context.close()
        workspace.close()
        window.deleteLater()


@pytest.fixture
def show(qtbot, backdrop, monkeypatch):
    """Open a sheet of that name as on a screen of that size."""
    shown: list[Sheet] = []

    def make(name: str, screen: QSize) -> Sheet:
        monkeypatch.setattr(Sheet, "available_size", lambda _sheet: screen)
        sheet = SHEETS[name](backdrop)
        shown.append(sheet)
        with qtbot.waitExposed(sheet):
            sheet.show()
        return sheet

    yield make
    for sheet in shown:
        sheet.hide()
        sheet.deleteLater()


@pytest.mark.parametrize("name", list(SHEETS))
def test_a_sheet_looks_as_it_was_stored(show, name):
    check(picture_of(show(name, USUAL).grab()), STORED / f"{name}.png")


def test_every_sheet_has_a_picture_and_no_picture_is_left_over(backdrop):
    for module in pkgutil.iter_modules(viewer.dialogs.__path__, "viewer.dialogs."):
        importlib.import_module(module.name)
    made = [make(backdrop) for make in SHEETS.values()]
    kinds = set(_leaves(Sheet))
    assert kinds == {type(sheet) for sheet in made}
    assert {path.stem for path in STORED.glob("*.png")} == set(SHEETS)
    for sheet in made:
        sheet.deleteLater()


def _leaves(kind: type) -> list[type]:
    below = kind.__subclasses__()
    return [leaf for each in below for leaf in _leaves(each)] if below else [kind]


@pytest.mark.parametrize("screen", list(SCREENS))
def test_a_sheet_fits_the_screen_and_no_word_is_cut(show, screen):
    room = SCREENS[screen]
    cut = []
    for name in SHEETS:
        sheet = show(name, room)
        assert sheet.width() < room.width(), name
        assert sheet.height() < room.height(), name
        buttons = [b for b in sheet.findChildren(QPushButton) if b.isVisible()]
        in_sight = [b for b in buttons if sheet.rect().contains(_place(b, sheet))]
        assert in_sight, f"{name}: a button closes it, wherever it is scrolled to"
        area = sheet.findChild(QScrollArea)
        if area.widget().width() > area.viewport().width():
            cut.append(f"{name} is wider than its room")
        cut += [f"{name}: {words}" for words in _cut_words(sheet)]
        sheet.hide()
    assert cut == []


def _place(button: QPushButton, sheet: Sheet) -> QPoint:
    return button.mapTo(sheet, button.rect().bottomRight())


def _cut_words(sheet: Sheet) -> list[str]:
    """Words of labels, buttons and choices that have less room than they need."""
    cut = []
    for label in sheet.findChildren(QLabel):
        needed = label.heightForWidth(label.width()) if label.wordWrap() else 0
        narrow = not label.wordWrap() and label.sizeHint().width() > label.width()
        if label.isVisible() and label.text() and (narrow or needed > label.height()):
            cut.append(label.text())
    for control in (*sheet.findChildren(QAbstractButton), *sheet.findChildren(QComboBox)):
        words = control.currentText() if isinstance(control, QComboBox) else control.text()
        least = control.minimumSizeHint() if isinstance(control, QComboBox) else control.sizeHint()
        if control.isVisible() and words and least.width() > control.width():
            cut.append(words)
    return cut


def test_what_does_not_fit_is_scrolled_to_by_keys(show):
    sheet = show("keys", SCREENS["4K at 300 %"])
    bar = sheet.findChild(QScrollArea).verticalScrollBar()
    assert bar.maximum() > 0
    QTest.keyClick(sheet, Qt.Key.Key_PageDown)
    QTest.keyClick(sheet, Qt.Key.Key_Down)
    assert bar.value() > bar.pageStep() / 2
    for _ in range(9):
        QTest.keyClick(sheet, Qt.Key.Key_PageDown)
    assert bar.value() == bar.maximum()
    QTest.keyClick(sheet, Qt.Key.Key_PageUp)
    assert bar.value() < bar.maximum()


def test_a_sheet_grows_with_what_it_has_to_say(qtbot, show):
    sheet = show("addendum", USUAL)
    before = sheet.height()
    sheet.problem.setText("This passphrase does not open the workspace. Type it again.")
    sheet.problem.show()
    qtbot.waitUntil(lambda: sheet.height() > before)
    sheet.problem.hide()
    qtbot.waitUntil(lambda: sheet.height() == before)
