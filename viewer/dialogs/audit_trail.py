"""The audit trail, newest entry first, with a search. Entries name patients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QTreeWidget, QTreeWidgetItem, QWidget

from engine.domain.audit import AuditEvent, canonical_json
from viewer.dialogs.sheet import Sheet
from viewer.errors import OnError, notice_of
from viewer.state.administration import MOST_SHOWN
from viewer.state.wording import count_text
from viewer.theme.palette import set_look

ReadTrail = Callable[[str, Callable[[tuple[AuditEvent, ...]], None], OnError], None]
"""Takes search words and the callbacks for the entries and for a refusal."""
_COLUMNS: Final = (("No.", 64), ("When", 172), ("Who", 150), ("What", 164), ("Of what", 170))


class AuditTrailSheet(Sheet):
    """A table, a search, and export to a file. The search waits for Enter: every read is recorded.

    Args:
        read: Reads the entries that contain the words typed.
        save: Asks for a file and writes the entries that contain the words.
    """

    def __init__(
        self, read: ReadTrail, save: Callable[[str], None], parent: QWidget | None = None
    ) -> None:
        super().__init__("Audit trail", 960, parent)
        self._read = read
        self.add_heading("Audit trail")
        self.search = QLineEdit()
        self.search.returnPressed.connect(self.refresh)
        self.add_field("Words, each of which must be there: a day, a name, an action", self.search)
        self.table = QTreeWidget()
        self.table.setAccessibleName("Entries of the audit trail, newest first")
        self.table.setHeaderLabels([name for name, _ in _COLUMNS] + ["More"])
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setMinimumHeight(360)
        for column, (_, width) in enumerate(_COLUMNS):
            self.table.setColumnWidth(column, width)
        self.column.addWidget(self.table)
        self.count = self.add_label("Reading…", role="dim")
        self.go = QPushButton("Search  Enter")
        self.csv = QPushButton("Save as CSV…")
        close = QPushButton("Close  Esc")
        set_look(close, variant="quiet")
        self.go.clicked.connect(self.refresh)
        self.csv.clicked.connect(lambda: save(self.search.text().strip()))
        close.clicked.connect(self.accept)
        self.add_buttons(close, self.csv, self.go)
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)
        self.refresh()

    def refresh(self) -> None:
        """Read the entries again, with the rights of the user signed in at present."""
        self.table.clear()
        self.count.setText("Reading…")
        self._read(self.search.text().strip(), self._show, self._fail)

    def _show(self, entries: Sequence[AuditEvent]) -> None:
        self.table.addTopLevelItems([_line(entry) for entry in entries])
        counted = count_text(len(entries), "entry", "entries")
        cut = len(entries) == MOST_SHOWN
        more = "; a file takes all, and words find older ones" if cut else ""
        self.count.setText(f"{counted}{more}. Reading the audit trail is recorded in it.")

    def _fail(self, error: Exception) -> None:
        self.count.setText(notice_of(error).line)
        self.csv.setEnabled(False)


def _line(entry: AuditEvent) -> QTreeWidgetItem:
    details = ", ".join(f"{name}: {_words(value)}" for name, value in entry.details.items())
    when = f"{entry.at.astimezone():%Y-%m-%d %H:%M:%S}"
    words = [str(entry.sequence), when, entry.actor, entry.action, entry.subject, details]
    item = QTreeWidgetItem(words)
    for column, text in enumerate(words):
        # Qt would take a value that looks like markup for rich text.
        item.setToolTip(column, text.replace("<", "‹"))
    return item


def _words(value: object) -> str:
    return value if isinstance(value, str) else canonical_json(value)
