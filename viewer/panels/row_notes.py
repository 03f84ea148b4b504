"""Notes and questions under a sentence.

A note is one line: dim for information, amber for a question, with answers. Each answer is a
button, which names its key while the key answers. Selecting a sentence does not change its
height, so that no row moves.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from viewer.theme.fonts import sans_font
from viewer.theme.palette import set_look
from viewer.theme.tokens import FONT_SIZES
from viewer.widgets.elided_label import ElidedLabel

_BUTTON, _GAP = 18, 4
"""Pixels around the words of a button, and between two of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer to a note.

    Attributes:
        key: In Qt's portable form, e.g. "L".
        text: Its effect, in one to four words.
    """

    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowNote:
    """One line under a sentence.

    Attributes:
        is_question: Whether the reader must decide something; shown in amber.
        prompt: Added to the words when the note offers answers.
        is_for_selected: Whether only a selected sentence shows it; its space is kept.
        names_keys: Whether its keys answer from other sentences too.
        is_one_line: Whether words that do not fit are left to the tool tip.
    """

    words: str
    is_question: bool = False
    answers: tuple[Answer, ...] = ()
    prompt: str = ""
    is_for_selected: bool = False
    names_keys: bool = False
    is_one_line: bool = False


class RowNotes(QWidget):
    """The notes of one row.

    Signals:
        answered: Key of the answer that was clicked.
    """

    answered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._notes: tuple[RowNote, ...] = ()
        self._is_selected = False
        self._names_keys = False
        self._laid_out_for = (0, 0)
        # One turn later, because the style sheet that changed the font is still being applied.
        self._regrouping = QTimer(self)
        self._regrouping.setSingleShot(True)
        self._regrouping.setInterval(0)
        self._regrouping.timeout.connect(self._lay_out_notes)
        set_look(self, words="answers")
        # The report gives the width; answers that do not fit in it go to the next line.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._shown: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 4)
        self._column.setSpacing(2)
        self.hide()

    @property
    def notes(self) -> tuple[RowNote, ...]:
        """The notes from top to bottom."""
        return self._notes

    @property
    def keys(self) -> frozenset[str]:
        """Keys that answer one of the notes."""
        return frozenset(answer.key for note in self._notes for answer in note.answers)

    def show_notes(self, notes: tuple[RowNote, ...], *, is_selected: bool) -> None:
        """Show notes; equal ones are left alone.

        Args:
            notes: From top to bottom.
            is_selected: Whether the sentence is the one that the reader is at.
        """
        is_other, self._is_selected = is_selected != self._is_selected, is_selected
        if notes != self._notes:
            self._notes = notes
            self._lay_out_notes()
        elif is_other:
            self._show_lines()

    def name_keys(self, *, are_named: bool) -> None:
        """Name the keys of the answers while they answer, and not while letters are text."""
        if are_named != self._names_keys:
            self._names_keys = are_named
            if self.keys:
                self._lay_out_notes()

    def changeEvent(self, event: QEvent) -> None:
        """Wrap the answers again for another font size."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._wrap_again()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap the answers to the new width."""
        super().resizeEvent(event)
        self._wrap_again()

    def _wrap_again(self) -> None:
        if self._notes and self._laid_out_for != (self.width(), self.fontInfo().pixelSize()):
            self._regrouping.start()

    def _lay_out_notes(self) -> None:
        self._laid_out_for = self.width(), self.fontInfo().pixelSize()
        # Each line shown in a visible parent would lay out the whole report at once.
        self.hide()
        while (item := self._column.takeAt(0)) is not None:
            gone = item.widget()
            if gone is not None:
                gone.hide()
                gone.deleteLater()
        self._shown = [self._line(note) for note in self._notes]
        for line in self._shown:
            keeps_place = line.sizePolicy()
            keeps_place.setRetainSizeWhenHidden(True)
            line.setSizePolicy(keeps_place)
            self._column.addWidget(line)
        self._show_lines()
        self.setVisible(bool(self._notes))

    def _show_lines(self) -> None:
        """Show the lines at once, which a layout would do one turn later."""
        for note, line in zip(self._notes, self._shown, strict=True):
            line.setVisible(self._is_selected or not note.is_for_selected)

    def _line(self, note: RowNote) -> QWidget:
        line = QWidget()
        column = QVBoxLayout(line)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        words = self._words(note)
        lines = self._lines(note.answers)
        of_words = self._width(words.text(), FONT_SIZES["base"]) + 2 * _GAP
        if len(lines) == 1 and of_words + self._width_of(lines[0]) <= self.width():
            words.setWordWrap(False)
            column.addWidget(self._buttons(note, lines[0], words))
            return line
        column.addWidget(words)
        for answers in lines:
            column.addWidget(self._buttons(note, answers))
        return line

    def _words(self, note: RowNote) -> QLabel:
        text = f"{note.words} {note.prompt}" if note.answers else note.words
        words = ElidedLabel(text) if note.is_one_line else QLabel(text)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setWordWrap(not note.is_one_line)
        set_look(words, role="amber" if note.is_question else "dim")
        return words

    def _buttons(
        self, note: RowNote, answers: tuple[Answer, ...], before: QLabel | None = None
    ) -> QWidget:
        are_named = self._names_keys or note.names_keys
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 2)
        row.setSpacing(4)
        if before is not None:
            row.addWidget(before)
            row.addSpacing(4)
        for answer in answers:
            button = QPushButton(f"{answer.key}  {answer.text}" if are_named else answer.text)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            set_look(button, variant="answer" if are_named else "aside")
            button.clicked.connect(lambda _=False, key=answer.key: self.answered.emit(key))
            row.addWidget(button)
        row.addStretch(1)
        return box

    def _lines(self, answers: tuple[Answer, ...]) -> list[tuple[Answer, ...]]:
        """Answers in lines as wide as the notes."""
        lines: list[tuple[Answer, ...]] = []
        for answer in answers:
            longer = (*lines[-1], answer) if lines else (answer,)
            if lines and self._width_of(longer) <= self.width():
                lines[-1] = longer
            else:
                lines.append((answer,))
        return lines

    def _width_of(self, answers: tuple[Answer, ...]) -> int:
        """Width of buttons side by side, with the keys that a selected sentence shows."""
        caption = FONT_SIZES["caption"]
        words = (self._width(f"{one.key}  {one.text}", caption) for one in answers)
        return sum(width + _BUTTON + _GAP for width in words)

    def _width(self, text: str, size: int) -> int:
        """Width of words in a size of `FONT_SIZES`, at the size of the report."""
        font = sans_font()
        font.setPixelSize(size * self.fontInfo().pixelSize() // FONT_SIZES["caption"])
        return QFontMetrics(font).horizontalAdvance(text)
