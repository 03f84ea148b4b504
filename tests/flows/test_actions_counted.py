"""What the everyday takes: actions from opening a second folder to an addendum.

One action is one key or click, or one text typed; a passphrase is typed with the Return that ends
it. With that Return counted apart, a normal report and an addendum take one action more each.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QWidget
from testkit.dicom_files import chest_like, write_film
from testkit.reading_room import ReadingRoom

from engine.domain.report import ReportStatus, Section
from viewer.actions import record
from viewer.dialogs.sign import SignSheet
from viewer.dialogs.statement import StatementSheet

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class Hand:
    """Does things in the window and counts them."""

    def __init__(self, room: ReadingRoom) -> None:
        self.room = room
        self.actions: list[str] = []

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier | None = None) -> None:
        self.actions.append(str(key))
        self.room.press(key, modifiers)

    def click(self, widget: QWidget) -> None:
        self.actions.append("click")
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)

    def type(self, text: str) -> None:
        self.actions.append("text")
        self.room.type(text)

    def give_passphrase(self) -> None:
        self.actions.append("passphrase")
        self.room.type("demo")
        self.room.press(Qt.Key.Key_Return)


def in_the_dialog(do: Callable[[QFileDialog], None]) -> None:
    """Do something in the file dialog that is about to hold the program up."""

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QFileDialog):
            do(dialog)
        else:
            QTimer.singleShot(20, look)

    QTimer.singleShot(0, look)


def test_a_second_folder_is_on_the_screen_after_three_actions(
    room: ReadingRoom, tmp_path: Path
) -> None:
    folder = tmp_path / "second"
    write_film(folder / "1.dcm", chest_like(200, 160), StudyInstanceUID="1.2.99")
    hand = Hand(room)

    def answer(dialog: QFileDialog) -> None:
        line = dialog.findChild(QLineEdit)
        assert line is not None
        hand.actions.append("text")
        line.setText(str(folder))
        hand.actions.append("Return")
        QTest.keyClick(line, Qt.Key.Key_Return)

    in_the_dialog(answer)
    hand.press(Qt.Key.Key_O, CTRL)
    library = room.desk.library
    room.wait(lambda: library.study is not None and library.study.uid == "1.2.99")
    room.wait_for_films()
    assert [film.study.uid for film in room.desk.films.films] == ["1.2.99"]
    assert len(hand.actions) <= 3, hand.actions


def test_a_normal_report_is_signed_after_four_actions_and_has_an_addendum_after_four_more(
    room: ReadingRoom,
) -> None:
    hand = Hand(room)
    room.wait(room.window.isActiveWindow)
    hand.press(Qt.Key.Key_F9)
    room.wait(lambda: room.desk.guards.is_current and bool(room.report.kept(Section.FINDINGS)))
    hand.press(Qt.Key.Key_F, CTRL | SHIFT)
    room.sheet(SignSheet)
    hand.give_passphrase()
    assert room.report.status is ReportStatus.DRAFT, "not on the first Return"
    hand.press(Qt.Key.Key_Return)
    room.wait(lambda: room.report.status is ReportStatus.FINAL)
    assert len(hand.actions) <= 4, hand.actions
    room.wait(room.window.isActiveWindow)
    hand.actions.clear()
    hand.click(room.view.report.footer.after_buttons[record.ADDENDUM])
    sheet = room.sheet(StatementSheet)
    hand.type("The left base was looked at again.")
    hand.press(Qt.Key.Key_Return, CTRL)
    assert sheet.passphrase.hasFocus(), "nobody types a passphrase into the addendum"
    hand.give_passphrase()
    room.wait(lambda: room.report.status is ReportStatus.ADDENDED)
    assert [one.text for one in room.report.addenda] == ["The left base was looked at again."]
    assert len(hand.actions) <= 4, hand.actions
