"""The recovery key of a workspace: shown once, and replaced against the passphrase."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QWidget

from viewer.dialogs.people import SecretSheet
from viewer.dialogs.sheet import Sheet
from viewer.errors import OnError
from viewer.theme.palette import set_look
from viewer.widgets.file_choice import ask_where

MakeKey = Callable[[str, Callable[[str], None], OnError], None]
"""Takes the passphrase, and callbacks for the key and for failure."""


class RecoveryKeySheet(Sheet):
    """Shows a recovery key, which cannot be shown again.

    Args:
        key: The key as it is printed.
    """

    def __init__(self, key: str, parent: QWidget | None = None) -> None:
        super().__init__("Recovery key", 560, parent)
        self._key = key
        self.add_heading("Keep your recovery key")
        self.add_label(
            "It opens the workspace when the passphrase is lost: type it in place of the "
            "passphrase. It is shown only now. Print it or write it down, and keep it apart "
            "from this computer."
        )
        self.key = self.add_label(key, role="mono")
        self.key.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.problem = self.add_label("", role="red")
        self.problem.hide()
        self.copy = QPushButton("Copy")
        self.save = QPushButton("Save as text…")
        self.kept = QPushButton("I have kept it")
        for button in (self.copy, self.save):
            set_look(button, variant="quiet")
        set_look(self.kept, variant="primary")
        self.add_buttons(self.copy, self.save, self.kept)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(key))
        self.save.clicked.connect(self._save)
        self.kept.clicked.connect(self.accept)

    def reject(self) -> None:
        """Ignore Escape, because the key cannot be shown again."""

    def _save(self) -> None:
        suggested = "Negatoscope recovery key.txt"
        path = ask_where(self, "Save the recovery key", suggested, "Text (*.txt)")
        if path is None:
            return
        try:
            path.write_text(f"Negatoscope recovery key\n{self._key}\n", "utf-8")
        except OSError:
            self.problem.setText("The key could not be written there. Choose another place.")
            self.problem.show()
        else:
            self.problem.hide()


class NewRecoveryKey(SecretSheet):
    """Asks for the passphrase, then makes a new key.

    Args:
        make: Makes the key.
        came: Called with the key.
    """

    def __init__(
        self, make: MakeKey, came: Callable[[str], None], parent: QWidget | None = None
    ) -> None:
        super().__init__("Recovery key", "Make a new key", parent)
        self._make, self._came = make, came
        self.add_label("An earlier recovery key stops working.")
        self.passphrase = self.add_secret("Your passphrase")
        self.finish()

    @property
    def is_complete(self) -> bool:
        """Whether there is a passphrase."""
        return bool(self.passphrase.text())

    def submit(self) -> None:
        """Make the key."""
        self._make(self.passphrase.text(), self._on_made, self.fail)

    def _on_made(self, key: str) -> None:
        self.accept()
        self._came(key)
