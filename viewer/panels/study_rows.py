"""Rows of the study list: grouped by day, painted in three calm lines each."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QPainter, QPalette, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from engine.domain.study import Study, StudyStatus, StudySummary
from viewer.state.wording import STATUS_WORDS, first_writing, name_of, row_line, views_words
from viewer.theme.fonts import sans_font
from viewer.theme.tokens import FONT_SIZES

SUMMARY_ROLE = Qt.ItemDataRole.UserRole
_HEADING_HEIGHT, _ROW_HEIGHT = 32, 64
_Index = QModelIndex | QPersistentModelIndex


class StudyRows(QAbstractListModel):
    """Headings (plain strings) and summaries, in order of the days."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: list[str | StudySummary] = []
        self.open_study: Study | None = None

    def set_rows(self, rows: tuple[StudySummary, ...], today: date) -> None:
        """Show these rows, newest first, under headings by day, in the order of the rows."""
        self.beginResetModel()
        self._items = []
        for heading, members in groupby(rows, key=lambda row: _heading(row, today)):
            self._items += [heading, *members]
        self.endResetModel()

    def index_of(self, uid: str) -> QModelIndex:
        """Index of a study's row; invalid if it is not shown."""
        for position, item in enumerate(self._items):
            if isinstance(item, StudySummary) and item.uid == uid:
                return self.index(position)
        return QModelIndex()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Headings and rows."""
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The summary under `SUMMARY_ROLE`, a spoken line for screen readers otherwise."""
        item = self._items[index.row()]
        if role == SUMMARY_ROLE:
            return item if isinstance(item, StudySummary) else None
        if role == Qt.ItemDataRole.DisplayRole:
            return item if isinstance(item, str) else name_of(item.patient)
        if role == Qt.ItemDataRole.ToolTipRole and isinstance(item, StudySummary):
            # Qt would read a name that looks like markup as markup.
            return f"{name_of(item.patient)}\n{row_line(item)}".replace("<", "‹")
        if role == Qt.ItemDataRole.AccessibleTextRole and isinstance(item, StudySummary):
            parts = (row_line(item), STATUS_WORDS[item.status], views_words(item))
            return f"{name_of(item.patient)}, {', '.join(parts)}"
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Headings cannot be chosen."""
        if isinstance(self._items[index.row()], str):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def is_open(self, row: StudySummary) -> bool:
        """Whether it is the open study."""
        return self.open_study is not None and self.open_study.uid == row.uid

    def is_prior(self, row: StudySummary) -> bool:
        """Whether it is another study of the open study's patient."""
        study = self.open_study
        return (
            study is not None and row.uid != study.uid and row.patient.is_same_person(study.patient)
        )


def _heading(row: StudySummary, today: date) -> str:
    if row.study_date is not None and row.study_date > today:
        return "Dated later than today"
    return "Today" if row.study_date == today else "Earlier"


class StudyRowDelegate(QStyledItemDelegate):
    """Paints a row: dot, name and status, then date and description, then the views."""

    def sizeHint(self, _option: QStyleOptionViewItem, index: _Index) -> QSize:
        """64 px a study, 32 a heading."""
        is_row = index.data(SUMMARY_ROLE) is not None
        return QSize(0, _ROW_HEIGHT if is_row else _HEADING_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw the row."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box: QRect = option.rect
        palette: QPalette = option.palette
        summary = index.data(SUMMARY_ROLE)
        if summary is None:
            painter.setFont(sans_font(FONT_SIZES["caption"]))
            painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
            line = box.adjusted(12, 8, -12, 0)
            painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter), str(index.data()))
        else:
            state: QStyle.StateFlag = option.state
            self._paint_ground(painter, box, palette, state)
            self._paint_dot(painter, box, palette, index)
            _paint_words(painter, box, palette, summary)
        painter.restore()

    def _paint_ground(
        self, painter: QPainter, box: QRect, palette: QPalette, state: QStyle.StateFlag
    ) -> None:
        flags = QStyle.StateFlag
        if state & flags.State_Selected or state & flags.State_MouseOver:
            painter.fillRect(box, palette.color(QPalette.ColorRole.Light))
        if state & flags.State_HasFocus:
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(2, 1, -2, -1), 4, 4)

    def _paint_dot(self, painter: QPainter, box: QRect, palette: QPalette, index: _Index) -> None:
        model, summary = index.model(), index.data(SUMMARY_ROLE)
        if not isinstance(model, StudyRows):
            return
        accent = palette.color(QPalette.ColorRole.Accent)
        painter.setPen(QPen(accent, 1.5))
        if model.is_open(summary):
            painter.setBrush(accent)
        elif model.is_prior(summary):
            painter.setBrush(Qt.BrushStyle.NoBrush)
        else:
            return
        painter.drawEllipse(QPointF(box.left() + 12, box.top() + 16), 3, 3)


def _paint_words(painter: QPainter, box: QRect, palette: QPalette, summary: StudySummary) -> None:
    left, right = box.left() + 24, box.right() - 12
    dim = palette.color(QPalette.ColorRole.PlaceholderText)
    caption = sans_font(FONT_SIZES["caption"])
    status = STATUS_WORDS[summary.status]
    painter.setFont(caption)
    status_width = painter.fontMetrics().horizontalAdvance(status)
    is_new = summary.status is StudyStatus.NEW
    painter.setPen(palette.color(QPalette.ColorRole.Text) if is_new else dim)
    align = int(Qt.AlignmentFlag.AlignVCenter)
    painter.drawText(QRect(right - status_width, box.top() + 4, status_width, 24), align, status)
    name_box = QRect(left, box.top() + 4, right - status_width - 12 - left, 24)
    painter.setFont(sans_font(FONT_SIZES["base"], 600 if is_new else 400))
    painter.setPen(palette.color(QPalette.ColorRole.Text))
    _draw_elided(painter, name_box, first_writing(summary.patient))
    painter.setFont(caption)
    painter.setPen(dim)
    lower = QRect(left, box.top() + 24, right - left, 20)
    _draw_elided(painter, lower, row_line(summary))
    _draw_elided(painter, lower.translated(0, 16), views_words(summary))


def _draw_elided(painter: QPainter, box: QRect, text: str) -> None:
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), shown)
