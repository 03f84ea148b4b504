"""The patient's films in small, under the study list: a click, Return or a drag hangs one.

Each says its view and date, and in words, never by colour alone, what must not be missed: PRIOR,
KEY, STATE (a presentation state lies beside it), LOSSY, CUT SHORT, REDUCED (looked at, but never at
its own pixels), SIGNED or DRAFTED.
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
from viewer.app_context import AppContext
from viewer.state.hanging import Place
from viewer.state.wording import STATUS_WORDS, date_text, view_word
from viewer.theme.fonts import sans_font
from viewer.theme.tokens import FONT_SIZES

FILM_MIME: Final = "application/x-negatoscope-film"
"""A dragged film: its place in the list of films, as decimal digits."""
_CELL: Final = QSize(116, 148)
_PICTURE: Final = 84
_ROWS_SHOWN: Final = 2
PLACE_ROLE: Final = Qt.ItemDataRole.UserRole
PICTURE_ROLE: Final = Qt.ItemDataRole.UserRole + 1
IN_VIEW_ROLE: Final = Qt.ItemDataRole.UserRole + 2
FLAGS_ROLE: Final = Qt.ItemDataRole.UserRole + 3
_Index = QModelIndex | QPersistentModelIndex


class ThumbnailRows(QAbstractListModel):
    """The films of the open study and its priors."""

    def __init__(self, context: AppContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._places: tuple[Place, ...] = ()
        self._images: dict[int, QImage] = {}

    def refresh(self) -> None:
        """Show the films as they are now."""
        places = self._context.thumbnails.places
        if places != self._places:
            self.beginResetModel()
            self._places, self._images = places, {}
            self.endResetModel()
        elif places:
            self.dataChanged.emit(self.index(0), self.index(len(places) - 1))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Number of films."""
        return 0 if parent.isValid() else len(self._places)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Words for eyes and screen readers, and what the delegate paints."""
        place = self._places[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return view_word(place.image)
            case Qt.ItemDataRole.AccessibleTextRole | Qt.ItemDataRole.ToolTipRole:
                return self._spoken(place)
            case _:
                return self._painted(place, index.row(), role)

    def flags(self, _index: _Index) -> Qt.ItemFlag:
        """Every film can be chosen and dragged."""
        kinds = Qt.ItemFlag
        return kinds.ItemIsEnabled | kinds.ItemIsSelectable | kinds.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:
        """Our own kind only: no patient data leaves the window by a drag."""
        return [FILM_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """The dragged film."""
        data = QMimeData()
        if indexes:
            data.setData(FILM_MIME, QByteArray(str(indexes[0].row()).encode()))
        return data

    def _image(self, row: int) -> QImage | None:
        if row not in self._images:
            picture = self._context.thumbnails.picture(self._places[row].image)
            if picture is None:
                return None
            height, width = picture.shape
            grey = QImage.Format.Format_Grayscale8
            self._images[row] = QImage(picture.tobytes(), width, height, width, grey).copy()
        return self._images[row]

    def _painted(self, place: Place, row: int, role: int) -> Any:
        match role:
            case _ if role == PLACE_ROLE:
                return place
            case _ if role == PICTURE_ROLE:
                return self._image(row)
            case _ if role == IN_VIEW_ROLE:
                return self._context.thumbnails.is_in_view(place.image)
            case _ if role == FLAGS_ROLE:
                return self._flags(place)
        return None

    def _spoken(self, place: Place) -> str:
        words = (view_word(place.image), date_text(place.study.study_date), self._flags(place))
        return ", ".join(word for word in words if word)

    def _flags(self, place: Place) -> str:
        rows = self._context.library.rows
        status = next((row.status for row in rows if row.uid == place.study.uid), StudyStatus.NEW)
        words = (
            "PRIOR" if place.is_prior else "",
            "KEY" if self._context.marks.is_key(place.image.sop_uid) else "",
            "STATE" if self._context.presentations.of_film(place.image.sop_uid) else "",
            "LOSSY" if place.image.lossy else "",
            "" if place.image.is_whole else "CUT SHORT",
            "REDUCED" if self._context.thumbnails.is_only_reduced(place.image) else "",
            "" if status is StudyStatus.NEW else STATUS_WORDS[status].upper(),
        )
        return " · ".join(word for word in words if word)


class ThumbnailDelegate(QStyledItemDelegate):
    """Paints picture, view, date and flags."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        """All cells are the same size."""
        return _CELL

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one film."""
        box: QRect = option.rect.adjusted(2, 2, -2, -2)
        palette: QPalette = option.palette
        painter.save()
        picture = QRect(box.left(), box.top(), box.width(), _PICTURE)
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
        place: Place = index.data(PLACE_ROLE)
        painter.setFont(sans_font(FONT_SIZES["caption"]))
        text = palette.color(QPalette.ColorRole.Text)
        dim = palette.color(QPalette.ColorRole.PlaceholderText)
        lines = (
            (view_word(place.image), text),
            (date_text(place.study.study_date), dim),
            (index.data(FLAGS_ROLE), text),
        )
        for line, (words, colour) in enumerate(lines):
            area = QRect(box.left(), box.top() + _PICTURE + 4 + 17 * line, box.width(), 17)
            shown = painter.fontMetrics().elidedText(
                words, Qt.TextElideMode.ElideRight, area.width()
            )
            painter.setPen(colour)
            painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter), shown)


class ThumbnailsPanel(QWidget):
    """The films under the study list.

    Signals:
        chosen: `ImageRef` of the film to hang.
    """

    chosen = Signal(object)

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.rows = ThumbnailRows(context, self)
        self.view = QListView()
        self._lines = _ROWS_SHOWN
        self._lay_out()
        self.view.clicked.connect(self._on_chosen)
        self.view.activated.connect(self._on_chosen)
        context.thumbnails.changed.connect(self.refresh)
        context.thumbnails.picture_came.connect(lambda _index: self.rows.refresh())
        context.library.rows_changed.connect(self.rows.refresh)
        context.marks.changed.connect(self.rows.refresh)
        context.presentations.changed.connect(self.rows.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the films, or nothing while there are none."""
        self.rows.refresh()
        count = self.rows.rowCount()
        self.setVisible(count > 0)
        lines = min((count + 1) // 2, self._lines)
        self.setFixedHeight(lines * _CELL.height() + 8)

    def show_lines(self, most: int) -> None:
        """Take the room of at most so many lines of films; the others are scrolled to."""
        if most != self._lines:
            self._lines = most
            self.refresh()

    def _on_chosen(self, index: QModelIndex) -> None:
        place = index.data(PLACE_ROLE)
        if isinstance(place, Place):
            self.chosen.emit(place.image)

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
