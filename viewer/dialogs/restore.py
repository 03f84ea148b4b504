"""Restores a backup of a damaged workspace, after saying what would be lost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from viewer.dialogs.sheet import Sheet
from viewer.errors import notice_of
from viewer.state.session import SessionState
from viewer.theme.palette import set_look

if TYPE_CHECKING:
    from engine.services.restoring import RestorePreview

_MOST_NAMED = 15


class RestoreSheet(Sheet):
    """Shows what the newest sound backup lacks, and restores it when asked to.

    Args:
        session: Compares, restores and opens.
        root: Folder of the workspace.
        passphrase: As typed so far; a keychain cannot stand in for it here.
    """

    def __init__(
        self, session: SessionState, root: Path, passphrase: str, parent: QWidget | None = None
    ) -> None:
        super().__init__("Restore a backup", 560, parent)
        self._session, self._root = session, root
        self._preview: RestorePreview | None = None
        self.add_heading("Restore a backup")
        self.add_label(
            "The newest sound backup takes the place of the damaged database, which is kept in the "
            "folder set-aside. Nothing is erased."
        )
        self.passphrase = QLineEdit(passphrase)
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.add_field("Passphrase", self.passphrase)
        self.losses = self.add_label("")
        self.problem = self.add_label("", role="red")
        self.problem.hide()
        cancel = QPushButton("Cancel  Esc")
        set_look(cancel, variant="quiet")
        cancel.clicked.connect(self.reject)
        self.go = QPushButton()
        set_look(self.go, variant="primary")
        self.go.clicked.connect(self._go)
        self.passphrase.returnPressed.connect(self._go)
        self.passphrase.textChanged.connect(self._ask_again)
        self.add_buttons(cancel, self.go)
        self._ask_again()
        if passphrase:
            self._compare()

    def _ask_again(self) -> None:
        self._preview = None
        self.losses.setText("Type the passphrase to see what would be lost.")
        self.go.setText("Compare")
        self.go.setEnabled(bool(self.passphrase.text()))

    def _go(self) -> None:
        if not self.go.isEnabled():
            return
        self.problem.hide()
        if self._preview is None:
            self._compare()
            return
        self._begin("Restoring")
        passphrase = self.passphrase.text()
        self._session.restore(
            self._root, self._preview.backup, passphrase, self._on_restored, self._on_failed
        )

    def _compare(self) -> None:
        self._begin("Comparing")
        self.losses.setText("The backups are checked and compared with the database.")
        self._session.preview_restore(
            self._root, self.passphrase.text(), self.show_losses, self._on_failed
        )

    def _begin(self, doing: str) -> None:
        self.go.setText(doing)
        self.go.setEnabled(False)
        self.passphrase.setReadOnly(True)

    def show_losses(self, preview: RestorePreview) -> None:
        """Show what the backup lacks, and offer to restore it."""
        self._preview = preview
        named = preview.sentences[:_MOST_NAMED]
        rest = len(preview.sentences) - len(named)
        lines = (*named, *([f"and {rest} more; the command line lists all"] if rest else []))
        self.losses.setText("\n".join(lines))
        self.passphrase.setReadOnly(False)
        self.go.setText("Restore")
        self.go.setEnabled(True)

    def _on_restored(self) -> None:
        self.accept()
        self._session.open_workspace(self._root, self.passphrase.text())

    def _on_failed(self, error: Exception) -> None:
        self.passphrase.setReadOnly(False)
        self._ask_again()
        self.problem.setText(notice_of(error).line)
        self.problem.show()
