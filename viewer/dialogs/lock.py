"""The locked window: nothing of a patient is seen until somebody's passphrase is typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton, QWidget

from engine.domain.user import User
from viewer.dialogs.sheet import Sheet
from viewer.errors import notice_of
from viewer.tasks.runner import OnError
from viewer.theme.palette import set_look

SignIn = Callable[[str, str, Callable[[], None], OnError], None]
"""Name, passphrase, and what to call when it is done or failed."""


class LockSheet(Sheet):
    """Stays until a passphrase fits; Escape does nothing.

    Args:
        users: Everybody of the workspace.
        present: Name of the one who is signed in.
        sign_in: Checks the passphrase.
    """

    veil = QColor(0, 0, 0, 255)

    def __init__(
        self, users: Sequence[User], present: str, sign_in: SignIn, parent: QWidget | None = None
    ) -> None:
        super().__init__("Locked", 420, parent)
        self._sign_in = sign_in
        self._hidden: list[QWidget] = []
        self.add_heading("Locked")
        self.add_label("The report in hand was saved.", role="dim")
        self.user = QComboBox()
        for user in users:
            self.user.addItem(f"{user.name}, {user.role.value}", user.name)
        self.user.setCurrentIndex(max(0, self.user.findData(present)))
        self.add_field("User", self.user)
        self.passphrase = QLineEdit()
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.add_field("Passphrase", self.passphrase)
        self.problem = self.add_label("", role="red")
        self.problem.hide()
        self.unlock = QPushButton("Unlock")
        set_look(self.unlock, variant="primary")
        self.add_buttons(self.unlock)
        self.unlock.clicked.connect(self._on_unlock)
        self.passphrase.returnPressed.connect(self._on_unlock)
        self.passphrase.setFocus()
        self._hide_floating(parent)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape does not close it."""
        event.accept()

    def reject(self) -> None:
        """Closing the window's frame does not unlock."""

    def _on_unlock(self) -> None:
        if not self.passphrase.text() or not self.unlock.isEnabled():
            return
        self.unlock.setEnabled(False)
        self.problem.hide()
        self._sign_in(
            str(self.user.currentData()), self.passphrase.text(), self._on_done, self._on_failed
        )

    def _on_done(self) -> None:
        for window in self._hidden:
            window.show()
        self.accept()

    def _on_failed(self, error: Exception) -> None:
        self.unlock.setEnabled(True)
        self.problem.setText(notice_of(error).line)
        self.problem.show()
        self.passphrase.clear()
        self.passphrase.setFocus()

    def _hide_floating(self, parent: QWidget | None) -> None:
        """A floating panel, the films' own window, another sheet: no veil covers them."""
        if parent is None:
            return
        kinds = {Qt.WindowType.Window, Qt.WindowType.Tool, Qt.WindowType.Dialog}
        self._hidden = [
            window
            for window in parent.findChildren(QWidget)
            if window.isWindow()
            and window.isVisible()
            and window is not self
            and window.windowType() in kinds
        ]
        for window in self._hidden:
            window.hide()
