"""The base of the sheets that end with a signature.

It holds the passphrase, the reason why signing failed, and the buttons. Where a sheet asks twice,
`Return` in the passphrase only moves the keyboard to the button and a second `Return` signs.
`Ctrl+Return` goes to the passphrase while it is empty, and signs at once after it.
"""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QWidget

from viewer.dialogs.sheet import Sheet
from viewer.errors import notice_of
from viewer.theme.palette import set_look

_RETURN = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class SignedSheet(Sheet):
    """A sheet with the passphrase as its last field.

    Args:
        title: In the title bar.
        act: Text of the button that signs.
        width: In px.
    """

    def __init__(self, title: str, act: str, width: int, parent: QWidget | None = None) -> None:
        super().__init__(title, width, parent)
        self._act = act
        self.passphrase = QLineEdit()
        self.problem = QLabel()
        self.cancel = QPushButton("Cancel  Esc")
        self.sign = QPushButton(act)
        self.sign.setToolTip(f"{act}  Ctrl+Return")

    asks_twice: ClassVar = True
    """Whether the first `Return` only moves the keyboard to the button."""

    def submit(self) -> None:
        """Sign what the sheet shows; subclasses implement it."""
        raise NotImplementedError

    def is_complete(self) -> bool:
        """Whether everything except the passphrase has been filled in."""
        return True

    def add_signature(self, end: str) -> None:
        """Add the passphrase, a line for errors, the closing sentence and the buttons."""
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.add_field("Passphrase", self.passphrase)
        self.problem = self.add_label("", role="red")
        self.problem.hide()
        self.add_label(end, role="dim")
        set_look(self.cancel, variant="quiet")
        set_look(self.sign, variant="primary")
        self.add_buttons(self.cancel, self.sign)
        self.passphrase.textChanged.connect(self.refresh)
        self.cancel.clicked.connect(self.reject)
        self.sign.clicked.connect(self._submit)
        self.refresh()

    def refresh(self) -> None:
        """Enable the button once nothing is missing, and reset its text."""
        self.sign.setEnabled(bool(self.passphrase.text()) and self.is_complete())
        self.sign.setText(self._act)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move from the passphrase to the button on the first `Return`, sign on the second."""
        has_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        is_at_once = has_control or not self.asks_twice
        if event.key() not in _RETURN:
            super().keyPressEvent(event)
        elif self.is_complete() and not self.passphrase.text():
            # Else the passphrase would be typed into the text that is signed.
            self.passphrase.setFocus(Qt.FocusReason.TabFocusReason)
        elif self.sign.hasFocus() or is_at_once:
            self._submit()
        elif self.sign.isEnabled():
            self.sign.setText(f"{self._act}  Return")
            self.sign.setFocus(Qt.FocusReason.TabFocusReason)

    def tell_failure(self, error: Exception) -> None:
        """Show why signing failed, and ask for the passphrase again."""
        self.passphrase.setEnabled(True)
        self.passphrase.clear()
        self.passphrase.setFocus()
        self.problem.setText(notice_of(error).line)
        self.problem.show()
        self.refresh()

    def _submit(self) -> None:
        if not self.sign.isEnabled():
            return
        self.problem.hide()
        self.sign.setEnabled(False)
        self.passphrase.setEnabled(False)
        self.sign.setText("Signing")
        self.submit()
