"""Help at the caret: pick lists of fields, macros for typed shortcuts, spelling.

It watches the keys of rows and editors, so that they need not know of it. One list serves all
three; the focus never leaves the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from enum import Enum, auto
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from engine.domain.fields import Field, fields_in
from engine.domain.report import SentenceState
from engine.domain.template import Macro
from viewer.desk import Desk
from viewer.panels.sentence_row import SentenceRow
from viewer.widgets.choice_list import ChoiceList

LEARN = "Add to my words"
_TYPED = re.compile(r"\S+$")
_PREVIEW = 90
_MOVES = {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End}


class _Mode(Enum):
    """Contents of the list."""

    FIELD = auto()
    MACRO = auto()
    MACROS = auto()
    WORD = auto()


class Slip(NamedTuple):
    """A misspelled word, its row, and its first character and the one past its end."""

    row: SentenceRow
    span: tuple[int, int]
    word: str


class WritingAid(QObject):
    """Helps in the editor that has the focus.

    Args:
        desk: States of the open workspace.
        rows: Gives the rows in reading order.
        parent: The panel, over which the list is shown.
    """

    def __init__(
        self, desk: Desk, rows: Callable[[], tuple[SentenceRow, ...]], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._writing = desk.writing
        self._rows = rows
        self._panel = parent
        self._list: ChoiceList | None = None
        self._mode = _Mode.FIELD
        self._row: SentenceRow | None = None
        self._span = (0, 0)
        self._macro: Macro | None = None
        self._filling: SentenceRow | None = None
        self._offered: tuple[Macro, ...] = ()

    @property
    def choices(self) -> tuple[str, ...]:
        """The lines of the list; empty while it is hidden."""
        shown = self._list
        return shown.texts if shown is not None and shown.isVisible() else ()

    def watch(self, row: SentenceRow) -> None:
        """Start to help in a row."""
        row.installEventFilter(self)
        row.editor.installEventFilter(self)
        row.editor.edited.connect(lambda _text: self._on_typed(row))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle the keys that are meant for the list or for fields."""
        if event.type() == QEvent.Type.FocusOut:
            self._hide_list()
        if event.type() == QEvent.Type.MouseButtonPress:
            self._filling = None
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        row = next((one for one in self._rows() if watched in (one, one.editor)), None)
        if row is None or (watched is row.editor and not row.is_editing):
            return False
        key = Qt.Key(event.key())
        is_return = key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if is_return and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._hide_list()
            self._writing.take_defaults()
            return True
        # A key goes to the list first, then to open fields; the row and its editor get the rest.
        if self.choices and self._on_list_key(key):
            return True
        if key in _MOVES:
            self._filling = None
        return (is_return and self._goes_to_open_field(row)) or self._on_tab(row, key)

    def go_to_field(self, step: int) -> bool:
        """Select the next (1) or previous (-1) field of the report; False if there is none."""
        fields = [
            (row, field)
            for row in self._rows()
            if row.sentence.state is not SentenceState.AI_REJECTED
            for field in fields_in(row.sentence.text)
        ]
        report = self._desk.report.report
        if not fields or report is None or not report.is_editable:
            return False
        row, field = self._beside(fields, step)
        self._choose_field(row, field)
        return True

    @property
    def slips(self) -> list[Slip]:
        """The misspelled words of the report in reading order."""
        return [
            Slip(row, (found.start, found.end), found.word)
            for row in self._rows()
            for found in self._writing.slips_of(row.sentence)
        ]

    def is_on(self, slip: Slip) -> bool:
        """Whether the misspelled word is selected in the editor that has the keyboard."""
        return slip.row.editor.hasFocus() and slip.row.editor.chosen == slip.span

    def show_slip(self, slip: Slip) -> None:
        """Select a misspelled word and show suggestions for it."""
        slip.row.begin_editing()
        slip.row.editor.select(slip.span)

        def show(words: tuple[str, ...]) -> None:
            if self.is_on(slip):
                self._show(_Mode.WORD, slip.row, slip.span, _numbered((*words, LEARN)))

        self._writing.suggest(slip.word, show)

    def suggest(self) -> bool:
        """Select the next misspelled word and show suggestions; False if there is none."""
        slips, here, rows = self.slips, self._here(), self._rows()
        if not slips:
            return False
        later = (slip for slip in slips if (rows.index(slip.row), slip.span[0]) > here)
        self.show_slip(next(later, slips[0]))
        return True

    def _goes_to_open_field(self, row: SentenceRow) -> bool:
        """Go to an open field of the sentence on Return, instead of splitting the sentence."""
        here = row.editor.chosen[1]
        open_fields = [
            field for field in fields_in(row.sentence.text) if field.choices or field.default
        ]
        if not row.is_editing or not open_fields:
            self._leave_filled(row)
            return False
        later = (field for field in open_fields if field.start >= here)
        self._choose_field(row, next(later, open_fields[0]))
        return True

    def _leave_filled(self, row: SentenceRow) -> None:
        """Put the caret behind a sentence whose last field was filled: Return must not cut it."""
        if row is self._filling and not fields_in(row.sentence.text):
            row.begin_editing()
        self._filling = None

    def _on_tab(self, row: SentenceRow, key: Qt.Key) -> bool:
        if key in {Qt.Key.Key_Tab, Qt.Key.Key_Backtab}:
            return self.go_to_field(1 if key == Qt.Key.Key_Tab else -1)
        return False

    def _on_list_key(self, key: Qt.Key) -> bool:
        """Handle a key for the list; a macro's preview takes only Tab, Return and Escape."""
        shown = self._list
        if shown is None:
            return False
        if key == Qt.Key.Key_Escape:
            self._hide_list()
            return True
        number = self._number_of(key, shown)
        if self._mode is not _Mode.MACRO and key in {Qt.Key.Key_Down, Qt.Key.Key_Up}:
            shown.step(1 if key == Qt.Key.Key_Down else -1)
        elif 0 <= number < min(shown.count(), 9):
            self._pick(number)
        else:
            return False
        return True

    def _number_of(self, key: Qt.Key, shown: ChoiceList) -> int:
        """Index of the line that a key picks; -1 for no line."""
        if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            return shown.currentRow()
        if self._mode is _Mode.MACRO:
            return 0 if key == Qt.Key.Key_Tab else -1
        return key - Qt.Key.Key_1

    def _pick(self, index: int) -> None:
        row, words = self._row, self.choices
        self._hide_list()
        if row is None or not 0 <= index < len(words):
            return
        if self._mode is _Mode.MACRO:
            self._put_macro(row)
        elif self._mode is _Mode.MACROS:
            self._macro = self._offered[index]
            self._put_macro(row)
        elif self._mode is _Mode.WORD and index == len(words) - 1:
            self._writing.learn(row.editor.textCursor().selectedText())
        else:
            row.editor.select(self._span)
            row.editor.textCursor().insertText(_without_number(words[index]))
            if self._mode is _Mode.FIELD and not fields_in(row.sentence.text):
                # No field is left: Return may begin the next sentence, and does not split this one.
                row.begin_editing()

    def _choose_field(self, row: SentenceRow, field: Field) -> None:
        self._filling = row
        row.begin_editing()
        row.editor.select((field.start, field.end))
        words = field.choices or ((field.default,) if field.default else ())
        if field.default in words:
            words = (field.default, *(word for word in words if word != field.default))
        if words:
            self._show(_Mode.FIELD, row, (field.start, field.end), _numbered(words))
        else:
            self._hide_list()

    def offer_macros(self, row: SentenceRow) -> None:
        """List the macros that contain the letters before the caret, or all if none does."""
        at = row.editor.chosen[1]
        typed = _TYPED.search(row.editor.words[:at])
        letters = typed[0].casefold() if typed else ""
        found = tuple(m for m in self._writing.macros if letters in _searched(m))
        start = typed.start() if typed and found else at
        self._offered = found or self._writing.macros
        lines = [f"{macro.shortcut}  {_preview(macro)}" for macro in self._offered]
        self._show(_Mode.MACROS, row, (start, at), _numbered(lines))

    def _on_typed(self, row: SentenceRow) -> None:
        if self.choices and self._mode is _Mode.MACROS and row is self._row:
            self.offer_macros(row)
            return
        self._hide_list()
        at = row.editor.chosen[1]
        typed = _TYPED.search(row.editor.words[:at])
        self._macro = self._writing.macro_for(typed[0]) if typed else None
        if typed is not None and self._macro is not None:
            line = f"Return  {self._macro.shortcut}  {_preview(self._macro)}"
            self._show(_Mode.MACRO, row, (typed.start(), at), (line,))

    def put(self, row: SentenceRow, macro: Macro) -> None:
        """Write a macro at the caret of a row, replacing a selection."""
        self._macro, self._span = macro, row.editor.chosen
        self._put_macro(row)

    def _put_macro(self, row: SentenceRow) -> None:
        macro, (start, end) = self._macro, self._span
        self._hide_list()
        if macro is None:
            return
        self._writing.put_macro(row.sentence.id, start, end, macro)
        first = next((f for f in fields_in(row.sentence.text) if f.start >= start), None)
        if first is not None:
            self._choose_field(row, first)
        else:
            row.begin_editing(at=start + len(macro.sentences[0]))

    def _beside(
        self, fields: list[tuple[SentenceRow, Field]], step: int
    ) -> tuple[SentenceRow, Field]:
        here, rows = self._here(), self._rows()
        if step > 0:
            later = [p for p in fields if (rows.index(p[0]), p[1].start) > here]
            return (later or fields)[0]
        earlier = [p for p in fields if (rows.index(p[0]), p[1].end) <= here]
        return (earlier or fields)[-1]

    def _here(self) -> tuple[int, int]:
        """Row and character of the focus; before everything if the focus is elsewhere."""
        for index, row in enumerate(self._rows()):
            if row.editor.hasFocus():
                start, end = row.editor.chosen
                return index, start if start < end else end - 1
            if row.hasFocus():
                return index, -1
        return -1, -1

    def _show(
        self,
        mode: _Mode,
        row: SentenceRow,
        span: tuple[int, int],
        words: tuple[str, ...] | list[str],
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

    def _hide_list(self) -> None:
        if self._list is not None:
            self._list.hide()


def _preview(macro: Macro) -> str:
    words = " ".join(macro.sentences)
    return words if len(words) <= _PREVIEW else words[: _PREVIEW - 1].rstrip() + "…"


def _searched(macro: Macro) -> str:
    return f"{macro.shortcut} {' '.join(macro.sentences)}".casefold()


def _numbered(words: Iterable[str]) -> list[str]:
    """Choices, each after the key that picks it."""
    return [f"{index}  {word}" for index, word in enumerate(words, start=1)]


def _without_number(line: str) -> str:
    """A choice without its key."""
    return re.sub(r"^\d+  ", "", line)
