"""Users of the workspace, and the change of one's passphrase."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton, QWidget

from engine.domain.user import Role, User
from viewer.dialogs.sheet import Sheet
from viewer.errors import notice_of
from viewer.tasks.runner import OnError
from viewer.theme.palette import set_look

LEAST_PASSPHRASE = 8
AddUser = Callable[[User, str, str, Callable[[], None], OnError], None]
"""User, their passphrase, the administrator's, and what to call when it is done or failed."""
ChangePassphrase = Callable[[str, str, Callable[[], None], OnError], None]
"""Old and new, and what to call when it is done or failed."""


class _SecretSheet(Sheet):
    """Fields, a problem line, and one button that works when all is filled in."""

    def __init__(self, title: str, button: str, parent: QWidget | None) -> None:
        super().__init__(title, 460, parent)
        self.add_heading(title)
        self.go = QPushButton(button)
        self.problem_text = ""

    def add_secret(self, caption: str) -> QLineEdit:
        """A field whose letters are not shown."""
        field = QLineEdit()
        field.setEchoMode(QLineEdit.EchoMode.Password)
        field.textChanged.connect(self.refresh)
        self.add_field(caption, field)
        return field

    def finish(self) -> None:
        """The problem line and the buttons, below all fields."""
        self.problem = self.add_label("", role="red")
        self.problem.hide()
        cancel = QPushButton("Not now  Esc")
        set_look(cancel, variant="quiet")
        set_look(self.go, variant="primary")
        self.add_buttons(cancel, self.go)
        cancel.clicked.connect(self.reject)
        self.go.clicked.connect(self.submit)
        self.refresh()

    def fail(self, error: Exception) -> None:
        """Say why it did not work."""
        self.problem.setText(notice_of(error).line)
        self.problem.show()
        self.refresh()

    def refresh(self) -> None:
        """Enable the button when all is filled in."""
        self.go.setEnabled(self.is_complete)

    @property
    def is_complete(self) -> bool:
        """Whether all is filled in."""
        raise NotImplementedError

    def submit(self) -> None:
        """Do it."""
        raise NotImplementedError


class UsersSheet(_SecretSheet):
    """Everybody of the workspace, and a form for one more.

    Args:
        users: As they are now.
        add: Adds one.
    """

    def __init__(self, users: Sequence[User], add: AddUser, parent: QWidget | None = None) -> None:
        super().__init__("Users of this workspace", "Add the user", parent)
        self._add = add
        for user in users:
            self.add_label(f"{user.name}  ·  {user.role.value}")
        self.name = QLineEdit()
        self.name.textChanged.connect(self.refresh)
        self.add_field("Name of a new user, as it is printed under reports", self.name)
        self.role = QComboBox()
        for role in Role:
            self.role.addItem(role.value.capitalize(), role)
        self.role.setCurrentIndex(self.role.findData(Role.TRAINEE))
        self.add_field("Role", self.role)
        self.theirs = self.add_secret(f"Their passphrase, {LEAST_PASSPHRASE} letters or more")
        self.yours = self.add_secret("Your passphrase")
        self.finish()

    @property
    def is_complete(self) -> bool:
        """Whether there are a name and both passphrases."""
        return bool(self.name.text().strip() and self.theirs.text() and self.yours.text())

    def submit(self) -> None:
        """Add the user."""
        user = User(name=self.name.text().strip(), role=Role(self.role.currentData()))
        self._add(user, self.theirs.text(), self.yours.text(), self.accept, self.fail)


class PassphraseSheet(_SecretSheet):
    """Another passphrase for the user who is signed in.

    Args:
        change: Changes it.
    """

    def __init__(self, change: ChangePassphrase, parent: QWidget | None = None) -> None:
        super().__init__("Change your passphrase", "Change it", parent)
        self._change = change
        self.old = self.add_secret("The present one")
        self.new = self.add_secret(f"The new one, {LEAST_PASSPHRASE} letters or more")
        self.again = self.add_secret("The new one again")
        self.add_label("Earlier backups are still opened by the present passphrase.", role="dim")
        self.finish()

    @property
    def is_complete(self) -> bool:
        """Whether the new one is long enough and was typed twice alike."""
        new = self.new.text()
        is_long = len(new) >= LEAST_PASSPHRASE
        return bool(self.old.text()) and is_long and new == self.again.text()

    def submit(self) -> None:
        """Change it."""
        self._change(self.old.text(), self.new.text(), self.accept, self.fail)
