"""The base of all dialogs: a heading, a column, buttons, and a dimmed window behind.

A sheet blocks only its own window, and closing it with Escape is always the harmless answer. It is
as high as its contents. On a smaller screen, or with text at 300 %, the column scrolls and the
buttons stay visible.
"""

from __future__ import annotations

from typing import ClassVar, Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHideEvent, QKeyEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from viewer.theme.palette import set_look
from viewer.theme.size import px

EDGE: Final = 24
"""Margin around the contents, in px."""
SCREEN_MARGIN: Final = 48
"""Width and height of the screen left free, in px: for a title bar, and the window behind."""
_SCROLL_BAR: Final = 10


class Sheet(QDialog):
    """A window-modal dialog.

    Args:
        title: Text of the title bar; never a patient's name.
        width: Width in px.
        parent: The window.
    """

    veil = QColor(0, 0, 0, 150)
    """Colour laid over the window behind."""
    covers_all: ClassVar = False
    """Whether no other sheet may open over the window while this one is open."""
    is_beside_films = False
    """Whether the sheet stands at the window's right edge and leaves the films undimmed."""

    def __init__(self, title: str, width: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._wanted_width = px(width)
        self._scrim: _Scrim | None = None
        self.late: list[Sheet] = []
        self._body = QWidget()
        self.column = QVBoxLayout(self._body)
        self.column.setContentsMargins(EDGE, EDGE, EDGE, EDGE - 4)
        self.column.setSpacing(12)
        self._into = self.column
        self._foot = QHBoxLayout()
        self._foot.setContentsMargins(EDGE, 0, EDGE, 0)
        self._foot.setSpacing(8)
        self._foot.addStretch(1)
        self._question = _DiscardQuestion()
        self._question.kept.connect(self._keep_writing)
        self._question.discarded.connect(self._discard)
        self._scroll = _scrolled(self._body)
        self._body.installEventFilter(self)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        whole.addWidget(self._scroll, 1)
        whole.addLayout(self._foot)
        whole.addWidget(self._question)
        self._question.hide()
        self.fit()

    def holds_words(self) -> bool:
        """Whether closing would lose typed text."""
        return False

    def reject(self) -> None:
        """Close. If text was typed, ask first; a second Escape then keeps it."""
        if not self.holds_words():
            super().reject()
        elif self._question.isVisible():
            self._keep_writing()
        else:
            self._question.show()
            self.fit()
            self._question.keep.setFocus()

    def _discard(self) -> None:
        super().reject()

    def _keep_writing(self) -> None:
        self._question.hide()
        self.fit()

    def add_heading(self, text: str) -> QLabel:
        """Add a large line of plain text."""
        return self.add_label(text, role="title")

    def add_label(self, text: str, *, role: str = "") -> QLabel:
        """Add a paragraph of plain text."""
        label = QLabel(text)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        if role:
            set_look(label, role=role)
        self._into.addWidget(label)
        return label

    def add_field(self, caption: str, field: QWidget) -> None:
        """Add a widget under its caption."""
        label = QLabel(caption)
        set_look(label, role="caption")
        field.setAccessibleName(caption)
        group = QVBoxLayout()
        group.setSpacing(4)
        group.addWidget(label)
        group.addWidget(field)
        self._into.addLayout(group)

    def add_beside(self, widget: QWidget) -> None:
        """Add a widget at the left; labels and fields added after it go to its right."""
        row = QHBoxLayout()
        row.setSpacing(EDGE)
        row.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)
        self._into = QVBoxLayout()
        self._into.setSpacing(12)
        row.addLayout(self._into, 1)
        self.column.addLayout(row)

    def add_buttons(self, *buttons: QPushButton) -> None:
        """Add buttons at the lower right; Enter in a field presses none of them."""
        self._foot.setContentsMargins(EDGE, 8, EDGE, EDGE - 4)
        for button in buttons:
            button.setAutoDefault(False)
            self._foot.addWidget(button)

    def fit(self) -> None:
        """Fit the height to the contents, within the screen."""
        most = self.available_size() - QSize(SCREEN_MARGIN, SCREEN_MARGIN)
        width = min(self._wanted_width, most.width())
        foot = self._foot.sizeHint().height()
        if not self._question.isHidden():
            foot += self._question.sizeHint().height()
        words = self._height_of_words(width)
        scrolls = words + foot > most.height()
        if scrolls:
            words = self._height_of_words(width - _SCROLL_BAR)
        # Set by hand: a bar that Qt shows makes the column narrower, its text higher, and so the
        # bar necessary.
        policy = Qt.ScrollBarPolicy
        self._scroll.setVerticalScrollBarPolicy(
            policy.ScrollBarAlwaysOn if scrolls else policy.ScrollBarAlwaysOff
        )
        self._body.setMinimumHeight(words)
        size = QSize(width, min(words + foot, most.height()))
        if size != self.size():
            self.setFixedSize(size)

    def available_size(self) -> QSize:
        """Size that the screen has available, in px."""
        return self.screen().availableSize()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fit the height again when the contents change."""
        if watched is self._body and event.type() == QEvent.Type.LayoutRequest:
            self.fit()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes, Return presses nothing, other unused keys scroll."""
        bar = self._scroll.verticalScrollBar()
        steps = {
            Qt.Key.Key_Down: bar.singleStep(),
            Qt.Key.Key_Up: -bar.singleStep(),
            Qt.Key.Key_PageDown: bar.pageStep(),
            Qt.Key.Key_PageUp: -bar.pageStep(),
        }
        step = steps.get(Qt.Key(event.key()))
        if step is not None:
            bar.setValue(bar.value() + step)
        elif event.key() not in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            super().keyPressEvent(event)

    def _height_of_words(self, width: int) -> int:
        if self.column.hasHeightForWidth():
            return self.column.totalHeightForWidth(width)
        return self.column.totalSizeHint().height()

    def setVisible(self, visible: bool) -> None:  # noqa: FBT001 - Qt's
        """Show or hide the sheet; over a lock screen it waits until the window is unlocked.

        An answer requested before the lock can arrive after it, and must not show a patient.
        """
        lock = None if self.covers_all else _lock_over(self.parentWidget())
        if lock is None or not visible:
            super().setVisible(visible)
        else:
            lock.late.append(self)

    def show_late(self) -> None:
        """Open the sheets that waited while this one covered the window."""
        late, self.late = self.late, []
        for sheet in late:
            sheet.open()

    def showEvent(self, event: QShowEvent) -> None:
        """Dim the window behind."""
        self.fit()
        super().showEvent(event)
        parent = self.parentWidget()
        if parent is not None and self.is_beside_films:
            area = parent.window().geometry()
            left = area.right() - self.width() - SCREEN_MARGIN // 2
            self.move(left, area.center().y() - self.height() // 2)
        elif parent is not None and self._scrim is None:
            self._scrim = _Scrim(parent.window(), self.veil)
            self._scrim.show()

    def hideEvent(self, event: QHideEvent) -> None:
        """Undim the window and activate it, which not every desktop does by itself."""
        super().hideEvent(event)
        parent = self.parentWidget()
        if parent is not None:
            parent.window().activateWindow()
        if self._scrim is not None:
            self._scrim.hide()
            self._scrim.deleteLater()
            self._scrim = None


def tell_demo_passphrase(field: QLineEdit, *, is_demo: bool) -> None:
    """Show the demo's passphrase in its field, because nobody can know it."""
    if is_demo:
        field.setPlaceholderText("The demo's passphrase is: demo")


class _DiscardQuestion(QWidget):
    """Asks whether typed text may be discarded.

    Signals:
        kept, discarded: The answer.
    """

    kept = Signal()
    discarded = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.keep = QPushButton("Keep writing  Esc")
        self.discard = QPushButton("Discard")
        words = QLabel("What you typed is not kept yet. Discard it?")
        set_look(words, role="amber")
        row = QHBoxLayout(self)
        row.setContentsMargins(EDGE, 0, EDGE, EDGE - 4)
        row.addWidget(words, 1)
        for button in (self.discard, self.keep):
            button.setAutoDefault(False)
            row.addWidget(button)
        set_look(self.discard, variant="quiet")
        self.keep.clicked.connect(self.kept)
        self.discard.clicked.connect(self.discarded)


def _scrolled(body: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidget(body)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.verticalScrollBar().setSingleStep(24)
    return area


def _lock_over(parent: QWidget | None) -> Sheet | None:
    sheets = [] if parent is None else parent.window().findChildren(Sheet)
    return next((sheet for sheet in sheets if sheet.covers_all and sheet.isVisible()), None)


class _Scrim(QWidget):
    """A dark veil over the whole window, through resizing and added widgets."""

    def __init__(self, window: QWidget, veil: QColor) -> None:
        super().__init__(window)
        self._over, self._veil = window, veil
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._follow()
        window.installEventFilter(self)

    def eventFilter(self, _window: QObject, event: QEvent) -> bool:
        """Cover widgets added later too, such as films back from an unplugged monitor."""
        if event.type() in {QEvent.Type.Resize, QEvent.Type.ChildAdded}:
            self._follow()
        return False

    def _follow(self) -> None:
        self.setGeometry(self._over.rect())
        self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the veil."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._veil)
        painter.end()
