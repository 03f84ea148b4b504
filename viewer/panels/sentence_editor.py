"""The text of one sentence: read like print, edited in place, as high as its text.

Only plain text, set with `setPlainText`: a sentence that looks like HTML stays as it is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QMimeData, QPoint, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QPalette,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextEdit, QWidget

from viewer.panels.pasted_text import pasted_lines
from viewer.theme.palette import set_look, tokens_in_use
from viewer.theme.tokens import REPORT_LINE_HEIGHT

Span = tuple[int, int]
# The whole report has one undo history; a sentence has none of its own.
_OF_THE_REPORT = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)
# Line ends that a document stores as the end of a paragraph.
_LINE_ENDS = re.compile(r"\r\n|\r|\u2029")


class SentenceEditor(QTextEdit):
    """Shows and edits one sentence.

    Signals:
        edited: The text, after the user changed it.
        left: Editing ended.
        add_asked: Return at either end of the text: add a sentence below.
        split_asked: Return between two words: split after this many characters.
        pasted: Lines pasted after the first one, each a sentence of its own.
        merge_asked: Backspace before the first word: merge into the sentence above.
        emptied: Backspace in an empty sentence.
    """

    edited = Signal(str)
    left = Signal()
    add_asked = Signal()
    split_asked = Signal(int)
    pasted = Signal(tuple)
    merge_asked = Signal()
    emptied = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptRichText(False)
        self.setUndoRedoEnabled(False)
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
        self.setAccessibleName("Sentence")
        self._is_setting = False
        self._highlighted: tuple[tuple[Span, ...], ...] = ((), (), ())
        self._of_words: str | None = None
        self._put_text("")
        self.set_editing(is_editing=False)

    @property
    def is_editing(self) -> bool:
        """Whether keys are text here."""
        return not self.isReadOnly()

    @property
    def words(self) -> str:
        """The text, letter for letter: `toPlainText` would turn no-break spaces into spaces."""
        return self.document().toRawText().replace("\u2029", "\n")

    @property
    def chosen(self) -> Span:
        """Start and end of the selection in characters; both are the caret without one."""
        cursor, text = self.textCursor(), self.words
        return (
            character_position(text, cursor.selectionStart()),
            character_position(text, cursor.selectionEnd()),
        )

    def show_text(self, text: str) -> None:
        """Replace the text. Equal text leaves the caret and an input method's composition alone."""
        old, new = self.words, _LINE_ENDS.sub("\n", text)
        if new == old:
            return
        self._put_text(text)
        if self.is_editing:
            # After what changed, because the change (an undo, a macro) came from elsewhere.
            pairs = enumerate(zip(reversed(old), reversed(new), strict=False))
            same = next((i for i, (one, other) in pairs if one != other), min(len(old), len(new)))
            cursor = self.textCursor()
            cursor.setPosition(qt_position(new, len(new) - same))
            self.setTextCursor(cursor)

    def _put_text(self, text: str) -> None:
        self._is_setting = True
        self._of_words = None
        self.setPlainText(text)
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        block = QTextBlockFormat()
        block.setLineHeight(
            REPORT_LINE_HEIGHT * 100, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value
        )
        cursor.mergeBlockFormat(block)
        self._is_setting = False
        self._fit()

    def highlight(
        self,
        asked: Sequence[Span],
        struck: Sequence[Span],
        slips: Sequence[Span] = (),
    ) -> None:
        """Mark words without changing the text.

        Args:
            asked: Characters that need a decision: amber.
            struck: Characters that do not count: struck through and dim.
            slips: Misspelled words: a wavy line.
        """
        # This runs for every row at every letter; most have no marks, or the same ones.
        wanted = (tuple(asked), tuple(struck), tuple(slips))
        if wanted == self._highlighted and (self._of_words == self.words or not any(wanted)):
            return
        self._highlighted, self._of_words = wanted, self.words
        colour = tokens_in_use().amber
        amber, dim, wavy = QTextCharFormat(), QTextCharFormat(), QTextCharFormat()
        wavy.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SpellCheckUnderline)
        wavy.setUnderlineColor(QColor(colour))
        amber.setForeground(QColor(colour))
        amber.setFontUnderline(True)
        dim.setForeground(self.palette().color(QPalette.ColorRole.PlaceholderText))
        dim.setFontStrikeOut(True)
        highlights = [self._selection(span, amber) for span in asked]
        highlights += [self._selection(span, dim) for span in struck]
        highlights += [self._selection(span, wavy) for span in slips]
        self.setExtraSelections(highlights)

    def _selection(self, span: Span, look: QTextCharFormat) -> QTextEdit.ExtraSelection:
        selection = QTextEdit.ExtraSelection()
        cursor, text = QTextCursor(self.document()), self.words
        cursor.setPosition(qt_position(text, span[0]))
        cursor.setPosition(qt_position(text, span[1]), QTextCursor.MoveMode.KeepAnchor)
        selection.cursor = cursor
        selection.format = look
        return selection

    def set_editing(self, *, is_editing: bool) -> None:
        """Switch between editing and reading."""
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

    def character_at(self, point: QPoint) -> int:
        """Index of the character after a caret placed at a point of this widget."""
        units = self.cursorForPosition(self.viewport().mapFrom(self, point)).position()
        return character_position(self.words, units)

    def begin(self, at: int | None = None) -> None:
        """Take the focus with the caret at the end, or after `at` characters."""
        self.set_editing(is_editing=True)
        self.moveCursor(QTextCursor.MoveOperation.End)
        if at is not None:
            cursor = self.textCursor()
            cursor.setPosition(qt_position(self.words, at))
            self.setTextCursor(cursor)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def select(self, span: Span) -> None:
        """Take the focus with characters selected, so that typing replaces them."""
        self.begin(span[0])
        cursor = self.textCursor()
        cursor.setPosition(qt_position(self.words, span[1]), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return adds or splits a sentence, Escape ends editing, Backspace merges or removes."""
        key, (at, end), text = event.key(), self.chosen, self.words
        is_plain = at == end
        if any(event.matches(keys) for keys in _OF_THE_REPORT):
            event.ignore()
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            is_between = is_plain and bool(text[:at].strip()) and bool(text[at:].strip())
            self.split_asked.emit(at) if is_between else self.add_asked.emit()
        elif key == Qt.Key.Key_Backspace and text and at == 0 and is_plain:
            self.merge_asked.emit()
        elif key == Qt.Key.Key_Escape:
            self.left.emit()
        elif key == Qt.Key.Key_Backspace and self.document().isEmpty():
            self.emptied.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """End editing when the focus goes elsewhere, but not when a menu opens."""
        super().focusOutEvent(event)
        kept = {Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason}
        if self.is_editing and event.reason() not in kept:
            caret = self.textCursor()
            caret.clearSelection()
            self.setTextCursor(caret)
            self.left.emit()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste plain text: the first line here, the others as sentences below.

        Words behind the caret follow the last line.
        """
        first, *others = pasted_lines(source) or ("",)
        if not others:
            self.insertPlainText(first)
            return
        cursor = self.textCursor()
        cursor.removeSelectedText()
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        tail = cursor.selectedText()
        cursor.insertText(first)
        self.setTextCursor(cursor)
        self.pasted.emit((*others[:-1], others[-1] + tail))

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Accept HTML without plain text too; its words are pasted."""
        return source.hasText() or source.hasHtml()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap to the new width and adjust the height."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Adjust the height to another font size."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def sizeHint(self) -> QSize:
        """As high as the text."""
        return QSize(super().sizeHint().width(), self.height())

    def _on_text_changed(self) -> None:
        if self._is_setting:
            return
        self._fit()
        self.edited.emit(self.words)

    def _fit(self) -> None:
        line = math.ceil(self.fontInfo().pixelSize() * REPORT_LINE_HEIGHT)
        self.setFixedHeight(max(math.ceil(self.document().size().height()), line))


# Qt counts UTF-16 code units, of which an emoji or a rare CJK letter has two. Python counts
# characters, and every position that leaves this class is Python's.
def qt_position(text: str, character: int) -> int:
    """Number of UTF-16 code units before a character; past the end, of the whole text."""
    return len(text[:character].encode("utf-16-le", "surrogatepass")) // 2


def character_position(text: str, units: int) -> int:
    """Number of whole characters within this many UTF-16 code units."""
    head = text.encode("utf-16-le", "surrogatepass")[: 2 * units]
    return len(head.decode("utf-16-le", "ignore"))
