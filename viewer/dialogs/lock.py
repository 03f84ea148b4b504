"""The lock screen: nothing of a patient is visible until a user signs in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QToolTip,
    QWidget,
)

from engine.domain.user import User
from viewer.dialogs.sheet import Sheet
from viewer.errors import OnError, notice_of
from viewer.state.preferences import LOCK_MINUTES, PreferencesState
from viewer.theme.palette import set_look
from viewer.widgets.popups import close_popups

SignIn = Callable[[str, str, Callable[[], None], OnError], None]
"""Takes name, passphrase, and the callbacks for success and failure."""


class LockSheet(Sheet):
    """Covers the window until a passphrase fits; Escape does nothing.

    Args:
        users: Users of the workspace.
        present: Name of the signed-in user.
        sign_in: Checks the passphrase.
    """

    veil = QColor(0, 0, 0, 255)
    covers_all = True

    def __init__(
        self, users: Sequence[User], present: str, sign_in: SignIn, parent: QWidget | None = None
    ) -> None:
        super().__init__("Locked", 420, parent)
        self._sign_in = sign_in
        self._hidden: list[QWidget] = []
        self.add_heading("Locked")
        self.kept = self.add_label("The report in hand is being saved.", role="dim")
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

    def show_kept(self, problem: str = "") -> None:
        """Show that the current report was saved, or why not."""
        lost = f"The report in hand is not saved yet: {problem}"
        self.kept.setText(lost if problem else "The report in hand was saved.")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Swallow Escape, which would close the dialog."""
        event.accept()

    def reject(self) -> None:
        """Ignore the close button: it must not unlock."""

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
        self.show_late()

    def _on_failed(self, error: Exception) -> None:
        self.unlock.setEnabled(True)
        self.problem.setText(notice_of(error).line)
        self.problem.show()
        self.passphrase.clear()
        self.passphrase.setFocus()

    def _hide_floating(self, parent: QWidget | None) -> None:
        """Hide floating panels, the films' window and other dialogs; no veil covers them."""
        if parent is None:
            return
        close_popups()
        QToolTip.hideText()
        kinds = {Qt.WindowType.Window, Qt.WindowType.Tool, Qt.WindowType.Dialog}
        for window in QApplication.topLevelWidgets():
            if not window.isVisible() or window in {self, parent.window()}:
                continue
            if isinstance(window, QDialog) and not isinstance(window, Sheet):
                window.reject()  # a system dialog for files or printers: hiding one would answer it
            elif window.windowType() in kinds:
                window.hide()
                self._hidden.append(window)


class LockAfterSheet(Sheet):
    """Sets the time until the workspace locks itself.

    Args:
        preferences: Stores the time.
        is_demo: Whether to say that the demo never locks itself.
    """

    def __init__(
        self, preferences: PreferencesState, *, is_demo: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__("Auto-lock", 420, parent)
        self._preferences = preferences
        self.add_heading("Auto-lock")
        self.minutes = QSpinBox()
        self.minutes.setRange(*LOCK_MINUTES)
        self.minutes.setValue(preferences.lock_minutes)
        self.minutes.setSuffix(" min without a touch")
        self.add_field("Lock after", self.minutes)
        if is_demo:
            self.add_label("The demo never locks by itself.", role="dim")
        cancel = QPushButton("Cancel  Esc")
        self.keep = QPushButton("Save")
        set_look(cancel, variant="quiet")
        set_look(self.keep, variant="primary")
        self.add_buttons(cancel, self.keep)
        cancel.clicked.connect(self.reject)
        self.keep.clicked.connect(self._keep)

    def _keep(self) -> None:
        self._preferences.keep_lock_minutes(self.minutes.value())
        self.accept()
