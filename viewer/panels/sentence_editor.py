"""The text of one sentence: read as print, edited in place, as high as its words.

Plain text only, set with `setPlainText`: a sentence that looks like HTML stays what it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QPalette,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextEdit, QWidget

from viewer.theme.palette import set_look
from viewer.theme.tokens import DARK, REPORT_LINE_HEIGHT, Tokens

Span = tuple[int, int]


class SentenceEditor(QTextEdit):
    """One sentence.

    Signals:
        edited: The text, after the user changed it.
        left: Editing ended.
        split_asked: Return: the author wants another sentence below.
        parted: Return between two words; the number of characters before the caret.
        joined: Backspace before the first word: this sentence goes into the one above.
        removed: Backspace in an empty sentence.
    """

    edited = Signal(str)
    left = Signal()
    split_asked = Signal()
    parted = Signal(int)
    joined = Signal()
    removed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptRichText(False)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setStyleSheet("QTextEdit { background: transparent; border: none; padding: 0; }")
        set_look(self, words="report")
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(0)
        self.textChanged.connect(self._on_text_changed)
        self._is_setting = False
        self.show_text("")
        self.set_editing(is_editing=False)

    @property
    def is_editing(self) -> bool:
        """Whether keys type here."""
        return not self.isReadOnly()

    def show_text(self, text: str) -> None:
        """Replace the words; the caret is left alone if they are the same."""
        if text == self.toPlainText() and not self.document().isEmpty():
            return
        self._is_setting = True
        self.setPlainText(text)
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        block = QTextBlockFormat()
        block.setLineHeight(
            REPORT_LINE_HEIGHT * 100, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value
        )
        cursor.mergeBlockFormat(block)
        self.document().clearUndoRedoStacks()
        self._is_setting = False
        self._fit()

    def mark(
        self,
        asked: Sequence[Span],
        struck: Sequence[Span],
        slips: Sequence[Span] = (),
        tokens: Tokens = DARK,
    ) -> None:
        """Mark words without touching the text.

        Args:
            asked: Characters that wait for a decision: amber.
            struck: Characters that do not count: struck through and dim.
            slips: Words that are misspelled: a wavy line.
            tokens: Colours.
        """
        amber, dim, wavy = QTextCharFormat(), QTextCharFormat(), QTextCharFormat()
        wavy.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SpellCheckUnderline)
        wavy.setUnderlineColor(QColor(tokens.amber))
        amber.setForeground(QColor(tokens.amber))
        amber.setFontUnderline(True)
        dim.setForeground(self.palette().color(QPalette.ColorRole.PlaceholderText))
        dim.setFontStrikeOut(True)
        marks = [self._selection(span, amber) for span in asked]
        marks += [self._selection(span, dim) for span in struck]
        marks += [self._selection(span, wavy) for span in slips]
        self.setExtraSelections(marks)

    def _selection(self, span: Span, look: QTextCharFormat) -> QTextEdit.ExtraSelection:
        selection = QTextEdit.ExtraSelection()
        cursor = QTextCursor(self.document())
        cursor.setPosition(span[0])
        cursor.setPosition(span[1], QTextCursor.MoveMode.KeepAnchor)
        selection.cursor = cursor
        selection.format = look
        return selection

    def set_editing(self, *, is_editing: bool) -> None:
        """Let keys and the mouse edit, or only read."""
        self.setReadOnly(not is_editing)
        flags = Qt.TextInteractionFlag
        self.setTextInteractionFlags(
            flags.TextEditorInteraction if is_editing else flags.NoTextInteraction
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if is_editing else Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not is_editing)
        self.viewport().setAttribute(
            Qt.WidgetAttribute.WA_TransparentForMouseEvents, not is_editing
        )
        self.viewport().setCursor(
            Qt.CursorShape.IBeamCursor if is_editing else Qt.CursorShape.ArrowCursor
        )

    def begin(self, at: int | None = None) -> None:
        """Take the keyboard with the caret at the end, or behind so many characters."""
        self.set_editing(is_editing=True)
        self.moveCursor(QTextCursor.MoveOperation.End)
        if at is not None:
            cursor = self.textCursor()
            cursor.setPosition(min(at, len(self.toPlainText())))
            self.setTextCursor(cursor)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def select(self, span: Span) -> None:
        """Take the keyboard with those characters chosen: typing takes their place."""
        self.begin(span[0])
        cursor = self.textCursor()
        cursor.setPosition(span[1], QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return adds or parts a sentence, Escape ends, Backspace joins or removes."""
        key, at = event.key(), self.textCursor().position()
        text, is_plain = self.toPlainText(), not self.textCursor().hasSelection()
        if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            is_between = is_plain and bool(text[:at].strip()) and bool(text[at:].strip())
            self.parted.emit(at) if is_between else self.split_asked.emit()
        elif key == Qt.Key.Key_Backspace and text and at == 0 and is_plain:
            self.joined.emit()
        elif key == Qt.Key.Key_Escape:
            self.left.emit()
        elif key == Qt.Key.Key_Backspace and self.document().isEmpty():
            self.removed.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Editing ends when the keyboard goes elsewhere, not when a menu opens."""
        super().focusOutEvent(event)
        kept = {Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason}
        if self.is_editing and event.reason() not in kept:
            self.left.emit()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste as one line of plain text."""
        self.insertPlainText(" ".join(source.text().split()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap to the new width and take the height that needs."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Larger words take more height."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def sizeHint(self) -> QSize:
        """As high as the words."""
        return QSize(super().sizeHint().width(), self.height())

    def _on_text_changed(self) -> None:
        if self._is_setting:
            return
        self._fit()
        self.edited.emit(self.toPlainText())

    def _fit(self) -> None:
        line = math.ceil(self.fontInfo().pixelSize() * REPORT_LINE_HEIGHT)
        self.setFixedHeight(max(math.ceil(self.document().size().height()), line))
