"""A sentence of the report: its origin as a 3 px bar, its text, and buttons with their keys.

Origin: accent for untouched drafted text, accent at half opacity once accepted, hatched once
edited, none for the author's own. A rejected sentence is one dim line.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QInputMethodEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QVBoxLayout, QWidget

from engine.domain.report import ReportSentence, SentenceState
from viewer.panels.row_notes import RowNotes
from viewer.panels.sentence_editor import SentenceEditor
from viewer.theme.fonts import sans_font
from viewer.theme.palette import set_look
from viewer.theme.size import keep, px
from viewer.theme.tokens import FONT_SIZES, RADIUS
from viewer.widgets.elided_label import ElidedLabel

_BAR_X, _BAR_WIDTH = 8, 3
_HATCH_STEP = 4.0

_STATE_WORDS = {
    SentenceState.AI_UNREVIEWED: "from the draft, not reviewed",
    SentenceState.AI_ACCEPTED: "from the draft, accepted",
    SentenceState.AI_EDITED: "from the draft, edited",
    SentenceState.AI_REJECTED: "rejected",
    SentenceState.AUTHOR: "yours",
}
_KEY_SIDE = 24


class SentenceRow(QWidget):
    """A sentence. Its `editor` signals what is typed.

    Attributes:
        marked_for: What its notes and marks were last made from; None once its words are new.

    Signals:
        composed: Words that an input method finished while the row has the focus and not its
            editor.
        key_pressed: `QKeyEvent` while the row has the focus and not its editor; accept it if used.
        accept_asked, reject_asked: The buttons.
        remove_asked: Remove this sentence, which was left without words.
        gained_focus: The row got the focus.
        answered: Key of an answer that was clicked.
    """

    composed = Signal(str)
    key_pressed = Signal(object)
    accept_asked = Signal()
    reject_asked = Signal()
    remove_asked = Signal()
    gained_focus = Signal()
    answered = Signal(str)

    def __init__(self, sentence: ReportSentence, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sentence = sentence
        self.marked_for: object = None
        self._is_editable = True
        self._takes_letters = True
        self.editor = SentenceEditor()
        self.collapsed = ElidedLabel()
        self.notes = RowNotes()
        self._accept = KeyButton("A", "Accept")
        self._reject = KeyButton("X", "Reject")
        self._edit = KeyButton("E", "Edit")
        self._keys = QWidget()
        self._lay_out()
        self._connect()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
        self.setInputMethodHints(Qt.InputMethodHint.ImhPreferLatin)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._show(sentence, is_editable=True)

    @property
    def sentence(self) -> ReportSentence:
        """The sentence as it is shown."""
        return self._sentence

    @property
    def is_editing(self) -> bool:
        """Whether keys are text here."""
        return self.editor.is_editing

    def show_sentence(self, sentence: ReportSentence, *, is_editable: bool) -> None:
        """Show another state of the sentence without moving a caret in it."""
        # Each letter shows the whole report anew: what stands is left alone.
        is_shown = sentence is self._sentence and is_editable == self._is_editable
        if not (is_shown and self.editor.words == sentence.text):
            self._show(sentence, is_editable=is_editable)

    def _show(self, sentence: ReportSentence, *, is_editable: bool) -> None:
        self._sentence = sentence
        self.marked_for = None
        self._is_editable = is_editable
        is_rejected = sentence.state is SentenceState.AI_REJECTED
        self.editor.show_text(sentence.text)
        self.editor.setVisible(not is_rejected)
        why = f"  ({sentence.reason})" if sentence.reason else ""
        self.collapsed.setText(f"Rejected{why}  ·  {sentence.draft_text}")
        self.collapsed.setVisible(is_rejected)
        self._accept.setVisible(sentence.state is SentenceState.AI_UNREVIEWED)
        self._reject.setVisible(sentence.state is not SentenceState.AUTHOR)
        self._reject.setToolTip("Bring it back  X" if is_rejected else "Reject  X")
        self._edit.setVisible(not is_rejected)
        self.setAccessibleName(f"{sentence.text} ({_STATE_WORDS[sentence.state]})")
        own = f"The model wrote: {sentence.raw}" if sentence.raw else ""
        self.setToolTip(own)
        self._show_keys()
        self.update()

    def begin_editing(self, *, at: int | None = None) -> None:
        """Put the caret at the end of the sentence, or after `at` characters."""
        if self._is_editable and self._sentence.state is not SentenceState.AI_REJECTED:
            self.editor.begin(at)
            self._show_keys()
            self.update()

    def end_editing(self, *, keep_focus: bool = False) -> None:
        """Leave the editor. An author's sentence without words is removed."""
        if not self.editor.is_editing:
            return
        self.editor.set_editing(is_editing=False)
        if keep_focus:
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show_keys()
        self.update()
        if not has_words(self.editor.words) and self._sentence.state is SentenceState.AUTHOR:
            self.remove_asked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Pass the key to the panel, which knows the commands."""
        if not self._takes_letters and event.text().isprintable() and event.text():
            event.accept()
            return
        event.ignore()
        self.key_pressed.emit(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Pass finished words to the panel; a dead key and its letter are such words too."""
        event.accept()
        if event.commitString().strip():
            self.composed.emit(event.commitString())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Put the caret where the text is clicked; a click beside it focuses the sentence.

        Words that cannot be edited take no caret, so letters typed after a click on them are meant
        for none of the commands.
        """
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        point = event.position().toPoint()
        self._takes_letters = not any(
            part.isVisible() and part.geometry().contains(point)
            for part in (self.collapsed, self.notes)
        )
        self._show_keys()
        at = self.editor.mapFrom(self, point)
        if self.editor.isVisible() and self.editor.rect().contains(at):
            self.begin_editing(at=self.editor.character_at(at))
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Edit also on a double click beside the text."""
        self.begin_editing()
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the buttons."""
        super().focusInEvent(event)
        self._takes_letters = True
        self._show_keys()
        self.gained_focus.emit()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the buttons."""
        super().focusOutEvent(event)
        self._show_keys()
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the buttons under the pointer too."""
        super().enterEvent(event)
        self._show_keys()

    def leaveEvent(self, event: QEvent) -> None:
        """Hide the buttons."""
        super().leaveEvent(event)
        self._show_keys()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw ground, focus ring and bar of origin."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if (self.hasFocus() and self._takes_letters) or self.editor.is_editing:
            self._paint_ground(painter)
        bar = QRectF(_BAR_X, 6, _BAR_WIDTH, self.height() - 12)
        _paint_bar(painter, bar, self._sentence.state, self.palette())
        painter.end()

    def _paint_ground(self, painter: QPainter) -> None:
        """A ring in accent while keys are commands; a page with an edge while keys are text."""
        area, palette = QRectF(self.rect()), self.palette()
        if self.editor.is_editing:
            painter.setPen(QPen(palette.color(QPalette.ColorRole.PlaceholderText), 1))
            painter.setBrush(palette.color(QPalette.ColorRole.Base))
            edge = 0.5
        else:
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Accent), 2))
            painter.setBrush(palette.color(QPalette.ColorRole.AlternateBase))
            edge = 1.0
        painter.drawRoundedRect(area.adjusted(edge, edge, -edge, -edge), RADIUS, RADIUS)

    def _lay_out(self) -> None:
        set_look(self.collapsed, role="dim")
        self.collapsed.setTextFormat(Qt.TextFormat.PlainText)
        keys = QHBoxLayout(self._keys)
        keys.setContentsMargins(0, 0, 0, 0)
        keys.setSpacing(0)
        keys.addStretch(1)
        for button in (self._accept, self._reject, self._edit):
            keys.addWidget(button)
        keep(self._keys, width=3 * _KEY_SIDE)
        keeps_place = self._keys.sizePolicy()
        keeps_place.setRetainSizeWhenHidden(True)
        self._keys.setSizePolicy(keeps_place)
        row = QHBoxLayout()
        row.setSpacing(4)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.editor)
        words.addWidget(self.collapsed)
        row.addLayout(words, 1)
        row.addWidget(self._keys, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        # The line height adds space below the text; more above it centres the text in the ring.
        column.setContentsMargins(20, 8, 4, 4)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self.notes)

    def _connect(self) -> None:
        self._accept.clicked.connect(self.accept_asked)
        self._reject.clicked.connect(self.reject_asked)
        self._edit.clicked.connect(self.begin_editing)
        self.editor.emptied.connect(self.end_editing)
        self.editor.left.connect(self._on_left)
        self.notes.answered.connect(self.answered)

    def _on_left(self) -> None:
        self.end_editing(keep_focus=self.editor.hasFocus())

    def _show_keys(self) -> None:
        is_wanted = (self.hasFocus() or self.underMouse()) and not self.editor.is_editing
        self._keys.setVisible(self._is_editable and is_wanted)
        self.notes.name_keys(are_named=self.hasFocus() and self._takes_letters)


def has_words(text: str) -> bool:
    """Whether text can be a sentence: a single letter is a slip of the hand.

    Of scripts without capitals a letter can be a word.
    """
    words = text.strip()
    return bool(words) and not (len(words) == 1 and words.lower() != words.upper())


def _paint_bar(painter: QPainter, bar: QRectF, state: SentenceState, palette: QPalette) -> None:
    accent = palette.color(QPalette.ColorRole.Accent)
    painter.setPen(Qt.PenStyle.NoPen)
    if state is SentenceState.AI_UNREVIEWED:
        painter.fillRect(bar, accent)
    elif state is SentenceState.AI_ACCEPTED:
        painter.fillRect(bar, QColor(accent.red(), accent.green(), accent.blue(), 128))
    elif state is SentenceState.AI_EDITED:
        _paint_hatch(painter, bar, accent)
    elif state is SentenceState.AI_REJECTED:
        painter.fillRect(bar, palette.color(QPalette.ColorRole.Mid))


def _paint_hatch(painter: QPainter, bar: QRectF, colour: QColor) -> None:
    painter.save()
    painter.setClipRect(bar)
    painter.setBrush(colour)
    y = bar.top() - _BAR_WIDTH
    while y < bar.bottom():
        left, right, half = bar.left(), bar.right(), _HATCH_STEP / 2
        painter.drawPolygon(
            QPolygonF(
                [
                    QPointF(left, y + _BAR_WIDTH),
                    QPointF(right, y),
                    QPointF(right, y + half),
                    QPointF(left, y + _BAR_WIDTH + half),
                ]
            )
        )
        y += _HATCH_STEP
    painter.restore()


class KeyButton(QAbstractButton):
    """A button of 24 × 24 px, dim until the pointer is over it.

    Args:
        key: The letter on it.
        tip: Its effect.
    """

    def __init__(self, key: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(key)
        self.setToolTip(f"{tip}  {key}")
        self.setAccessibleName(tip)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        keep(self, width=_KEY_SIDE, height=_KEY_SIDE)

    def sizeHint(self) -> QSize:
        """The least size of a click target."""
        return QSize(px(_KEY_SIDE), px(_KEY_SIDE))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the key cap and its letter."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, box = self.palette(), QRectF(self.rect()).adjusted(2.5, 2.5, -2.5, -2.5)
        is_hot = self.underMouse()
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Mid), 1))
        painter.setBrush(
            palette.color(QPalette.ColorRole.Light)
            if is_hot
            else QColor(Qt.GlobalColor.transparent)
        )
        painter.drawRoundedRect(box, RADIUS - 1, RADIUS - 1)
        role = QPalette.ColorRole.WindowText if is_hot else QPalette.ColorRole.PlaceholderText
        painter.setPen(palette.color(role))
        painter.setFont(sans_font(FONT_SIZES["caption"]))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.text())
        painter.end()
