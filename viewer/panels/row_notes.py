"""What is to be known or decided about one sentence, under its words.

A note is one line: dim for what is only told, amber for what must be decided, with the keys that
answer it. The same keys are buttons, for a hand on the mouse.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from viewer.theme.palette import set_look
from viewer.theme.tokens import FONT_SIZES

LINE_LETTERS = 52
"""Letters of answers that fit into one line of the narrowest report at their usual size, six for
each button's own edges and key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One way to answer a note.

    Attributes:
        key: In Qt's portable form, e.g. "L".
        text: What it does, one to four words.
    """

    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowNote:
    """One line under a sentence.

    Attributes:
        is_question: Whether something must be decided: amber.
    """

    words: str
    is_question: bool = False
    answers: tuple[Answer, ...] = ()


class RowNotes(QWidget):
    """The notes of one row.

    Signals:
        answered: The key of the answer that was clicked.
    """

    answered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._notes: tuple[RowNote, ...] = ()
        self._letters = LINE_LETTERS
        # A turn later: the style sheet that brought the font is still going round.
        self._regrouping = QTimer(self)
        self._regrouping.setSingleShot(True)
        self._regrouping.setInterval(0)
        self._regrouping.timeout.connect(self._lay_out_notes)
        set_look(self, words="answers")
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

    def show_notes(self, notes: tuple[RowNote, ...]) -> None:
        """Show other notes; the same ones are left alone."""
        if notes == self._notes:
            return
        self._notes = notes
        self._lay_out_notes()

    def changeEvent(self, event: QEvent) -> None:
        """Larger answers stand in more lines."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self._letters != self._letters_in_line():
            self._letters = self._letters_in_line()
            self._regrouping.start()

    def _letters_in_line(self) -> int:
        return LINE_LETTERS * FONT_SIZES["caption"] // self.fontInfo().pixelSize()

    def _lay_out_notes(self) -> None:
        while (item := self._column.takeAt(0)) is not None:
            gone = item.widget()
            if gone is not None:
                gone.hide()
                gone.deleteLater()
        for note in self._notes:
            line = self._line(note)
            self._column.addWidget(line)
            line.show()  # a layout shows its children a turn later
        self.setVisible(bool(self._notes))

    def _line(self, note: RowNote) -> QWidget:
        line = QWidget()
        column = QVBoxLayout(line)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        words = QLabel(note.words)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setWordWrap(True)
        set_look(words, role="amber" if note.is_question else "dim")
        column.addWidget(words)
        for answers in _lines(note.answers, self._letters):
            column.addWidget(self._buttons(answers))
        return line

    def _buttons(self, answers: tuple[Answer, ...]) -> QWidget:
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 2)
        row.setSpacing(4)
        for answer in answers:
            button = QPushButton(f"{answer.key}  {answer.text}")
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            set_look(button, variant="answer")
            button.clicked.connect(lambda _=False, key=answer.key: self.answered.emit(key))
            row.addWidget(button)
        row.addStretch(1)
        return box


def _lines(answers: tuple[Answer, ...], letters: int) -> list[tuple[Answer, ...]]:
    """Answers in lines of so many letters, which fit into the narrowest report."""
    lines: list[tuple[Answer, ...]] = []
    for answer in answers:
        longer = (*lines[-1], answer) if lines else (answer,)
        if lines and sum(len(one.text) + 6 for one in longer) <= letters:
            lines[-1] = longer
        else:
            lines.append((answer,))
    return lines
