"""Macros: shortcut, text and key of each, the user's own beside the shipped ones."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QKeySequenceEdit,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from engine.domain.template import Macro
from viewer.actions.registry import CommandRegistry, native_keys
from viewer.actions.writing import macro_command
from viewer.dialogs.sheet import Sheet
from viewer.errors import notice_of
from viewer.state.writing import WritingState
from viewer.theme.palette import set_look

_MACRO_ROLE = Qt.ItemDataRole.UserRole


class MacrosSheet(Sheet):
    """Lists and edits the signed-in user's macros."""

    def __init__(
        self, state: WritingState, registry: CommandRegistry, parent: QWidget | None = None
    ) -> None:
        super().__init__("Macros", 640, parent)
        self._state = state
        self._registry = registry
        self.add_heading("Macros")
        self.add_label(
            "Type the letters in a sentence and press Tab. Each line becomes a sentence; [size] is "
            "a field, [left|right] a pick list, [none=date] a field with a default.",
            role="dim",
        )
        self.list = QListWidget()
        self.list.setAccessibleName("Macros")
        self.list.setMinimumHeight(220)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.column.addWidget(self.list)
        self.letters = QLineEdit()
        self.letters.setMaxLength(20)
        self.add_field("Trigger, two letters or more", self.letters)
        self.text = QPlainTextEdit()
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(96)
        set_look(self.text, words="report")
        self.add_field("Text", self.text)
        self.key = QKeySequenceEdit()
        self.key.setMaximumSequenceLength(1)
        self.key.setClearButtonEnabled(True)
        self.add_field("Shortcut (optional)", self.key)
        self.problem = self.add_label("", role="amber")
        self.remove = QPushButton("Remove")
        self.keep = QPushButton("Save")
        self.close_it = QPushButton("Close  Esc")
        set_look(self.keep, variant="primary")
        self.add_buttons(self.remove, self.close_it, self.keep)
        self.list.currentItemChanged.connect(lambda item, _before: self._show(item))
        self.remove.clicked.connect(self._remove)
        self.keep.clicked.connect(self._keep)
        self.close_it.clicked.connect(self.reject)
        state.changed.connect(self._fill)
        self._fill()
        self.letters.setFocus()

    def holds_words(self) -> bool:
        """Whether the letters and the text together are no macro that is kept."""
        typed = (self.letters.text().strip(), self.text.toPlainText().strip())
        kept = {(macro.shortcut, macro.text.strip()) for macro in self._state.macros}
        return any(typed) and typed not in kept

    def _fill(self) -> None:
        typed = self.letters.text().strip()
        blocker = QSignalBlocker(self.list)
        self.list.clear()
        for macro in self._state.macros:
            keys = "".join(f"  ({key})" for key in native_keys(macro_command(macro)))
            item = QListWidgetItem(f"{macro.shortcut}{keys}    {' '.join(macro.sentences)}")
            item.setData(_MACRO_ROLE, macro)
            self.list.addItem(item)
            if macro.shortcut == typed:
                self.list.setCurrentItem(item)
        blocker.unblock()

    def _show(self, item: QListWidgetItem | None) -> None:
        macro = item.data(_MACRO_ROLE) if item is not None else None
        if isinstance(macro, Macro):
            self.letters.setText(macro.shortcut)
            self.text.setPlainText(macro.text)
            self.key.setKeySequence(QKeySequence(macro.key))
            self.problem.clear()

    def _keep(self) -> None:
        self.problem.clear()
        key = self.key.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        macro = Macro(
            shortcut=self.letters.text().strip(), text=self.text.toPlainText().strip(), key=key
        )
        if taken := self._registry.why_not(macro_command(macro)):
            self.problem.setText(taken)
            return
        self._state.keep_macro(macro, lambda error: self.problem.setText(notice_of(error).sentence))

    def _remove(self) -> None:
        letters = self.letters.text().strip()
        if letters:
            self._state.remove_macro(letters)
            self.letters.clear()
            self.text.clear()
            self.key.clear()
