"""A few words under a signature: an addendum, or the reason of a withdrawal."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QPushButton, QWidget

from engine.domain.study import Study
from viewer.dialogs.sheet import Sheet
from viewer.errors import notice_of
from viewer.state.wording import name_of, person_line, study_line
from viewer.tasks.runner import OnError
from viewer.theme.palette import set_look

Submit = Callable[[str, str, Callable[[], None], OnError], None]
"""Words, passphrase, and what to call when it is done or failed."""


class StatementSheet(Sheet):
    """Closes itself once the words are signed.

    Args:
        title: Heading, which is also what the button says.
        caption: What the words are.
        study: Whose report it is: shown again, because this is for good.
        submit: Signs.
    """

    def __init__(
        self, title: str, caption: str, study: Study, submit: Submit, parent: QWidget | None = None
    ) -> None:
        super().__init__(title, 560, parent)
        self._submit = submit
        self._title = title
        self.add_label(name_of(study.patient), role="display")
        self.add_label(person_line(study.patient, study.study_date, study.patient_age))
        self.add_label(study_line(study), role="dim")
        self.words = QPlainTextEdit()
        self.words.setFixedHeight(120)
        set_look(self.words, words="report")
        self.words.setTabChangesFocus(True)
        self.add_field(caption, self.words)
        self.passphrase = QLineEdit()
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.add_field("Passphrase", self.passphrase)
        self.problem = self.add_label("", role="red")
        self.problem.hide()
        self.add_label("What was signed before stays as it is.", role="dim")
        self.cancel = QPushButton("Not now  Esc")
        self.sign = QPushButton(title)
        set_look(self.cancel, variant="quiet")
        set_look(self.sign, variant="primary")
        self.add_buttons(self.cancel, self.sign)
        self.words.textChanged.connect(self._refresh)
        self.passphrase.textChanged.connect(self._refresh)
        self.cancel.clicked.connect(self.reject)
        self.sign.clicked.connect(self._on_sign)
        self.words.setFocus()
        self._refresh()

    def _refresh(self) -> None:
        has_words = bool(self.words.toPlainText().strip())
        self.sign.setEnabled(has_words and bool(self.passphrase.text()))

    def _on_sign(self) -> None:
        self.problem.hide()
        self.sign.setEnabled(False)
        self._submit(self.words.toPlainText(), self.passphrase.text(), self.accept, self._on_failed)

    def _on_failed(self, error: Exception) -> None:
        self.problem.setText(notice_of(error).line)
        self.problem.show()
        self.passphrase.clear()
        self.passphrase.setFocus()
