"""Whether a draft that has just come may take the keyboard.

Its first sentence is where a reader who asked for it and waits goes on. To one who meanwhile types,
clicks or zooms, a moved focus would turn the next letter into a decision about a sentence.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QTextEdit, QWidget
from shiboken6 import isValid

from viewer.state.job import JobState

# A key that is a shortcut ends with the question whether the widget wants it.
_TOUCHES = {
    QEvent.Type.KeyPress,
    QEvent.Type.ShortcutOverride,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.Wheel,
}


class DraftGreeting(QObject):
    """Watches what has the focus from the start of a draft until it comes.

    Args:
        job: The draft that is made.
        panel: Of the window in which the draft is shown.
    """

    def __init__(self, job: JobState, panel: QWidget) -> None:
        super().__init__(panel)
        self._job, self._panel = job, panel
        self._is_waiting = False
        self._focused: QWidget | None = None
        self._is_touched = False
        job.changed.connect(self._follow)

    @property
    def may_take_focus(self) -> bool:
        """Whether the reader has done nothing since the draft was asked for."""
        focused = QApplication.focusWidget()
        is_where_it_was = self._focused is None or focused is self._focused
        return is_where_it_was and not self._is_touched and not _takes_text(focused)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Note that the reader does something; no event is swallowed."""
        if event.type() in _TOUCHES:
            self._is_touched = True
        return False

    def _follow(self) -> None:
        is_waiting = self._job.study is not None
        if is_waiting and not self._is_waiting:
            self._is_touched = False
            focused = QApplication.focusWidget()
            # A sheet that asked before the draft has the focus until it has closed.
            is_here = focused is not None and focused.window() is self._panel.window()
            self._focused = focused if is_here else None
            if self._focused is not None:
                self._focused.installEventFilter(self)
        elif not is_waiting and self._focused is not None and isValid(self._focused):
            self._focused.removeEventFilter(self)
        self._is_waiting = is_waiting


def _takes_text(widget: QWidget | None) -> bool:
    texts = (QLineEdit, QTextEdit, QPlainTextEdit)
    return isinstance(widget, texts) and not widget.isReadOnly()
