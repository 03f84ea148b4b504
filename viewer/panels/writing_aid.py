"""Beside the caret: pick lists of fields, the macro that typed letters mean, spelling.

Watches the keys of rows and editors, so that neither has to know of any of this. One list serves
all three; the keyboard never leaves the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from enum import Enum, auto

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from engine.domain.fields import Field, fields_in
from engine.domain.report import SentenceState
from engine.domain.template import Macro
from viewer.app_context import AppContext
from viewer.panels.report_row import ReportRow
from viewer.widgets.choice_list import ChoiceList

LEARN = "Add to my words"
_TYPED = re.compile(r"\S+$")
_PREVIEW = 90


class _Mode(Enum):
    """What the list shows."""

    FIELD = auto()
    MACRO = auto()
    MACROS = auto()
    WORD = auto()


class WritingAid(QObject):
    """Helps in the editor that has the keyboard.

    Args:
        rows: Gives the rows in reading order.
        parent: The panel; the list stands in its window.
    """

    def __init__(
        self, context: AppContext, rows: Callable[[], tuple[ReportRow, ...]], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._writing = context.writing
        self._rows = rows
        self._panel = parent
        self._list: ChoiceList | None = None
        self._mode = _Mode.FIELD
        self._row: ReportRow | None = None
        self._span = (0, 0)
        self._macro: Macro | None = None
        self._offered: tuple[Macro, ...] = ()

    @property
    def choices(self) -> tuple[str, ...]:
        """What can be chosen now; empty while the list is away."""
        shown = self._list
        return shown.texts if shown is not None and shown.isVisible() else ()

    def watch(self, row: ReportRow) -> None:
        """Help in that row from now on."""
        row.installEventFilter(self)
        row.editor.installEventFilter(self)
        row.text_edited.connect(lambda _text: self._on_typed(row))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that are meant for a list or a field."""
        if event.type() == QEvent.Type.FocusOut:
            self._put_away()
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        row = next((one for one in self._rows() if watched in (one, one.editor)), None)
        if row is None or (watched is row.editor and not row.is_editing):
            return False
        key = Qt.Key(event.key())
        is_return = key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if is_return and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._put_away()
            self._writing.take_defaults()
            return True
        return (bool(self.choices) and self._on_list_key(key)) or self._on_tab(row, key)

    def go_to_field(self, step: int) -> bool:
        """Choose the next (1) or previous (-1) field of the report; False if there is none."""
        places = [
            (row, field)
            for row in self._rows()
            if row.sentence.state is not SentenceState.AI_REJECTED
            for field in fields_in(row.sentence.text)
        ]
        report = self._context.report.report
        if not places or report is None or not report.is_editable:
            return False
        row, field = self._beside(places, step)
        self._choose_field(row, field)
        return True

    def suggest(self) -> bool:
        """Choose the next misspelled word and show what may have been meant; False if none is."""
        slips = [
            (row, (slip.start, slip.end), slip.word)
            for row in self._rows()
            for slip in self._writing.slips_of(row.sentence)
        ]
        if not slips:
            return False
        here = self._here()
        after = [one for one in slips if (self._rows().index(one[0]), one[1][0]) > here]
        row, span, word = (after or slips)[0]
        row.begin_editing()
        row.editor.select(span)

        def show(words: tuple[str, ...]) -> None:
            if row.editor.hasFocus() and row.editor.textCursor().selectedText() == word:
                self._show(_Mode.WORD, row, span, _numbered((*words, LEARN)))

        self._writing.suggest(word, show)
        return True

    def _on_tab(self, row: ReportRow, key: Qt.Key) -> bool:
        if key == Qt.Key.Key_Tab and self.choices and self._mode is _Mode.MACRO:
            self._put_macro(row)
            return True
        if key in {Qt.Key.Key_Tab, Qt.Key.Key_Backtab}:
            return self.go_to_field(1 if key == Qt.Key.Key_Tab else -1)
        return False

    def _on_list_key(self, key: Qt.Key) -> bool:
        """Keys that the list takes; a macro's preview leaves all but Escape to the text."""
        shown = self._list
        if shown is None:
            return False
        if key == Qt.Key.Key_Escape:
            self._put_away()
            return True
        if self._mode is _Mode.MACRO:
            return False
        if key in {Qt.Key.Key_Down, Qt.Key.Key_Up}:
            shown.step(1 if key == Qt.Key.Key_Down else -1)
            return True
        is_return = key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        number = shown.currentRow() if is_return else key - Qt.Key.Key_1
        if 0 <= number < min(shown.count(), 9):
            self._pick(number)
            return True
        return False

    def _pick(self, place: int) -> None:
        row, words = self._row, self.choices
        self._put_away()
        if row is None or not 0 <= place < len(words):
            return
        if self._mode is _Mode.MACRO:
            self._put_macro(row)
        elif self._mode is _Mode.MACROS:
            self._macro = self._offered[place]
            self._put_macro(row)
        elif self._mode is _Mode.WORD and place == len(words) - 1:
            self._writing.learn(row.editor.textCursor().selectedText())
        else:
            row.editor.select(self._span)
            row.editor.textCursor().insertText(_without_number(words[place]))

    def _choose_field(self, row: ReportRow, field: Field) -> None:
        row.begin_editing()
        row.editor.select((field.start, field.end))
        words = field.choices or ((field.default,) if field.default else ())
        if field.default in words:
            words = (field.default, *(word for word in words if word != field.default))
        if words:
            self._show(_Mode.FIELD, row, (field.start, field.end), _numbered(words))
        else:
            self._put_away()

    def offer_macros(self, row: ReportRow) -> None:
        """List the macros that the letters before the caret are in, or all if they are in none."""
        at = row.editor.textCursor().position()
        typed = _TYPED.search(row.editor.toPlainText()[:at])
        letters = typed[0].casefold() if typed else ""
        found = tuple(m for m in self._writing.macros if letters in _searched(m))
        start = typed.start() if typed and found else at
        self._offered = found or self._writing.macros
        lines = [f"{macro.shortcut}  {_preview(macro)}" for macro in self._offered]
        self._show(_Mode.MACROS, row, (start, at), _numbered(lines))

    def _on_typed(self, row: ReportRow) -> None:
        if self.choices and self._mode is _Mode.MACROS and row is self._row:
            self.offer_macros(row)
            return
        self._put_away()
        cursor = row.editor.textCursor()
        before = row.editor.toPlainText()[: cursor.position()]
        typed = _TYPED.search(before)
        self._macro = self._writing.macro_for(typed[0]) if typed else None
        if typed is not None and self._macro is not None:
            line = f"Tab  {self._macro.shortcut}  {_preview(self._macro)}"
            self._show(_Mode.MACRO, row, (typed.start(), cursor.position()), (line,))

    def put(self, row: ReportRow, macro: Macro) -> None:
        """Write a macro at the caret of a row, in place of what is chosen."""
        cursor = row.editor.textCursor()
        self._macro, self._span = macro, (cursor.selectionStart(), cursor.selectionEnd())
        self._put_macro(row)

    def _put_macro(self, row: ReportRow) -> None:
        macro, (start, end) = self._macro, self._span
        self._put_away()
        if macro is None:
            return
        self._writing.put_macro(row.sentence.id, start, end, macro)
        first = next((f for f in fields_in(row.sentence.text) if f.start >= start), None)
        if first is not None:
            self._choose_field(row, first)
        else:
            row.begin_editing(at=start + len(macro.sentences[0]))

    def _beside(self, places: list[tuple[ReportRow, Field]], step: int) -> tuple[ReportRow, Field]:
        here, rows = self._here(), self._rows()
        if step > 0:
            later = [p for p in places if (rows.index(p[0]), p[1].start) > here]
            return (later or places)[0]
        earlier = [p for p in places if (rows.index(p[0]), p[1].end) <= here]
        return (earlier or places)[-1]

    def _here(self) -> tuple[int, int]:
        """Row and character that the keyboard is at; before everything if it is elsewhere."""
        for place, row in enumerate(self._rows()):
            if row.editor.hasFocus():
                cursor = row.editor.textCursor()
                is_chosen = cursor.hasSelection()
                return place, cursor.selectionStart() if is_chosen else cursor.position() - 1
            if row.hasFocus():
                return place, -1
        return -1, -1

    def _show(
        self, mode: _Mode, row: ReportRow, span: tuple[int, int], words: tuple[str, ...] | list[str]
    ) -> None:
        if self._list is None:
            self._list = ChoiceList(self._panel)
            self._list.picked.connect(self._pick)
        self._mode, self._row, self._span = mode, row, span
        self._list.show_lines(words)
        self.follow()

    def follow(self) -> None:
        """Keep the list at the caret while lines are laid out and the page scrolls."""
        if self._list is None or self._row is None or not self._list.isVisible():
            return
        caret = self._row.editor.cursorRect()
        view = self._row.editor.viewport()
        below = view.mapTo(self._panel, caret.bottomLeft())
        above = view.mapTo(self._panel, caret.topLeft()).y()
        self._list.move_to(below, above)

    def _put_away(self) -> None:
        if self._list is not None:
            self._list.hide()


def _preview(macro: Macro) -> str:
    words = " ".join(macro.sentences)
    return words if len(words) <= _PREVIEW else words[: _PREVIEW - 1].rstrip() + "…"


def _searched(macro: Macro) -> str:
    return f"{macro.shortcut} {' '.join(macro.sentences)}".casefold()


def _numbered(words: Iterable[str]) -> list[str]:
    """Choices, each behind the key that picks it."""
    return [f"{place}  {word}" for place, word in enumerate(words, start=1)]


def _without_number(line: str) -> str:
    """A choice without the key that picks it."""
    return re.sub(r"^\d+  ", "", line)
