"""The start dialog: create a workspace, open one, or look at the demo."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTabBar,
    QWidget,
)

from viewer.dialogs.restore import RestoreSheet
from viewer.dialogs.sheet import Sheet
from viewer.errors import Notice
from viewer.state.session import SessionStage, SessionState
from viewer.theme.palette import set_look
from viewer.widgets.file_choice import ask_for_folder

LEAST_PASSPHRASE = 8


class FirstStart(Sheet):
    """The start dialog. Closes once a workspace is open.

    Args:
        session: Opens or creates the workspace.
        suggested: Folder for a new workspace, and where one is looked for.
        has_workspace: Whether the folder holds a workspace; then the page to open it comes first.
    """

    def __init__(
        self,
        session: SessionState,
        suggested: Path,
        *,
        has_workspace: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Negatoscope", 560, parent)
        self._session = session
        self._is_demo = False
        self.tabs = QTabBar()
        self.make = _MakePage(suggested)
        self.enter = _OpenPage(suggested)
        self.problem = QLabel()
        self.restore = QPushButton("Restore a backup…")
        self.go = QPushButton()
        self.demo = QPushButton("Open demo")
        self._lay_out()
        self.tabs.setCurrentIndex(1 if has_workspace else 0)
        self._on_tab(self.tabs.currentIndex())
        session.stage_changed.connect(self._on_stage)
        session.failed.connect(self._on_failed)

    def _lay_out(self) -> None:
        self.add_heading("Where your studies and reports are kept")
        self.add_label("A workspace is an encrypted folder on this computer.", role="dim")
        for label, page in (("Create workspace", self.make), ("Open existing", self.enter)):
            self.tabs.addTab(label)
            page.changed.connect(self._refresh)
            page.submitted.connect(self._submit)
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.currentChanged.connect(self._on_tab)
        self.column.addWidget(self.tabs, 0, Qt.AlignmentFlag.AlignLeft)
        self.column.addWidget(self.make)
        self.column.addWidget(self.enter)
        set_look(self.problem, role="red")
        self.problem.setWordWrap(True)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.hide()
        self.column.addWidget(self.problem)
        self.restore.setAutoDefault(False)
        self.restore.clicked.connect(self._restore)
        self.restore.hide()
        self.column.addWidget(self.restore, 0, Qt.AlignmentFlag.AlignLeft)
        set_look(self.go, variant="primary")
        set_look(self.demo, variant="quiet")
        self.demo.setToolTip("Published teaching films with invented names, no passphrase")
        self.go.clicked.connect(self._submit)
        self.demo.clicked.connect(self._open_demo)
        self.add_buttons(self.demo, self.go)

    def holds_words(self) -> bool:
        """A name or a passphrase was typed for a new workspace."""
        return self.make.is_begun

    def show_problem(self, notice: Notice) -> None:
        """Show why the workspace was not opened."""
        self.problem.setText(notice.line)
        self.problem.show()
        self.restore.setVisible(notice.is_damage and not self._is_demo)

    def _on_tab(self, index: int) -> None:
        # The dialog is only as high as the visible page.
        self.make.setVisible(index == 0)
        self.enter.setVisible(index == 1)
        self.fit()
        (self.make.name if index == 0 else self.enter.passphrase).setFocus()
        self.go.setText("Create" if index == 0 else "Open")
        self._refresh()

    def _refresh(self) -> None:
        page = self.make if self.tabs.currentIndex() == 0 else self.enter
        is_idle = self._session.stage is SessionStage.NONE
        self.go.setEnabled(is_idle and page.is_complete)
        self.demo.setEnabled(is_idle)

    def _submit(self) -> None:
        if not self.go.isEnabled():
            return
        self.problem.hide()
        self.restore.hide()
        self._is_demo = False
        if self.tabs.currentIndex() == 0:
            page = self.make
            self._session.create(
                page.folder,
                page.name.text().strip(),
                page.passphrase.text(),
                use_keychain=page.keychain.isChecked(),
            )
        else:
            self._session.open_workspace(self.enter.folder, self.enter.passphrase.text() or None)

    def _restore(self) -> None:
        passphrase = self.enter.passphrase.text()
        RestoreSheet(self._session, self.enter.folder, passphrase, self).open()

    def _open_demo(self) -> None:
        self._is_demo = True
        self._session.open_demo()

    def _on_stage(self, stage: SessionStage) -> None:
        self._refresh()
        if stage is SessionStage.OPENING:
            self.go.setText("Opening")
        elif stage is SessionStage.OPEN:
            self.accept()

    def _on_failed(self, notice: Notice) -> None:
        self._on_tab(self.tabs.currentIndex())
        self.show_problem(notice)


class _Page(QWidget):
    """A form with the folder of a workspace."""

    changed = Signal()
    submitted = Signal()

    def __init__(self, suggested: Path) -> None:
        super().__init__()
        self.form = QFormLayout(self)
        self.form.setContentsMargins(0, 8, 0, 0)
        self.form.setSpacing(8)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._folder = QLineEdit(str(suggested))
        self._folder.textChanged.connect(self._folder.setToolTip)
        self._folder.setToolTip(str(suggested))
        self._folder.setCursorPosition(0)

    @property
    def folder(self) -> Path:
        """The workspace's folder."""
        return Path(self._folder.text().strip()).expanduser()

    def add_folder(self) -> None:
        """Add the folder's row, with a button to choose it."""
        choose = QPushButton("Choose…")
        choose.setAutoDefault(False)
        choose.clicked.connect(self._choose)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._folder, 1)
        row.addWidget(choose)
        self.form.addRow("Folder", row)
        self._folder.textChanged.connect(self.changed)

    def add_field(self, label: str, *, is_secret: bool = False) -> QLineEdit:
        """Add a one-line field; a secret one hides its text."""
        field = QLineEdit()
        if is_secret:
            field.setEchoMode(QLineEdit.EchoMode.Password)
        field.setAccessibleName(label)
        field.textChanged.connect(self.changed)
        field.returnPressed.connect(self.submitted)
        self.form.addRow(label, field)
        return field

    def _choose(self) -> None:
        chosen = ask_for_folder(self, "Folder of the workspace")
        if chosen is not None:
            self._folder.setText(str(chosen))


class _MakePage(_Page):
    """Folder, name and passphrase of a new workspace."""

    def __init__(self, suggested: Path) -> None:
        super().__init__(suggested)
        self.name = self.add_field("Your name")
        self.name.setPlaceholderText("Printed under your reports")
        self.passphrase = self.add_field("Passphrase", is_secret=True)
        self.passphrase.setPlaceholderText(f"{LEAST_PASSPHRASE} letters or more")
        self.repeated = self.add_field("Repeat passphrase", is_secret=True)
        self.add_folder()
        self.keychain = QCheckBox("Unlock with this computer's keychain")
        self.form.addRow("", self.keychain)
        self.hint = QLabel()
        set_look(self.hint, role="caption")
        self.form.addRow("", self.hint)
        self.changed.connect(self._say_what_is_missing)
        self._say_what_is_missing()
        note = QLabel("The recovery key, for the day the passphrase is lost, is shown next.")
        note.setWordWrap(True)
        set_look(note, role="caption")
        self.form.addRow("", note)

    @property
    def is_complete(self) -> bool:
        """Whether a workspace can be created from the fields."""
        secret = self.passphrase.text()
        is_long = len(secret) >= LEAST_PASSPHRASE and secret == self.repeated.text()
        return bool(self.name.text().strip()) and is_long and bool(self._folder.text().strip())

    @property
    def is_begun(self) -> bool:
        """Whether something was typed that closing would lose."""
        return bool(self.name.text().strip() or self.passphrase.text())

    def _say_what_is_missing(self) -> None:
        secret, repeated = self.passphrase.text(), self.repeated.text()
        if secret and len(secret) < LEAST_PASSPHRASE:
            self.hint.setText(f"The passphrase needs {LEAST_PASSPHRASE} letters or more.")
        elif repeated and not secret.startswith(repeated):
            self.hint.setText("The two passphrases differ.")
        else:
            self.hint.setText("")
        self.hint.setVisible(bool(self.hint.text()))


class _OpenPage(_Page):
    """Folder and passphrase of an existing workspace."""

    def __init__(self, suggested: Path) -> None:
        super().__init__(suggested)
        self.add_folder()
        self.passphrase = self.add_field("Passphrase", is_secret=True)
        self.passphrase.setPlaceholderText("Empty: ask this computer's keychain")

    @property
    def is_complete(self) -> bool:
        """Whether a folder is given."""
        return bool(self._folder.text().strip())
