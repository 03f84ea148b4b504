"""Lets the reader change keys: search a command, press a key, see at once who has it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QKeySequenceEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from engine.errors import DamagedFileError
from viewer.actions.registry import Command, CommandConflictError, CommandRegistry, native_keys
from viewer.dialogs.sheet import Sheet
from viewer.state.preferences import PreferencesState
from viewer.theme.palette import set_look
from viewer.widgets.file_choice import ask_for_file, ask_where
from viewer.widgets.search_field import SearchField

_FILES = "Keys (*.json)"
_ID_ROLE = Qt.ItemDataRole.UserRole
_KIND = "negatoscope keys"
MAX_BYTES = 2**20
"""Largest file of keys that is read."""


class EditKeys(Sheet):
    """The commands with their keys, and a field for a new key."""

    def __init__(
        self, registry: CommandRegistry, preferences: PreferencesState, parent: QWidget
    ) -> None:
        super().__init__("Change shortcuts", 720, parent)
        self._registry = registry
        self._preferences = preferences
        self.add_heading("Change shortcuts")
        self.search = SearchField("Command or shortcut")
        self.search.searched.connect(self._show)
        self.column.addWidget(self.search)
        self.table = QTreeWidget()
        self.table.setAccessibleName("Commands")
        self.table.setHeaderLabels(["Where", "Command", "Keys"])
        self.table.setRootIsDecorated(False)
        self.table.setMinimumHeight(320)
        self.table.setColumnWidth(0, 110)
        self.table.setColumnWidth(1, 330)
        self.column.addWidget(self.table)
        self.key = QKeySequenceEdit()
        self.key.setMaximumSequenceLength(1)
        self.give = QPushButton("Assign")
        self.restore = QPushButton("Reset")
        self._lay_out_key()
        self.problem = self.add_label("", role="red")
        self.problem.setAccessibleName("Why the shortcut was not assigned")
        self._lay_out_buttons()
        self._show("")

    def choose(self, command_id: str) -> None:
        """Select a command in the list."""
        for row in range(self.table.topLevelItemCount()):
            item = self.table.topLevelItem(row)
            if item is not None and item.data(0, _ID_ROLE) == command_id:
                self.table.setCurrentItem(item)

    def write_file(self, path: Path) -> None:
        """Write all keys to a file."""
        try:
            path.write_text(keys_as_text(self._registry.commands()), encoding="utf-8")
        except OSError:
            self.problem.setText("The file could not be written there.")

    def read_file(self, path: Path) -> None:
        """Apply the keys of a file; nothing changes if two commands would share a key."""
        try:
            with path.open("rb") as stream:
                text = stream.read(MAX_BYTES).decode("utf-8", "replace")
            self._take(keys_of_text(text))
        except OSError:
            self.problem.setText("The file cannot be read.")
        except DamagedFileError as error:
            self.problem.setText(f"{error.message} {error.what_to_do}")

    def _take(self, keys: dict[str, tuple[str, ...]]) -> None:
        try:
            self._registry.choose_keys(keys)
        except CommandConflictError as error:
            self.problem.setText(str(error))
            return
        self.problem.setText("")
        self._preferences.keep_keys(self._registry.chosen_keys)
        self._show(self.search.text())

    def _give(self) -> None:
        command_id = self._current_id
        key = self.key.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        if command_id and key:
            self._take({**self._registry.chosen_keys, command_id: (key,)})

    def _restore(self) -> None:
        command_id = self._current_id
        self._take({i: k for i, k in self._registry.chosen_keys.items() if i != command_id})

    @property
    def _current_id(self) -> str:
        item = self.table.currentItem()
        return "" if item is None else str(item.data(0, _ID_ROLE))

    def _show(self, words: str) -> None:
        kept = self._current_id
        self.table.clear()
        for command in self._registry.commands():
            if _matches(command, words):
                keys = "  ".join(native_keys(command))
                item = QTreeWidgetItem([command.group, command.text.rstrip("…"), keys])
                item.setData(0, _ID_ROLE, command.id)
                self.table.addTopLevelItem(item)
        self.choose(kept)

    def _ask_to_write(self) -> None:
        to = ask_where(self, "Export shortcuts", "keys.json", _FILES)
        if to is not None:
            self.write_file(to)

    def _ask_to_read(self) -> None:
        path = ask_for_file(self, "Import shortcuts", _FILES)
        if path is not None:
            self.read_file(path)

    def _lay_out_key(self) -> None:
        self.key.setAccessibleName("New shortcut: press it here")
        self.give.clicked.connect(self._give)
        self.restore.clicked.connect(self._restore)
        set_look(self.give, variant="primary")
        set_look(self.restore, variant="quiet")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.key, 1)
        for button in (self.give, self.restore):
            button.setAutoDefault(False)
            row.addWidget(button)
        self.column.addLayout(row)

    def _lay_out_buttons(self) -> None:
        buttons = []
        for text, slot in (
            ("Import…", self._ask_to_read),
            ("Export…", self._ask_to_write),
            ("Reset all", lambda: self._take({})),
            ("Close  Esc", self.accept),
        ):
            button = QPushButton(text)
            set_look(button, variant="quiet")
            button.clicked.connect(slot)
            buttons.append(button)
        self.add_buttons(*buttons)


def _matches(command: Command, words: str) -> bool:
    text = f"{command.group} {command.text} {' '.join(native_keys(command))}".casefold()
    return all(word in text for word in words.casefold().split())


def keys_as_text(commands: Iterable[Command]) -> str:
    """All commands with their keys, as readable JSON."""
    keys = {command.id: list(command.keys) for command in commands}
    return json.dumps({"kind": _KIND, "version": 1, "keys": keys}, indent=2) + "\n"


def keys_of_text(text: str) -> dict[str, tuple[str, ...]]:
    """Keys by command id; raises `DamagedFileError` if the text is no file of keys."""
    try:
        content = json.loads(text)
        is_ours = content["kind"] == _KIND and content["version"] == 1
        keys = {str(name): tuple(_strings(value)) for name, value in content["keys"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _no_file_of_keys() from error
    if not is_ours:
        raise _no_file_of_keys()
    return keys


def _strings(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError("keys are a list of texts")
    return value


def _no_file_of_keys() -> DamagedFileError:
    return DamagedFileError(
        "This is not a file of shortcuts.", what_to_do="Choose one that Negatoscope wrote."
    )
