"""The words of reports in a size of their own: at once, everywhere, nothing cut off, kept."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextFormat
from PySide6.QtWidgets import QLabel, QPushButton
from testkit.reading_room import ReadingRoom
from testkit.theme import dressed

from engine.domain.prior_document import DocumentContent, DocumentLine
from engine.domain.report import Section
from engine.settings import load_settings
from viewer.dialogs.macros import MacrosSheet

BOTH = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
SAID = "there is a large left effusion unchanged . no pneumothorax . the heart is normal in size ."


@pytest.fixture(autouse=True)
def _dressed(qapp):
    with dressed(qapp):
        yield


def pixels(widget):
    return widget.fontInfo().pixelSize()


def grow(room, times):
    for _ in range(times):
        room.press(Qt.Key.Key_Plus, BOTH)
    room._qtbot.wait(50)


@pytest.fixture
def drafted(room_saying):
    room = room_saying(SAID)
    room.draft()
    room.wait(lambda: room.desk.guards.is_current)
    room.wait(lambda: room.view.report.focused_row is not None)
    return room


def test_open_panels_follow_at_once_and_the_next_window_remembers(
    drafted, qtbot, demo_root, tmp_path
):
    room = drafted
    panel, scale = room.view.report, room.view.banner.name.fontInfo().pixelSize()
    room.desk.history.refresh()
    room.desk.report.save()
    room.wait(lambda: bool(room.desk.history.rows))
    room.desk.history.read(room.desk.history.rows[0])
    past = room.view.past_report
    room.wait(past.isVisible)
    words = [*(row.editor for row in panel.rows), past.changes, past.body.findChildren(QLabel)[1]]
    words += [section.line for section in panel.sections.values()]
    assert {pixels(one) for one in words} == {15}
    grow(room, 2)
    assert {pixels(one) for one in words} == {round(15 * 1.5)}
    assert "150 %" in room.window.status.message.text()
    assert room.view.banner.name.fontInfo().pixelSize() == scale, "the interface is as it was"
    grow(room, 9)
    assert {pixels(one) for one in words} == {30}
    room.wait(lambda: load_settings().report_scale == 2.0)
    room.press(Qt.Key.Key_Minus, BOTH)
    room.wait(lambda: load_settings().report_scale == 1.75)
    room.close()
    again = ReadingRoom(qtbot, tmp_path / "other.ini")
    again.open_demo(demo_root)
    section = next(iter(again.view.report.sections.values()))
    again.wait(lambda: pixels(section.line) == round(15 * 1.75))
    again.close()


def cut_off(panel):
    """What does not fit its place, in words."""
    page = panel.page.widget()
    found = [] if page.width() <= panel.page.viewport().width() else ["the page is too wide"]
    for row in panel.rows:
        needed = row.editor.document()
        if needed.size().height() > row.editor.height() or needed.idealWidth() > row.width():
            found.append(row.sentence.text)
    shown = [label for label in page.findChildren(QLabel) if label.isVisible()]
    cut = (label for label in shown if label.height() < label.heightForWidth(label.width()))
    return found + [label.text() for label in cut]


@pytest.mark.parametrize("size", [(1366, 768), (960, 540)])
def test_no_word_of_the_largest_text_is_cut_off(drafted, size):
    room = drafted
    room.window.resize(*size)
    grow(room, 4)
    panel = room.view.report
    row = panel.focused_row

    def answers():
        return [b for b in row.notes.findChildren(QPushButton) if b.isVisible()]

    room.wait(lambda: len(answers()) == 6)  # about the side, and about the prior
    room.wait(lambda: cut_off(panel) == [])
    first_line = row.mapTo(panel.page.viewport(), row.editor.geometry().topLeft()).y()
    assert 0 <= first_line < panel.page.viewport().height(), "the sentence in focus is in view"


def test_headings_and_remarks_of_a_document_grow_with_its_words(room):
    text = room.view.prior_document.text
    lines = (DocumentLine(text="Findings", level=1), DocumentLine(text="No effusion.", level=0))
    text.show_content(DocumentContent(lines=lines, notes=("Two images are left out.",), pages=0))
    text.ensurePolished()

    def sizes():
        block, found = text.document().begin(), []
        while block.isValid():
            form = block.begin().fragment().charFormat()
            stated = form.hasProperty(QTextFormat.Property.FontPixelSize)
            found.append(form.font().pixelSize() if stated else None)
            block = block.next()
        return found

    before = sizes()
    grow(room, 4)
    assert pixels(text) == 30
    after = sizes()
    assert before == [13, None, 11]
    assert after == [26, None, 22]


def test_sheets_have_the_size_too(room):
    room.view.views.active_view.setFocus()
    grow(room, 4)
    room.do("report.macros")
    sheet = room.sheet(MacrosSheet)
    assert (pixels(sheet.text), pixels(sheet.letters)) == (30, 13)
    sheet.reject()


def test_the_line_that_takes_the_keyboard_comes_into_view(room):
    room.window.resize(960, 540)
    grow(room, 2)
    room.view.views.active_view.setFocus()
    room.press(Qt.Key.Key_F6)
    panel, line = room.view.report, room.focus
    assert line is panel.sections[Section.FINDINGS].line
    view = panel.page.viewport()
    room.wait(lambda: view.rect().contains(line.mapTo(view, line.rect().center())))
