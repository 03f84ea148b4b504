"""Asks for the reader's own certificate and its passphrase."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from viewer.dialogs.sheet import Sheet
from viewer.errors import OnError, notice_of
from viewer.theme.palette import set_look
from viewer.widgets.file_choice import ask_for_file, ask_where

SignPdf = Callable[[Path, str, Path, Callable[[], None], OnError], None]
"""Takes certificate, its passphrase, the PDF to write, and callbacks for success and failure."""
_NOTE = (
    "The signature is that of your certificate: any PDF reader checks it, and finds every later "
    "change of the file. Without a network it carries no time stamp of a third party."
)


class CertificateSheet(Sheet):
    """Exports a signed PDF. Closes once the file is written.

    Args:
        sign: Writes the file.
    """

    def __init__(self, sign: SignPdf, parent: QWidget | None = None) -> None:
        super().__init__("PDF with certificate", 560, parent)
        self._sign = sign
        self.add_heading("PDF with certificate")
        self.add_label(_NOTE, role="dim")
        self.file = QLineEdit()
        self.file.setReadOnly(True)
        self.file.setAccessibleName("Certificate")
        self.file.setPlaceholderText("PKCS #12 file, .p12 or .pfx")
        self.choose = QPushButton("Choose…")
        self.choose.setAutoDefault(False)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.file, 1)
        row.addWidget(self.choose)
        self.column.addLayout(row)
        self.passphrase = QLineEdit()
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.add_field("Passphrase of the certificate", self.passphrase)
        self.problem = self.add_label("", role="red")
        self.problem.hide()
        cancel = QPushButton("Cancel  Esc")
        self.go = QPushButton("Export…")
        set_look(cancel, variant="quiet")
        set_look(self.go, variant="primary")
        self.add_buttons(cancel, self.go)
        self.choose.clicked.connect(self._choose)
        cancel.clicked.connect(self.reject)
        self.go.clicked.connect(self._submit)
        self.file.textChanged.connect(self._refresh)
        self._refresh()

    def _choose(self) -> None:
        path = ask_for_file(self, "Your certificate", "PKCS #12 (*.p12 *.pfx)")
        if path is not None:
            self.file.setText(str(path))
            self.passphrase.setFocus()

    def _refresh(self) -> None:
        self.go.setEnabled(bool(self.file.text()))

    def _submit(self) -> None:
        to = ask_where(self, "Export signed PDF", "report-signed.pdf", "PDF (*.pdf)")
        if to is None:
            return
        self.problem.hide()
        self.go.setEnabled(False)
        self._sign(Path(self.file.text()), self.passphrase.text(), to, self.accept, self._on_failed)

    def _on_failed(self, error: Exception) -> None:
        self.problem.setText(notice_of(error).line)
        self.problem.show()
        self.passphrase.clear()
        self.passphrase.setFocus()
        self._refresh()
