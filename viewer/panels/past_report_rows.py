"""Rows of the list of past reports, painted: a widget for each would slow down every save."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPalette, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from engine.domain.past_reports import ReportSummary
from viewer.state.wording import REPORT_STATUS_WORDS, moment_text, percent_text
from viewer.theme.fonts import sans_font
from viewer.theme.size import px
from viewer.theme.tokens import FONT_SIZES

_EDGE, _TOP, _NAME, _LINE = 12, 6, 16, 16
_LINES: Final = 3
_HEIGHT: Final = 2 * _TOP + _NAME + _LINES * _LINE


class PastReportDelegate(QStyledItemDelegate):
    """Paints name and status, then the film's date, when it was written, and the first words."""

    def sizeHint(
        self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """The same height for every report."""
        return QSize(0, px(_HEIGHT))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw one row."""
        row = index.data(Qt.ItemDataRole.UserRole)
        if not isinstance(row, ReportSummary):
            return
        painter.save()
        box: QRect = option.rect
        palette: QPalette = option.palette
        state: QStyle.StateFlag = option.state
        _paint_ground(painter, box, palette, state)
        _paint_words(painter, box.adjusted(_EDGE, _TOP, -_EDGE, -_TOP), palette, row)
        painter.restore()


def _paint_ground(
    painter: QPainter, box: QRect, palette: QPalette, state: QStyle.StateFlag
) -> None:
    flags = QStyle.StateFlag
    if state & flags.State_Selected or state & flags.State_MouseOver:
        painter.fillRect(box, palette.color(QPalette.ColorRole.Light))
    if state & flags.State_HasFocus:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Accent), 2))
        painter.drawRoundedRect(box.adjusted(2, 1, -2, -1), 4, 4)


def _paint_words(painter: QPainter, box: QRect, palette: QPalette, row: ReportSummary) -> None:
    dim = palette.color(QPalette.ColorRole.PlaceholderText)
    caption = sans_font(FONT_SIZES["caption"])
    status = REPORT_STATUS_WORDS[row.status]
    painter.setFont(caption)
    painter.setPen(dim)
    width = painter.fontMetrics().horizontalAdvance(status)
    head = QRect(box.left(), box.top(), box.width(), px(_NAME))
    painter.drawText(head, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), status)
    painter.setFont(sans_font(FONT_SIZES["base"]))
    painter.setPen(palette.color(QPalette.ColorRole.Text))
    _draw_elided(
        painter, head.adjusted(0, 0, -width - _EDGE, 0), row.patient_name or "Name not given"
    )
    painter.setFont(caption)
    painter.setPen(dim)
    for number, words in enumerate(_lines(row)):
        high = px(_LINE)
        line = QRect(box.left(), head.bottom() + 1 + number * high, box.width(), high)
        _draw_elided(painter, line, words)


def _lines(row: ReportSummary) -> tuple[str, str, str]:
    film = f"Film of {row.study_date}" if row.study_date else "Film"
    share = row.edit_share
    changed = "" if share is None else f"  ·  {percent_text(share)} changed"
    return film + changed, f"Written {moment_text(row.updated)}", " ".join(row.excerpt.split())


def _draw_elided(painter: QPainter, box: QRect, text: str) -> None:
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), shown)
