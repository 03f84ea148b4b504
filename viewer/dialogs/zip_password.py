"""The password of an encrypted ZIP archive: asked once, kept in memory only."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from viewer.dialogs.sheet import Sheet
from viewer.state.library import LibraryState
from viewer.theme.palette import set_look


class ZipPassword(Sheet):
    """Asks for the password and scans the archive again.

    Args:
        archive: Only its file name is shown.
        was_wrong: Whether a password was tried before.
    """

    def __init__(
        self, library: LibraryState, archive: Path, parent: QWidget, *, was_wrong: bool
    ) -> None:
        super().__init__("Encrypted ZIP archive", 440, parent)
        self._library = library
        self._archive = archive
        self.add_heading("Encrypted ZIP archive")
        self.problem = self.add_label("This password does not open it.", role="red")
        self.problem.setVisible(was_wrong)
        self.add_label(
            f"{archive.name} is encrypted. Its password is needed as long as this window is open "
            "and is not stored.",
            role="dim",
        )
        self.open_archive = QPushButton("Open")
        self.password = QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.textChanged.connect(lambda text: self.open_archive.setEnabled(bool(text)))
        self.password.returnPressed.connect(self._open)
        self.add_field("Password", self.password)
        self.open_archive.setEnabled(False)
        self.open_archive.clicked.connect(self._open)
        set_look(self.open_archive, variant="primary")
        leave = QPushButton("Leave it out  Esc")
        leave.clicked.connect(self.reject)
        set_look(leave, variant="quiet")
        self.add_buttons(leave, self.open_archive)
        self.password.setFocus()
        self.finished.connect(library.ask_for_next_password)

    def _open(self) -> None:
        if self.password.text():
            self._library.add_locked(self._archive, self.password.text())
            self.accept()
