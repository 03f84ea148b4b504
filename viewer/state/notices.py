"""Messages to the reader, from anywhere in the window."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from viewer.errors import Notice, NoticeLevel, notice_of


class Notices(QObject):
    """The only way to the status line.

    Every state and panel with something to say gets this object.

    Signals:
        noticed: `Notice`.
        withdrawn: Title of a message that is no longer true.
    """

    noticed = Signal(object)
    withdrawn = Signal(str)

    def show(self, notice: Notice) -> None:
        """Show a notice."""
        self.noticed.emit(notice)

    def say(self, title: str, sentence: str, severity: NoticeLevel = NoticeLevel.QUIET) -> None:
        """Show a message that has no next step."""
        self.show(Notice(title=title, sentence=sentence, severity=severity))

    def withdraw(self, title: str) -> None:
        """Take a message down that is no longer true."""
        self.withdrawn.emit(title)

    def tell(self, error: Exception) -> None:
        """Show what went wrong; the error callback for calls that handle errors no other way."""
        self.show(notice_of(error))
