"""One sentence of the report: its origin as a 3 px bar, its text, and the keys for it.

Origin (ui.md, report rows): accent for the model's untouched words, accent at half once accepted,
hatched once edited, none for the author's own. A rejected sentence is one dim line.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from engine.domain.report import ReportSentence, SentenceState
from viewer.panels.key_button import KeyButton
from viewer.panels.row_notes import RowNotes
from viewer.panels.sentence_editor import SentenceEditor
from viewer.theme.palette import set_look
from viewer.theme.tokens import RADIUS
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


class ReportRow(QWidget):
    """One sentence.

    Signals:
        key_pressed: `QKeyEvent` while the row, not its editor, has the keyboard; accept it to use.
        accept_asked, reject_asked: The buttons.
        text_edited: The new text.
        add_asked: Another sentence is wanted below.
        split_asked: This one is to be parted after so many characters.
        merge_asked: This one is to go into the one above.
        remove_asked: This one is to go.
        gained_focus: The keyboard came here.
        answered: The key of an answer that was clicked.
    """

    key_pressed = Signal(object)
    accept_asked = Signal()
    reject_asked = Signal()
    text_edited = Signal(str)
    add_asked = Signal()
    split_asked = Signal(int)
    merge_asked = Signal()
    remove_asked = Signal()
    gained_focus = Signal()
    answered = Signal(str)

    def __init__(self, sentence: ReportSentence, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sentence = sentence
        self._is_editable = True
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
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.show_sentence(sentence, is_editable=True)

    @property
    def sentence(self) -> ReportSentence:
        """The sentence as it is shown."""
        return self._sentence

    @property
    def is_editing(self) -> bool:
        """Whether keys type here."""
        return self.editor.is_editing

    def show_sentence(self, sentence: ReportSentence, *, is_editable: bool) -> None:
        """Show another state of the sentence without disturbing a caret in it."""
        self._sentence = sentence
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
        """Put the caret at the end of the sentence, or behind so many characters."""
        if self._is_editable and self._sentence.state is not SentenceState.AI_REJECTED:
            self.editor.begin(at)
            self._show_keys()
            self.update()

    def end_editing(self, *, keep_focus: bool = False) -> None:
        """Back to reading; an author's sentence without words goes."""
        if not self.editor.is_editing:
            return
        self.editor.set_editing(is_editing=False)
        if keep_focus:
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show_keys()
        self.update()
        is_empty = not self.editor.toPlainText().strip()
        if is_empty and self._sentence.state is SentenceState.AUTHOR:
            self.remove_asked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Hand the key to the panel, which knows the commands."""
        event.ignore()
        self.key_pressed.emit(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """An author's own sentence opens at a click, the model's takes the focus."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if self._sentence.state is SentenceState.AUTHOR:
            self.begin_editing()
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click edits."""
        self.begin_editing()
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the keys."""
        super().focusInEvent(event)
        self._show_keys()
        self.gained_focus.emit()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the keys."""
        super().focusOutEvent(event)
        self._show_keys()
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the keys under the pointer too."""
        super().enterEvent(event)
        self._show_keys()

    def leaveEvent(self, event: QEvent) -> None:
        """Hide them again."""
        super().leaveEvent(event)
        self._show_keys()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the ground, the focus ring and the bar of origin."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus() or self.editor.is_editing:
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Accent), 2))
            painter.setBrush(self.palette().color(QPalette.ColorRole.AlternateBase))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        bar = QRectF(_BAR_X, 6, _BAR_WIDTH, self.height() - 12)
        _paint_bar(painter, bar, self._sentence.state, self.palette())
        painter.end()

    def _lay_out(self) -> None:
        set_look(self.collapsed, role="dim")
        self.collapsed.setTextFormat(Qt.TextFormat.PlainText)
        keys = QHBoxLayout(self._keys)
        keys.setContentsMargins(0, 0, 0, 0)
        keys.setSpacing(0)
        keys.addStretch(1)
        for button in (self._accept, self._reject, self._edit):
            keys.addWidget(button)
        self._keys.setFixedWidth(3 * self._accept.width())
        keeps_place = self._keys.sizePolicy()
        keeps_place.setRetainSizeWhenHidden(True)
        self._keys.setSizePolicy(keeps_place)
        row = QHBoxLayout(self)
        # The line height puts its air below the words: more above them centres them in the ring.
        row.setContentsMargins(20, 8, 4, 4)
        row.setSpacing(4)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.editor)
        words.addWidget(self.collapsed)
        words.addWidget(self.notes)
        row.addLayout(words, 1)
        row.addWidget(self._keys, 0, Qt.AlignmentFlag.AlignTop)

    def _connect(self) -> None:
        self._accept.clicked.connect(self.accept_asked)
        self._reject.clicked.connect(self.reject_asked)
        self._edit.clicked.connect(self.begin_editing)
        self.editor.edited.connect(self.text_edited)
        self.editor.split_asked.connect(self.add_asked)
        self.editor.parted.connect(self.split_asked)
        self.editor.joined.connect(self.merge_asked)
        self.editor.removed.connect(self.end_editing)
        self.editor.left.connect(self._on_left)
        self.notes.answered.connect(self.answered)

    def _on_left(self) -> None:
        self.end_editing(keep_focus=self.editor.hasFocus())

    def _show_keys(self) -> None:
        is_wanted = (self.hasFocus() or self.underMouse()) and not self.editor.is_editing
        self._keys.setVisible(self._is_editable and is_wanted)


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
