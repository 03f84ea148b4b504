"""Thumbnails of the patient's films under the study list. A click, Return or a drag shows a film.

Each is labelled with view, date and, in words and never by colour alone, what must not be missed:
PRIOR, KEY, STATE (a presentation state refers to the film), LOSSY, CUT SHORT, REDUCED (looked at,
but never at 1:1), SIGNED or DRAFTED.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QImage, QPainter, QPalette, QPen
from PySide6.QtWidgets import (
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from engine.domain.study import StudyStatus
from viewer.desk import Desk
from viewer.state.layout import Slot
from viewer.state.wording import STATUS_WORDS, date_text, view_word
from viewer.theme.fonts import sans_font
from viewer.theme.size import keep, px
from viewer.theme.tokens import FONT_SIZES

FILM_MIME: Final = "application/x-negatoscope-film"
"""A dragged film: its index in the list of films, as decimal digits."""
_CELL: Final = QSize(116, 148)
_PICTURE: Final = 84
_ROWS_SHOWN: Final = 2
SLOT_ROLE: Final = Qt.ItemDataRole.UserRole
PICTURE_ROLE: Final = Qt.ItemDataRole.UserRole + 1
IN_VIEW_ROLE: Final = Qt.ItemDataRole.UserRole + 2
FLAGS_ROLE: Final = Qt.ItemDataRole.UserRole + 3
_Index = QModelIndex | QPersistentModelIndex


class ThumbnailRows(QAbstractListModel):
    """The list's model: films of the open study and its priors."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._slots: tuple[Slot, ...] = ()
        self._images: dict[int, QImage] = {}

    def refresh(self) -> None:
        """Show the films again."""
        slots = self._desk.thumbnails.slots
        if slots != self._slots:
            self.beginResetModel()
            self._slots, self._images = slots, {}
            self.endResetModel()
        elif slots:
            self.dataChanged.emit(self.index(0), self.index(len(slots) - 1))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Number of films."""
        return 0 if parent.isValid() else len(self._slots)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Texts for display and screen readers, and the values that the delegate paints."""
        slot = self._slots[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return view_word(slot.image)
            case Qt.ItemDataRole.AccessibleTextRole | Qt.ItemDataRole.ToolTipRole:
                return self._spoken(slot)
            case _:
                return self._painted(slot, index.row(), role)

    def flags(self, _index: _Index) -> Qt.ItemFlag:
        """Every film can be selected and dragged."""
        kinds = Qt.ItemFlag
        return kinds.ItemIsEnabled | kinds.ItemIsSelectable | kinds.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:
        """Only our own type, so that no patient data can be dragged out of the window."""
        return [FILM_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """Index of the dragged film."""
        data = QMimeData()
        if indexes:
            data.setData(FILM_MIME, QByteArray(str(indexes[0].row()).encode()))
        return data

    def _image(self, row: int) -> QImage | None:
        if row not in self._images:
            picture = self._desk.thumbnails.picture(self._slots[row].image)
            if picture is None:
                return None
            height, width = picture.shape
            grey = QImage.Format.Format_Grayscale8
            self._images[row] = QImage(picture.tobytes(), width, height, width, grey).copy()
        return self._images[row]

    def _painted(self, slot: Slot, row: int, role: int) -> Any:
        match role:
            case _ if role == SLOT_ROLE:
                return slot
            case _ if role == PICTURE_ROLE:
                return self._image(row)
            case _ if role == IN_VIEW_ROLE:
                return self._desk.thumbnails.is_in_view(slot.image)
            case _ if role == FLAGS_ROLE:
                return self._flags(slot)
        return None

    def _spoken(self, slot: Slot) -> str:
        words = (view_word(slot.image), date_text(slot.study.study_date), self._flags(slot))
        return ", ".join(word for word in words if word)

    def _flags(self, slot: Slot) -> str:
        rows = self._desk.library.rows
        status = next((row.status for row in rows if row.uid == slot.study.uid), StudyStatus.NEW)
        words = (
            "PRIOR" if slot.is_prior else "",
            "KEY" if self._desk.annotations.is_key(slot.image.sop_uid) else "",
            "STATE" if self._desk.presentations.of_film(slot.image.sop_uid) else "",
            "LOSSY" if slot.image.lossy else "",
            "" if slot.image.is_whole else "CUT SHORT",
            "REDUCED" if self._desk.thumbnails.is_only_reduced(slot.image) else "",
            "" if status is StudyStatus.NEW else STATUS_WORDS[status].upper(),
        )
        return " · ".join(word for word in words if word)


class ThumbnailDelegate(QStyledItemDelegate):
    """Paints picture, view, date and flags."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        """The same size for all cells."""
        return QSize(px(_CELL.width()), px(_CELL.height()))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one film."""
        box: QRect = option.rect.adjusted(2, 2, -2, -2)
        palette: QPalette = option.palette
        painter.save()
        picture = QRect(box.left(), box.top(), box.width(), px(_PICTURE))
        painter.fillRect(picture, QColor(Qt.GlobalColor.black))
        image = index.data(PICTURE_ROLE)
        if isinstance(image, QImage):
            size = image.size().scaled(picture.size(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRect(picture.topLeft(), size)
            target.moveCenter(picture.center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(target, image)
        self._words(painter, box, palette, index)
        has_focus = bool(option.state & QStyle.StateFlag.State_HasFocus)
        if has_focus or index.data(IN_VIEW_ROLE):
            accent = palette.color(QPalette.ColorRole.Accent)
            painter.setPen(QPen(accent, 2 if has_focus else 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(picture if not has_focus else box)
        painter.restore()

    def _words(self, painter: QPainter, box: QRect, palette: QPalette, index: _Index) -> None:
        slot: Slot = index.data(SLOT_ROLE)
        painter.setFont(sans_font(FONT_SIZES["caption"]))
        text = palette.color(QPalette.ColorRole.Text)
        dim = palette.color(QPalette.ColorRole.PlaceholderText)
        lines = (
            (view_word(slot.image), text),
            (date_text(slot.study.study_date), dim),
            (index.data(FLAGS_ROLE), text),
        )
        for line, (words, colour) in enumerate(lines):
            top = box.top() + px(_PICTURE + 4 + 17 * line)
            area = QRect(box.left(), top, box.width(), px(17))
            shown = painter.fontMetrics().elidedText(
                words, Qt.TextElideMode.ElideRight, area.width()
            )
            painter.setPen(colour)
            painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter), shown)


class ThumbnailsPanel(QWidget):
    """The list of thumbnails under the study list.

    Signals:
        chosen: `ImageRef` of the film to show.
    """

    chosen = Signal(object)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.rows = ThumbnailRows(desk, self)
        self.view = QListView()
        self._lines = _ROWS_SHOWN
        self._lay_out()
        self.view.clicked.connect(self._on_chosen)
        self.view.activated.connect(self._on_chosen)
        desk.thumbnails.changed.connect(self.refresh)
        desk.thumbnails.picture_came.connect(lambda _index: self.rows.refresh())
        desk.library.rows_changed.connect(self.rows.refresh)
        desk.annotations.changed.connect(self.rows.refresh)
        desk.presentations.changed.connect(self.rows.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the films, or hide without any."""
        self.rows.refresh()
        count = self.rows.rowCount()
        self.setVisible(count > 0)
        lines = min((count + 1) // 2, self._lines)
        keep(self, height=lines * _CELL.height() + 8)

    def show_lines(self, most: int) -> None:
        """Show at most this many lines of films; the others are scrolled to."""
        if most != self._lines:
            self._lines = most
            self.refresh()

    def _on_chosen(self, index: QModelIndex) -> None:
        slot = index.data(SLOT_ROLE)
        if isinstance(slot, Slot):
            self.chosen.emit(slot.image)

    def _lay_out(self) -> None:
        self.view.setModel(self.rows)
        self.view.setItemDelegate(ThumbnailDelegate(self.view))
        self.view.setViewMode(QListView.ViewMode.IconMode)
        self.view.setMovement(QListView.Movement.Static)
        self.view.setResizeMode(QListView.ResizeMode.Adjust)
        self.view.setUniformItemSizes(True)
        self.view.setDragEnabled(True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setAccessibleName("Films of this patient")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 4)
        column.addWidget(self.view)
