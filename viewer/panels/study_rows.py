"""Rows of the study list: grouped by day, painted in three lines each, and why one has no draft."""

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

from engine.domain.study import Study, StudyStatus, StudySummary, StudyUid
from engine.domain.urgency import ROUTINE_RANK
from viewer.state.wording import (
    films_words,
    first_writing,
    order_mark_text,
    row_line,
    row_status,
    row_title,
    why_not_drafted,
)
from viewer.theme.fonts import sans_font
from viewer.theme.size import px
from viewer.theme.tokens import FONT_SIZES

SUMMARY_ROLE = Qt.ItemDataRole.UserRole
STATUS_ROLE = SUMMARY_ROLE + 1
REASON_ROLE = SUMMARY_ROLE + 2
_HEADING_HEIGHT, _ROW_HEIGHT, _REASON_HEIGHT = 32, 64, 36
_Index = QModelIndex | QPersistentModelIndex


class StudyRows(QAbstractListModel):
    """The list's model: headings (plain strings) and summaries, in the order given."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: list[str | StudySummary] = []
        self.open_study: Study | None = None
        self._drafting: StudyUid | None = None
        self._put_off: dict[StudyUid, str] = {}

    def set_rows(
        self,
        rows: tuple[StudySummary, ...],
        today: date,
        just_opened: frozenset[StudyUid] = frozenset(),
    ) -> None:
        """Show rows in their order, under headings for the day or for what was just opened."""
        self.beginResetModel()
        self._items = []
        for heading, members in groupby(rows, key=lambda row: _heading(row, today, just_opened)):
            self._items += [heading, *members]
        self.endResetModel()

    def note_drafts(self, drafting: StudyUid | None, put_off: dict[StudyUid, str]) -> None:
        """Show which study is drafted in the background, and whose draft failed for the moment."""
        changed = {drafting, self._drafting} - {None}
        is_taller = put_off != self._put_off
        self._drafting, self._put_off = drafting, put_off
        if is_taller:
            self.layoutChanged.emit()
        for uid in changed:
            index = self.index_of(str(uid))
            if index.isValid():
                self.dataChanged.emit(index, index)

    def index_of(self, uid: str) -> QModelIndex:
        """Index of a study's row; invalid if it is not shown."""
        for position, item in enumerate(self._items):
            if isinstance(item, StudySummary) and item.uid == uid:
                return self.index(position)
        return QModelIndex()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Number of headings and rows."""
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The summary under `SUMMARY_ROLE`, its status and reason, and texts for every reader."""
        item = self._items[index.row()]
        if role == SUMMARY_ROLE:
            return item if isinstance(item, StudySummary) else None
        if role == Qt.ItemDataRole.DisplayRole:
            return item if isinstance(item, str) else row_title(item)
        return None if isinstance(item, str) else self._words(item, role)

    def _words(self, item: StudySummary, role: int) -> str | None:
        put_off = self._put_off.get(item.uid, "")
        status = row_status(item, is_drafting=item.uid == self._drafting, put_off=put_off)
        reason = "" if item.uid == self._drafting else why_not_drafted(item, put_off)
        order = order_mark_text(item)
        if role == STATUS_ROLE:
            return status
        if role == REASON_ROLE:
            return reason
        if role == Qt.ItemDataRole.ToolTipRole:
            lines = filter(None, (row_title(item), row_line(item), order, reason))
            # Qt would take a name that looks like markup for rich text.
            return "\n".join(lines).replace("<", "‹")
        if role == Qt.ItemDataRole.AccessibleTextRole:
            parts = filter(None, (order, row_line(item), status, reason, films_words(item)))
            return f"{row_title(item)}, {', '.join(parts)}"
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Headings cannot be selected."""
        if isinstance(self._items[index.row()], str):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def is_open(self, row: StudySummary) -> bool:
        """Whether a row is the open study."""
        return self.open_study is not None and self.open_study.uid == row.uid

    def is_prior(self, row: StudySummary) -> bool:
        """Whether a row is another study of the open study's patient."""
        study = self.open_study
        return (
            study is not None and row.uid != study.uid and row.patient.is_same_person(study.patient)
        )


def _heading(row: StudySummary, today: date, just_opened: frozenset[StudyUid]) -> str:
    if row.uid in just_opened:
        return "Just opened"
    if row.urgency < ROUTINE_RANK:
        return "Urgent"
    if row.study_date is not None and row.study_date > today:
        return "Dated later than today"
    return "Today" if row.study_date == today else "Earlier"


class StudyRowDelegate(QStyledItemDelegate):
    """Paints a row: dot, name and status, then date and description, then the views."""

    def sizeHint(self, _option: QStyleOptionViewItem, index: _Index) -> QSize:
        """64 px for a study and more for a reason, 32 px for a heading."""
        if index.data(SUMMARY_ROLE) is None:
            return QSize(0, px(_HEADING_HEIGHT))
        return QSize(0, px(_ROW_HEIGHT + (_REASON_HEIGHT if index.data(REASON_ROLE) else 0)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one row."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box: QRect = option.rect
        palette: QPalette = option.palette
        summary = index.data(SUMMARY_ROLE)
        if summary is None:
            painter.setFont(sans_font(FONT_SIZES["caption"]))
            painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
            line = box.adjusted(12, px(8), -12, 0)
            painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter), str(index.data()))
        else:
            state: QStyle.StateFlag = option.state
            self._paint_ground(painter, box, palette, state)
            self._paint_dot(painter, box, palette, index)
            _paint_words(painter, box, palette, index)
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
        painter.drawEllipse(QPointF(box.left() + 12, box.top() + px(16)), px(3), px(3))


def _paint_words(painter: QPainter, box: QRect, palette: QPalette, index: _Index) -> None:
    summary: StudySummary = index.data(SUMMARY_ROLE)
    left, right = box.left() + 24, box.right() - 12
    dim = palette.color(QPalette.ColorRole.PlaceholderText)
    caption = sans_font(FONT_SIZES["caption"])
    status: str = index.data(STATUS_ROLE)
    painter.setFont(caption)
    status_width = painter.fontMetrics().horizontalAdvance(status)
    # A draft that came by itself makes no study read.
    is_unread = summary.status in (StudyStatus.NEW, StudyStatus.DRAFTED)
    painter.setPen(palette.color(QPalette.ColorRole.Text) if is_unread else dim)
    align = int(Qt.AlignmentFlag.AlignVCenter)
    top, high = box.top() + px(4), px(24)
    painter.drawText(QRect(right - status_width, top, status_width, high), align, status)
    name_box = QRect(left, top, right - status_width - 12 - left, high)
    painter.setFont(sans_font(FONT_SIZES["base"], 600 if is_unread else 400))
    painter.setPen(palette.color(QPalette.ColorRole.Text))
    _draw_elided(painter, name_box, summary.file_name or first_writing(summary.patient))
    painter.setFont(caption)
    painter.setPen(dim)
    lower = QRect(left, box.top() + px(24), right - left, px(20))
    _draw_elided(painter, lower, row_line(summary))
    last = lower.translated(0, px(16))
    mark = order_mark_text(summary)
    if mark:
        painter.setFont(sans_font(FONT_SIZES["caption"], 600))
        width = painter.fontMetrics().horizontalAdvance(mark)
        is_urgent = summary.urgency < ROUTINE_RANK
        role = QPalette.ColorRole.Accent if is_urgent else QPalette.ColorRole.Text
        painter.setPen(palette.color(role))
        painter.drawText(QRect(right - width, last.top(), width, last.height()), align, mark)
        painter.setFont(caption)
        painter.setPen(dim)
        last.setRight(right - width - px(12))
    _draw_elided(painter, last, films_words(summary))
    reason: str = index.data(REASON_ROLE)
    if reason:
        below = QRect(left, box.top() + px(60), right - left, px(_REASON_HEIGHT - 2))
        painter.drawText(below, int(Qt.TextFlag.TextWordWrap), reason)


def _draw_elided(painter: QPainter, box: QRect, text: str) -> None:
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), shown)
