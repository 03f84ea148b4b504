"""What the product's few dialogs share: a heading, a column, buttons, and a dimmed window behind.

A sheet stops only its own window, and closing it by Escape is always the harmless answer. It is as
high as its words need; where the screen is smaller (a small one, or words at 300 %), the column
scrolls and the buttons stay.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QColor, QHideEvent, QKeyEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from viewer.theme.palette import set_look

EDGE: Final = 24
"""Between a sheet's edge and its words, in px."""
ROOM: Final = 48
"""What is left free of the screen's width and height, in px: a title bar, and the window behind."""
_SCROLL_BAR: Final = 10


class Sheet(QDialog):
    """A window-modal dialog.

    Args:
        title: In the title bar; never a patient's name.
        width: In px.
    """

    veil = QColor(0, 0, 0, 150)
    """What is laid over the window behind."""

    def __init__(self, title: str, width: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._wanted_width = width
        self._scrim: _Scrim | None = None
        self._body = QWidget()
        self.column = QVBoxLayout(self._body)
        self.column.setContentsMargins(EDGE, EDGE, EDGE, EDGE - 4)
        self.column.setSpacing(12)
        self._foot = QHBoxLayout()
        self._foot.setContentsMargins(EDGE, 0, EDGE, 0)
        self._foot.setSpacing(8)
        self._foot.addStretch(1)
        self._scroll = _scrolled(self._body)
        self._body.installEventFilter(self)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        whole.addWidget(self._scroll, 1)
        whole.addLayout(self._foot)
        self.fit()

    def add_heading(self, text: str) -> QLabel:
        """A large line of plain text."""
        return self.add_label(text, role="title")

    def add_label(self, text: str, *, role: str = "") -> QLabel:
        """A paragraph of plain text."""
        label = QLabel(text)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        if role:
            set_look(label, role=role)
        self.column.addWidget(label)
        return label

    def add_field(self, caption: str, field: QWidget) -> None:
        """A widget under its caption."""
        label = QLabel(caption)
        set_look(label, role="caption")
        field.setAccessibleName(caption)
        group = QVBoxLayout()
        group.setSpacing(4)
        group.addWidget(label)
        group.addWidget(field)
        self.column.addLayout(group)

    def add_buttons(self, *buttons: QPushButton) -> None:
        """A row of buttons at the lower right; none of them is pressed by Enter from a field."""
        self._foot.setContentsMargins(EDGE, 8, EDGE, EDGE - 4)
        for button in buttons:
            button.setAutoDefault(False)
            self._foot.addWidget(button)

    def fit(self) -> None:
        """Be as high as the words need, and no larger than the screen."""
        most = self.room() - QSize(ROOM, ROOM)
        width = min(self._wanted_width, most.width())
        foot = self._foot.sizeHint().height()
        words = self._height_of_words(width)
        scrolls = words + foot > most.height()
        if scrolls:
            words = self._height_of_words(width - _SCROLL_BAR)
        # Left to Qt, a bar that comes narrows the words, and so makes the need that it serves.
        policy = Qt.ScrollBarPolicy
        self._scroll.setVerticalScrollBarPolicy(
            policy.ScrollBarAlwaysOn if scrolls else policy.ScrollBarAlwaysOff
        )
        self._body.setMinimumHeight(words)
        size = QSize(width, min(words + foot, most.height()))
        if size != self.size():
            self.setFixedSize(size)

    def room(self) -> QSize:
        """What the screen has free, in px."""
        return self.screen().availableSize()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Words that come or go make the sheet higher or lower."""
        if watched is self._body and event.type() == QEvent.Type.LayoutRequest:
            self.fit()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes; Return presses nothing by itself; keys that nothing took scroll."""
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

    def showEvent(self, event: QShowEvent) -> None:
        """Dim the window behind."""
        self.fit()
        super().showEvent(event)
        parent = self.parentWidget()
        if parent is not None and self._scrim is None:
            self._scrim = _Scrim(parent.window(), self.veil)
            self._scrim.show()

    def hideEvent(self, event: QHideEvent) -> None:
        """Light it again and give it the keyboard, which not every desktop does by itself."""
        super().hideEvent(event)
        parent = self.parentWidget()
        if parent is not None:
            parent.window().activateWindow()
        if self._scrim is not None:
            self._scrim.hide()
            self._scrim.deleteLater()
            self._scrim = None


def _scrolled(body: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidget(body)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.verticalScrollBar().setSingleStep(24)
    return area


class _Scrim(QWidget):
    """A dark veil over the whole window."""

    def __init__(self, window: QWidget, veil: QColor) -> None:
        super().__init__(window)
        self._veil = veil
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setGeometry(window.rect())
        self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Veil."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._veil)
        painter.end()
