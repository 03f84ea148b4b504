"""Users of the workspace, and changing one's passphrase."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton, QWidget

from engine.domain.user import Role, User
from viewer.dialogs.sheet import Sheet
from viewer.errors import OnError, notice_of
from viewer.theme.palette import set_look

LEAST_PASSPHRASE = 8
AddUser = Callable[[User, str, str, Callable[[], None], OnError], None]
"""Takes the user, their passphrase, the administrator's, and callbacks for success and failure."""
ChangePassphrase = Callable[[str, str, Callable[[], None], OnError], None]
"""Takes old and new passphrase, and callbacks for success and failure."""


class SecretSheet(Sheet):
    """Base of dialogs with passphrases: fields, an error line, and a button for complete input."""

    def __init__(self, title: str, button: str, parent: QWidget | None) -> None:
        super().__init__(title, 460, parent)
        self.add_heading(title)
        self.go = QPushButton(button)
        self.problem_text = ""

    def add_secret(self, caption: str) -> QLineEdit:
        """Add a field that hides its text."""
        field = QLineEdit()
        field.setEchoMode(QLineEdit.EchoMode.Password)
        field.textChanged.connect(self.refresh)
        self.add_field(caption, field)
        return field

    def finish(self) -> None:
        """Add the error line and the buttons, after all fields."""
        self.problem = self.add_label("", role="red")
        self.problem.hide()
        cancel = QPushButton("Cancel  Esc")
        set_look(cancel, variant="quiet")
        set_look(self.go, variant="primary")
        self.add_buttons(cancel, self.go)
        cancel.clicked.connect(self.reject)
        self.go.clicked.connect(self.submit)
        self.refresh()

    def fail(self, error: Exception) -> None:
        """Show why the action failed."""
        self.problem.setText(notice_of(error).line)
        self.problem.show()
        self.refresh()

    def refresh(self) -> None:
        """Enable the button if the input is complete."""
        self.go.setEnabled(self.is_complete)

    @property
    def is_complete(self) -> bool:
        """Whether the input is complete."""
        raise NotImplementedError

    def submit(self) -> None:
        """Start the action."""
        raise NotImplementedError


class UsersSheet(SecretSheet):
    """Lists the users and adds one.

    Args:
        users: The present users.
        add: Adds a user.
    """

    def __init__(self, users: Sequence[User], add: AddUser, parent: QWidget | None = None) -> None:
        super().__init__("Users", "Add user", parent)
        self._add = add
        for user in users:
            self.add_label(f"{user.name}  ·  {user.role.value}")
        self.name = QLineEdit()
        self.name.textChanged.connect(self.refresh)
        self.add_field("Name, as printed under reports", self.name)
        self.role = QComboBox()
        for role in Role:
            self.role.addItem(role.value.capitalize(), role)
        self.role.setCurrentIndex(self.role.findData(Role.TRAINEE))
        self.add_field("Role", self.role)
        self.theirs = self.add_secret(f"New user's passphrase, {LEAST_PASSPHRASE} letters or more")
        self.yours = self.add_secret("Your passphrase")
        self.finish()

    def holds_words(self) -> bool:
        """Whether a name was typed."""
        return bool(self.name.text().strip())

    @property
    def is_complete(self) -> bool:
        """Whether a name and both passphrases are given."""
        return bool(self.name.text().strip() and self.theirs.text() and self.yours.text())

    def submit(self) -> None:
        """Add the user."""
        user = User(name=self.name.text().strip(), role=Role(self.role.currentData()))
        self._add(user, self.theirs.text(), self.yours.text(), self.accept, self.fail)


class PassphraseSheet(SecretSheet):
    """Changes the signed-in user's passphrase.

    Args:
        change: Changes the passphrase.
    """

    def __init__(self, change: ChangePassphrase, parent: QWidget | None = None) -> None:
        super().__init__("Change passphrase", "Change", parent)
        self._change = change
        self.old = self.add_secret("Current passphrase")
        self.new = self.add_secret(f"New passphrase, {LEAST_PASSPHRASE} letters or more")
        self.again = self.add_secret("Repeat new passphrase")
        self.add_label(
            "The new one opens earlier backups too; the current one stops working.", role="dim"
        )
        self.finish()

    @property
    def is_complete(self) -> bool:
        """Whether the new passphrase is long enough and was repeated correctly."""
        new = self.new.text()
        is_long = len(new) >= LEAST_PASSPHRASE
        return bool(self.old.text()) and is_long and new == self.again.text()

    def submit(self) -> None:
        """Change the passphrase."""
        self._change(self.old.text(), self.new.text(), self.accept, self.fail)
