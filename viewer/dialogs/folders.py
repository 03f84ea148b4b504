"""The folders shared with other systems: films and orders come in, results go out."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from viewer.dialogs.sheet import Sheet
from viewer.errors import notice_of
from viewer.state.preferences import Folders, PreferencesState
from viewer.theme.palette import set_look
from viewer.widgets.file_choice import ask_for_folder

_WIDTH: Final = 640
_LINES: Final = 3
_FIXED: Final = "Fixed for this computer"
_WATCHED: Final = "Watched for films"
_ORDERS: Final = "Orders from other systems"
_RESULTS: Final = "Signed results go to"
_ANSWERS: Final = "Acknowledgements (HL7) come from"


class _FolderLine(QWidget):
    """One folder, or none.

    Args:
        name: What the folder is for.
        path: The present one; empty for none.
    """

    def __init__(self, name: str, path: str) -> None:
        super().__init__()
        self._name = name
        self.path = QLineEdit(path)
        self.path.setReadOnly(True)
        self.path.setPlaceholderText("None")
        self.path.setAccessibleName(name)
        self.choose = QPushButton("Choose…")
        self.clear = QPushButton("None")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.path, 1)
        for button in (self.choose, self.clear):
            button.setAutoDefault(False)
            button.setAccessibleDescription(name)
            row.addWidget(button)
        self.choose.clicked.connect(self._choose)
        self.clear.clicked.connect(self.path.clear)
        self.path.textChanged.connect(self._changed)
        self._changed(path)

    def _choose(self) -> None:
        folder = ask_for_folder(self, self._name)
        if folder is not None:
            self.path.setText(str(folder.resolve()))

    def _changed(self, path: str) -> None:
        self.clear.setEnabled(bool(path))
        self.path.setToolTip(path.replace("<", "‹"))


class _WatchedFolders(QWidget):
    """A list of folders, to add to and remove from.

    Args:
        paths: The present ones.
    """

    def __init__(self, paths: tuple[str, ...]) -> None:
        super().__init__()
        self.list = QListWidget()
        self.list.setAccessibleName(_WATCHED)
        self.list.addItems(paths)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        height = self.list.fontMetrics().lineSpacing() * _LINES * 3 // 2
        self.list.setFixedHeight(height + 2 * self.list.frameWidth())
        self.add = QPushButton("Add…")
        self.remove = QPushButton("Remove")
        buttons = QVBoxLayout()
        buttons.setSpacing(8)
        for button in (self.add, self.remove):
            button.setAutoDefault(False)
            button.setAccessibleDescription(_WATCHED)
            buttons.addWidget(button)
        buttons.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.list, 1)
        row.addLayout(buttons)
        self.add.clicked.connect(self._add)
        self.remove.clicked.connect(lambda: self.list.takeItem(self.list.currentRow()))
        self.list.itemSelectionChanged.connect(self._selected)
        self.remove.setEnabled(False)

    @property
    def paths(self) -> tuple[str, ...]:
        """The folders in the list."""
        return tuple(self.list.item(at).text() for at in range(self.list.count()))

    def _selected(self) -> None:
        self.remove.setEnabled(bool(self.list.selectedItems()))

    def _add(self) -> None:
        folder = ask_for_folder(self, _WATCHED)
        path = "" if folder is None else str(folder.resolve())
        if path and path not in self.paths:
            self.list.addItem(path)


class FoldersSheet(Sheet):
    """Edits the folders shared with other systems. Closes once they are stored.

    Args:
        preferences: Stores the folders, and knows what is fixed.
        is_demo: Whether to say that the demo uses none of them.
    """

    def __init__(
        self, preferences: PreferencesState, *, is_demo: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__("Folders", _WIDTH, parent)
        self._preferences = preferences
        now = preferences.folders
        self.add_heading("Folders")
        told = "Folders that this program shares with other systems. Changes count at once."
        if is_demo:
            told = "The demo uses none of these folders: it is never for patients."
        self.add_label(told, role="dim")
        self.inbox = _WatchedFolders(now.inbox_folders)
        self._add(_WATCHED, self.inbox, "inbox_folders")
        self.draft = QCheckBox("Draft what comes in before anybody opens it")
        self.draft.setChecked(now.draft_incoming)
        self._fix(self.draft, "draft_incoming")
        self.column.addWidget(self.draft)
        self.orders = _FolderLine(_ORDERS, now.orders_folder)
        self.outbox = _FolderLine(_RESULTS, now.outbox_folder)
        self.answers = _FolderLine(_ANSWERS, now.outbox_acks)
        self._add(_ORDERS, self.orders, "orders_folder")
        self._add(_RESULTS, self.outbox, "outbox_folder")
        self._add(_ANSWERS, self.answers, "outbox_acks")
        self.problem = self.add_label("", role="red")
        self.problem.hide()
        cancel = QPushButton("Cancel  Esc")
        self.keep = QPushButton("Save")
        set_look(cancel, variant="quiet")
        set_look(self.keep, variant="primary")
        self.add_buttons(cancel, self.keep)
        cancel.clicked.connect(self.reject)
        self.keep.clicked.connect(self._keep)

    @property
    def chosen(self) -> Folders:
        """The folders in the fields."""
        return Folders(
            inbox_folders=self.inbox.paths,
            draft_incoming=self.draft.isChecked(),
            orders_folder=self.orders.path.text(),
            outbox_folder=self.outbox.path.text(),
            outbox_acks=self.answers.path.text(),
        )

    def holds_words(self) -> bool:
        """Whether the fields differ from what is in use."""
        return self.chosen != self._preferences.folders

    def _add(self, caption: str, field: QWidget, setting: str) -> None:
        self._fix(field, setting)
        told = f"{caption}  ·  {_FIXED}" if self._preferences.is_fixed(setting) else caption
        self.add_field(told, field)

    def _fix(self, field: QWidget, setting: str) -> None:
        if self._preferences.is_fixed(setting):
            field.setEnabled(False)
            field.setToolTip(f"{_FIXED}. Whoever looks after it can change it.")

    def _keep(self) -> None:
        if problem := _problem_of(self.chosen):
            self._tell(problem)
            return
        self._preferences.keep_folders(self.chosen, self.accept, self._on_failed)

    def _on_failed(self, error: Exception) -> None:
        self._tell(notice_of(error).line)

    def _tell(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.show()
        self.fit()


def _problem_of(chosen: Folders) -> str:
    """Why these folders cannot be used together, one sentence; empty if they can."""
    uses = [
        *((path, _WATCHED) for path in chosen.inbox_folders),
        (chosen.orders_folder, _ORDERS),
        (chosen.outbox_folder, _RESULTS),
        (chosen.outbox_acks, _ANSWERS),
    ]
    known: dict[Path, str] = {}
    for path, use in uses:
        if not path:
            continue
        folder = Path(path)
        if folder in known:
            # What goes out would come in again as a film, an order or an answer.
            return f"{folder.name or folder} is chosen for two uses. Choose another folder for one."
        known[folder] = use
    for path in chosen.inbox_folders:
        outbox = Path(chosen.outbox_folder or ".")
        if chosen.outbox_folder and Path(path) in outbox.parents:
            return "Signed results would come back as films: choose a folder outside the watched."
    return ""
