"""Orders that wait for films, films that wait for an order, and files that could not be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from engine.domain.study import StudyUid
from viewer.desk import Desk
from viewer.dialogs.sheet import Sheet
from viewer.state.orders import OrdersOverview
from viewer.state.wording import (
    URGENCY_WORDS,
    count_text,
    date_text,
    films_words,
    name_of,
    order_moment_text,
    row_line,
    row_title,
)
from viewer.theme.palette import set_look
from viewer.widgets.file_choice import ask_for_folder

_WIDTH: Final = 880
_LINES: Final = 5
_WIDEST: Final = 220
_UID = Qt.ItemDataRole.UserRole
Read = Callable[[Callable[[OrdersOverview], None]], None]


class OrdersSheet(Sheet):
    """Three lists; a study without an order opens by a double click or Return.

    Args:
        desk: Opens studies, and knows the folder.
        read: Reads what waits for what, and passes it on.
        parent: The window.
    """

    def __init__(self, desk: Desk, read: Read, parent: QWidget | None = None) -> None:
        super().__init__("Orders", _WIDTH, parent)
        self._desk = desk
        self._read_overview = read
        self.add_heading("Orders")
        self.folder = self.add_label("", role="dim")
        self._without_films = self.add_label("", role="strong")
        self.without_films = self._table(
            "Orders without films", ("Urgency", "Day", "Due", "Patient", "Asked for", "Number")
        )
        self._without_orders = self.add_label("", role="strong")
        self.without_orders = self._table("Films without an order", ("Patient", "Study", "Films"))
        self._refused = self.add_label("", role="strong")
        self.refused = self._table("Files that could not be read", ("File", "Why"))
        self.without_orders.itemActivated.connect(self._open)
        self._add_buttons()
        desk.orders.came.connect(self._read_again)
        desk.preferences.orders_folder_changed.connect(self._read_again)
        self._read()

    def _read_again(self, _intake: object = None) -> None:
        if self.isVisible():
            self._read()

    def _read(self) -> None:
        folder = self._desk.preferences.orders_folder
        told = "No folder is looked at for orders." if folder is None else f"Looked for in {folder}"
        if self._desk.workspace.is_demo:
            told = "The demo takes no orders from a folder: it is never for patients."
        self.folder.setText(told)
        self.leave.setVisible(folder is not None)
        self._read_overview(self._show)

    def _show(self, overview: OrdersOverview) -> None:
        orders = [one.order for one in overview.without_films]
        self._fill(
            self.without_films,
            (
                (
                    URGENCY_WORDS[order.priority],
                    date_text(order.day),
                    "" if order.due is None else order_moment_text(order.due),
                    name_of(order.patient),
                    order.procedure,
                    order.number,
                )
                for order in orders
            ),
        )
        rows = overview.without_orders
        self._fill(
            self.without_orders, ((row_title(row), row_line(row), films_words(row)) for row in rows)
        )
        for number, row in enumerate(rows):
            item = self.without_orders.topLevelItem(number)
            if item is not None:
                item.setData(0, _UID, row.uid)
        names = [Path(one.name).name for one in overview.refused]
        reasons = [one.reason for one in overview.refused]
        self._fill(self.refused, zip(names, reasons, strict=True))
        counts = (len(orders), len(rows), len(overview.refused))
        words = (
            (self._without_films, "order without films", "orders without films"),
            (self._without_orders, "study without an order", "studies without an order"),
            (self._refused, "file not read", "files not read"),
        )
        tables = (self.without_films, self.without_orders, self.refused)
        for count, (label, one, many), table in zip(counts, words, tables, strict=True):
            label.setText(count_text(count, one, many))
            label.setVisible(bool(count) or table is not self.refused)
            table.setVisible(bool(count))
        self.fit()

    def _open(self, item: QTreeWidgetItem) -> None:
        uid = item.data(0, _UID)
        self.accept()
        self._desk.open_study(StudyUid(uid))

    def _table(self, name: str, heads: Sequence[str]) -> QTreeWidget:
        table = QTreeWidget()
        table.setAccessibleName(name)
        table.setHeaderLabels(list(heads))
        table.setRootIsDecorated(False)
        table.setUniformRowHeights(True)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        table.header().setMaximumSectionSize(_WIDEST)
        table.header().setStretchLastSection(True)
        table.hide()
        self.column.addWidget(table)
        return table

    def _fill(self, table: QTreeWidget, rows: Iterable[Sequence[str]]) -> None:
        table.clear()
        for row in rows:
            item = QTreeWidgetItem(list(row))
            for column, text in enumerate(row):
                # Qt would take a name that looks like markup for rich text.
                item.setToolTip(column, text.replace("<", "‹"))
            table.addTopLevelItem(item)
        lines = min(table.topLevelItemCount(), _LINES)
        height = table.header().sizeHint().height() + lines * max(table.sizeHintForRow(0), 20)
        table.setFixedHeight(height + 4)

    def _add_buttons(self) -> None:
        self.choose = QPushButton("Choose folder…")
        self.leave = QPushButton("Look no more")
        close = QPushButton("Close  Esc")
        for button in (self.choose, self.leave, close):
            set_look(button, variant="quiet")
        self.choose.clicked.connect(self._choose)
        self.leave.clicked.connect(lambda: self._desk.preferences.keep_orders_folder(None))
        close.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addWidget(self.choose)
        row.addWidget(self.leave)
        row.addStretch(1)
        is_fixed = self._desk.preferences.is_fixed("orders_folder")
        for button in (self.choose, self.leave):
            button.setAutoDefault(False)
            button.setDisabled(is_fixed)
            if is_fixed:
                button.setToolTip("Fixed for this computer.")
        self.column.addLayout(row)
        self.add_buttons(close)

    def _choose(self) -> None:
        folder = ask_for_folder(self, "Folder in which other systems put orders")
        if folder is not None:
            self._desk.preferences.keep_orders_folder(folder)
