"""A film's DICOM header with a search. Values are patient data: shown and written nowhere else."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from engine.domain.header import HeaderElement
from viewer.dialogs.sheet import Sheet
from viewer.state.wording import count_text
from viewer.theme.palette import set_look
from viewer.widgets.search_field import SearchField

_INDENT = "    "


class HeaderBrowser(Sheet):
    """Tag, name, VR and value of each element.

    Args:
        elements: Elements of the header, in order.
        film: The film without a patient's name, e.g. "Frontal PA".
    """

    def __init__(
        self, elements: Sequence[HeaderElement], film: str, parent: QWidget | None = None
    ) -> None:
        super().__init__("Header", 900, parent)
        self._elements = tuple(elements)
        self.add_heading(f"DICOM header: {film}")
        self.search = SearchField("Tag, name or value")
        self.search.searched.connect(self._show)
        self.column.addWidget(self.search)
        self.table = QTreeWidget()
        self.table.setAccessibleName("Elements of the header")
        self.table.setHeaderLabels(["Tag", "Name", "VR", "Value"])
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setMinimumHeight(420)
        header = self.table.header()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.table.setColumnWidth(1, 300)
        self.table.setColumnWidth(2, 44)
        self.column.addWidget(self.table)
        self.count = QLabel()
        set_look(self.count, role="dim")
        self.column.addWidget(self.count)
        close = QPushButton("Close  Esc")
        set_look(close, variant="quiet")
        close.clicked.connect(self.accept)
        self.add_buttons(close)
        self._show("")
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self, words: str) -> None:
        found = [element for element in self._elements if element.matches(words)]
        self.table.clear()
        self.table.addTopLevelItems([_line(element) for element in found])
        total = count_text(len(self._elements), "element", "elements")
        self.count.setText(f"{len(found)} of {total}" if words else total)


def _line(element: HeaderElement) -> QTreeWidgetItem:
    indent = _INDENT * element.depth
    item = QTreeWidgetItem([element.tag, indent + element.name, element.vr, element.value])
    # Qt would take a value that looks like markup for rich text.
    item.setToolTip(3, element.value.replace("<", "‹"))
    return item
