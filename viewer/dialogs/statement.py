"""A short signed text: an addendum, or the reason for a withdrawal."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from engine.domain.study import Study
from viewer.dialogs.signed_sheet import SignedSheet
from viewer.errors import OnError
from viewer.state.wording import name_of, person_line, study_line
from viewer.theme.palette import set_look

Submit = Callable[[str, str, Callable[[], None], OnError], None]
"""Takes text and passphrase, and callbacks for success and failure."""


class StatementSheet(SignedSheet):
    """Asks for text and passphrase. Closes once the text is signed.

    Args:
        title: Title, and text of the button.
        caption: Label of the text.
        study: Study of the report, named again because signing is final.
        submit: Signs the text.
        parent: The window.
    """

    is_beside_films = True
    asks_twice = False

    def __init__(
        self, title: str, caption: str, study: Study, submit: Submit, parent: QWidget | None = None
    ) -> None:
        super().__init__(title, title, 560, parent)
        self._sign_words = submit
        self.add_label(name_of(study.patient), role="display")
        self.add_label(person_line(study.patient, study.study_date, study.patient_age))
        self.add_label(study_line(study), role="dim")
        self.words = QPlainTextEdit()
        self.words.setFixedHeight(120)
        set_look(self.words, words="report")
        self.words.setTabChangesFocus(True)
        self.add_field(caption, self.words)
        self.words.textChanged.connect(self.refresh)
        self.add_signature("What was signed before stays as it is.")
        self.words.setFocus()

    def holds_words(self) -> bool:
        """Whether text was typed that is not signed."""
        return bool(self.words.toPlainText().strip())

    def is_complete(self) -> bool:
        """Whether any text has been typed."""
        return bool(self.words.toPlainText().strip())

    def submit(self) -> None:
        """Sign the typed text with the passphrase."""
        words, passphrase = self.words.toPlainText(), self.passphrase.text()
        self._sign_words(words, passphrase, self.accept, self.tell_failure)
