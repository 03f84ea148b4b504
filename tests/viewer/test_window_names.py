"""Every control has a name for a screen reader, in the window and in each of its sheets."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QWidget

from engine.domain.report import Section
from viewer.actions import handout, help  # noqa: A004 - named after the menu
from viewer.dialogs.scan import SkippedFiles, ZipPassword


def nameless(root: QWidget) -> list[str]:
    """Visible controls that take the keyboard or the mouse and say nothing."""
    found = []
    for widget in [root, *root.findChildren(QWidget)]:
        takes_keys = widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        is_part = widget.objectName().startswith("qt_") or widget is root
        if widget.isVisible() and takes_keys and not is_part:
            spoken = QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
            if not spoken.strip():
                found.append(f"{type(widget).__name__} in {type(widget.parent()).__name__}")
    return found


def test_the_walk_finds_a_control_without_a_name(room):
    QWidget(room.window).setObjectName("ours")
    nobody = QWidget(room.window)
    nobody.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    nobody.show()
    assert nameless(room.window) == ["QWidget in MainWindow"]


def test_every_control_of_the_window_has_a_name(room):
    room.draft()
    room.view.report.sections[Section.FINDINGS].line.setFocus()
    assert nameless(room.window) == []
    room.do("file.past_reports")
    room.wait(room.view.left.history.search.isVisible)
    assert nameless(room.window) == []
    room.window.resize(1366, 768)
    room.wait(lambda: room.view.left.is_folded)
    assert nameless(room.window) == []


@pytest.mark.parametrize("command", [help.SHORTCUTS, help.EDIT_KEYS, help.ABOUT, handout.HEADER])
def test_every_control_of_a_sheet_has_a_name(room, command):
    room.do(command)
    room.wait(lambda: QApplication.activeModalWidget() is not None)
    sheet = QApplication.activeModalWidget()
    assert nameless(sheet) == []
    sheet.reject()


def test_sheets_that_ask_have_names_too(room, tmp_path):
    library, window = room.desk.library, room.window
    for sheet in (
        ZipPassword(library, tmp_path / "cd.zip", window, was_wrong=True),
        SkippedFiles((), window),
    ):
        sheet.show()
        assert nameless(sheet) == []
        sheet.reject()
