"""The widget of one viewport: paints a film by its state, with texts at the border.

The film is drawn unscaled from a buffer at device resolution (see `film_buffer`). Texts stay at the
border, off the lung fields. Input is not handled here: `viewer.tools` watches the widget.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QLineF, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QPainter,
    QPaintEvent,
    QPen,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.domain.annotation import Annotation
from engine.domain.evidence import EvidenceGrade, Region
from engine.imaging.window import display_table
from viewer.canvas.annotation_editor import AnnotationEditor
from viewer.canvas.annotation_layer import AnnotationLayer
from viewer.canvas.corner_text import corner_text, scale_bar
from viewer.canvas.evidence_item import draw_cells
from viewer.canvas.film_buffer import FilmBuffer
from viewer.canvas.film_graphics import FilmGraphics
from viewer.canvas.film_text import FilmInk, broken, draw_bar, draw_line, draw_stack, flowed
from viewer.canvas.loupe import LoupePainter
from viewer.canvas.screen_pixels import screen_pixels
from viewer.canvas.state_layer import StateLayer
from viewer.canvas.their_layer import TheirLayer
from viewer.canvas.view_area import ViewArea
from viewer.state.film_in_view import ViewportStage
from viewer.state.key_pointer import KeyPointer
from viewer.state.loupe import LoupeState
from viewer.state.viewport import ViewportState
from viewer.theme.fonts import sans_font
from viewer.theme.tokens import DARK, FONT_SIZES, GRID, Tokens

_POINTER_GAP: Final = 4.0
"""Half of the gap in the middle, which keeps the target visible, in logical px."""
_POINTER_ARM: Final = 14.0
"""Length from the middle to an arm's end, in logical px."""
CORNER_SIZE: Final = 12
"""Font size of the corner texts, in px."""
LETTER_SIZE: Final = 15
"""Font size of the orientation letters, in px."""
MARGIN: Final = 3 * GRID
"""Distance of texts from the edge of the viewport, in px."""
FRAME: Final = 2
"""Width of the active viewport's frame, in px."""
STACK_HEIGHT: Final = 240
"""Height that the texts at the bottom left never exceed, in px."""
MOST_NOTES: Final = 4
"""Most lines of notes; more would reach the lungs in a small viewport."""
MESSAGE_WIDTH: Final = 420
"""Greatest width of the message in the middle, in px."""


class Viewport(QWidget):
    """The canvas of one film.

    Signals:
        focused: The viewport took the keyboard focus; commands apply to it.
    """

    focused = Signal()

    def __init__(
        self, state: ViewportState, tokens: Tokens = DARK, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._tokens = tokens
        self._buffer = FilmBuffer()
        self._annotations = AnnotationLayer(state, tokens)
        self._graphics = FilmGraphics(state, tokens)
        self._applied = StateLayer(state, tokens)
        self._theirs = TheirLayer(state, tokens)
        self.loupe = LoupeState(self)
        self.key_pointer = KeyPointer(self)
        self._lens = LoupePainter(state, self.loupe, tokens)
        self._table: NDArray[np.uint8] | None = None
        self._is_active = False
        self._cells: tuple[Region, ...] = ()
        self._grade = EvidenceGrade.NOT_SHOWN
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 120)
        self.setMouseTracking(True)
        state.image_changed.connect(self._on_image)
        state.window_changed.connect(self._on_window)
        state.geometry_changed.connect(self._on_geometry)
        state.placement.motion.ended.connect(self._on_geometry)
        state.annotations_changed.connect(self.update)
        state.annotations.changed.connect(self.update)
        state.grey.chosen.changed.connect(self.update)
        self.loupe.changed.connect(self.update)
        self.key_pointer.changed.connect(self.update)
        state.text_wanted.connect(self._ask_for_words)
        self._on_image()

    @property
    def state(self) -> ViewportState:
        """State of this viewport."""
        return self._state

    def set_active(self, is_active: bool) -> None:  # noqa: FBT001  # a slot for toggled(bool)
        """Frame the viewport that commands apply to."""
        if is_active != self._is_active:
            self._is_active = is_active
            self.update()

    def show_cells(self, cells: tuple[Region, ...], grade: EvidenceGrade) -> None:
        """Outline evidence cells; an empty tuple removes the outlines."""
        if (cells, grade) != (self._cells, self._grade):
            self._cells, self._grade = cells, grade
            self.update()

    def view_position(self, position: QPointF) -> tuple[float, float]:
        """Convert a position in the widget to view pixels."""
        ratio = self.devicePixelRatioF()
        return position.x() * ratio, position.y() * ratio

    def sizeHint(self) -> QSize:
        """A usual size."""
        return QSize(640, 640)

    def event(self, event: QEvent) -> bool:
        """Follow the screen's pixel ratio."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._tell_size()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Pass the size in device pixels to the state."""
        super().resizeEvent(event)
        self._tell_size()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Highlight the frame and announce the focus."""
        super().focusInEvent(event)
        self.update()
        self.focused.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Dim the frame."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint film, overlays, texts and frame."""
        painter = QPainter(self)
        if self._state.film.stage is ViewportStage.READY:
            self._draw_film(painter, event.region())
            self._graphics.paint(painter, self.devicePixelRatioF())
            self._draw_cells(painter)
            self._applied.paint(painter, self.devicePixelRatioF())
            self._theirs.paint(painter, self._inner(), self.devicePixelRatioF())
            self._annotations.paint(painter, self._inner(), self.devicePixelRatioF())
            self._draw_letters(painter)
            self._draw_scale(painter)
        else:
            painter.fillRect(self.rect(), QColor(self._tokens.film_ground))
            self._draw_message(painter)
        self._draw_corners(painter)
        self._draw_hint(painter)
        self._lens.paint(painter, self.devicePixelRatioF())
        _draw_key_pointer(painter, self.key_pointer, self.devicePixelRatioF(), self._tokens)
        self._draw_frame(painter)
        painter.end()

    def _draw_film(self, painter: QPainter, region: QRegion) -> None:
        if not self._buffer.is_current:
            self._build()
        film = self._film_area()
        # Only around the film: painting the ground under it would cost as much as the film itself.
        covered = ViewArea(
            left=math.ceil(film.left()),
            top=math.ceil(film.top()),
            right=math.floor(film.right()),
            bottom=math.floor(film.bottom()),
        )
        whole = ViewArea(left=0, top=0, right=self.width(), bottom=self.height())
        ground = QColor(self._tokens.film_ground)
        # Source mode blends nothing, so Qt fills at once and not in pieces on its threads.
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        for area in whole.around(covered):
            painter.fillRect(area.left, area.top, area.width, area.height, ground)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        table = self._look_up()
        screen = screen_pixels(painter, region)
        if table is not None and screen is not None:
            self._buffer.write(screen, table)
        elif table is not None:
            self._buffer.draw(painter, film.topLeft(), table, self.devicePixelRatioF())

    def _draw_cells(self, painter: QPainter) -> None:
        if self._cells and (geometry := self._state.placement.geometry) is not None:
            draw_cells(painter, geometry, self._cells, self._grade, self._tokens)

    def _build(self) -> None:
        samples, geometry = self._state.grey.samples, self._state.placement.geometry
        if samples is not None and geometry is not None:
            smoothing = self._state.grey.filter.interpolation
            is_moving = self._state.placement.motion.is_on
            size = self._device_size()
            self._buffer.build(samples, geometry, size, smoothing, is_moving=is_moving)

    def _look_up(self) -> NDArray[np.uint8] | None:
        pixels, voi = self._state.film.pixels, self._state.grey.voi
        if self._table is None and pixels is not None and voi is not None:
            self._table = display_table(pixels, voi, inverted=self._state.grey.is_inverted)
        return self._table

    def _draw_letters(self, painter: QPainter) -> None:
        image, shown = self._state.film.image, self._state.presentation
        if image is None or shown is None:
            return
        letters = shown.turn.letters(image.patient_orientation)
        ink = FilmInk(
            colour=self._tokens.film_letter,
            halo=self._tokens.film_halo,
            size=LETTER_SIZE,
            weight=QFont.Weight.DemiBold.value,
        )
        middle_v, middle_h = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignHCenter
        for text, align in (
            (letters.left, Qt.AlignmentFlag.AlignLeft | middle_v),
            (letters.right, Qt.AlignmentFlag.AlignRight | middle_v),
            (letters.top, Qt.AlignmentFlag.AlignTop | middle_h),
            (letters.bottom, Qt.AlignmentFlag.AlignBottom | middle_h),
        ):
            draw_line(painter, self._inner(), align, text, ink)

    def _draw_scale(self, painter: QPainter) -> None:
        pixels = self._state.film.pixels
        if pixels is None:
            return
        ratio = self.devicePixelRatioF()
        bar = scale_bar(self._state.in_view.spacing, self._state.placement.zoom, ratio)
        area, ink = self._inner(), self._ink()
        line = ink.line_height
        words = QRectF(area.center().x() + LETTER_SIZE, area.bottom() - line, 0, line)
        words.setRight(area.right())
        lines = broken(bar.label, words.width(), ink)
        words.setTop(area.bottom() - line * len(lines))
        align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom
        draw_stack(painter, words, align, lines, ink)
        if bar.length > 0:
            end = QPointF(area.right(), words.top() - 2 * GRID)
            draw_bar(painter, end, bar.length / ratio, ink)

    def _draw_corners(self, painter: QPainter) -> None:
        text, area, ink = corner_text(self._state), self._inner(), self._ink()
        half = area.width() / 2 - LETTER_SIZE
        left = QRectF(area.left(), area.top(), half, area.height())
        right = QRectF(area.right() - half, area.top(), half, area.height())
        edge = Qt.AlignmentFlag
        notes = tuple(line for note in text.notes for line in broken(note, half, ink))
        if len(notes) > MOST_NOTES:
            notes = broken(f"{len(text.notes)} NOTES: ENLARGE THE VIEW", half, ink)
        lines = (*notes, *flowed(text.badges, half, ink))
        shown = (*lines, *broken(text.shown, half, ink)) if text.shown else lines
        for corner, align, stack in (
            (left, edge.AlignLeft | edge.AlignTop, text.top_left),
            (right, edge.AlignRight | edge.AlignTop, text.top_right),
            (left, edge.AlignLeft | edge.AlignBottom, shown),
        ):
            draw_stack(painter, corner, align, stack, ink)

    def _draw_hint(self, painter: QPainter) -> None:
        """Under the top letter: a warning if mirrored, the preset just chosen, the tool's hint."""
        area = self._inner().adjusted(0, LETTER_SIZE + 2 * GRID, 0, 0)
        shown = self._state.presentation
        words = (
            ("MIRRORED" if shown is not None and shown.turn.mirrored else "", self._tokens.amber),
            (self._state.grey.chosen.words, self._tokens.film_letter),
            (self._state.in_view.hint, self._tokens.accent),
        )
        align = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter
        for text, colour in words:
            ink = FilmInk(colour=colour, halo=self._tokens.film_halo, size=CORNER_SIZE + 1)
            lines = broken(text, area.width(), ink)
            draw_stack(painter, area, align, lines, ink)
            area.setTop(area.top() + len(lines) * ink.line_height)

    def _draw_message(self, painter: QPainter) -> None:
        state = self._state
        width = min(MESSAGE_WIDTH, self.width() - 2 * MARGIN)
        area = QRectF((self.width() - width) / 2, 0, width, self.height() / 2)
        wrapped = int(Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap)
        painter.setPen(QColor(self._tokens.film_text))
        painter.setFont(sans_font(FONT_SIZES["report"]))
        painter.drawText(area, wrapped | int(Qt.AlignmentFlag.AlignBottom), state.film.message)
        painter.setFont(sans_font(FONT_SIZES["base"]))
        below = area.translated(0, area.height() + 2 * GRID)
        painter.drawText(below, wrapped | int(Qt.AlignmentFlag.AlignTop), state.film.what_to_do)

    def _draw_frame(self, painter: QPainter) -> None:
        if not (self._is_active or self.hasFocus()):
            return
        colour = QColor(self._tokens.accent)
        if not self.hasFocus():
            # The focus is elsewhere: single-letter keys do not work here, and the dimmed frame
            # shows it.
            colour.setAlphaF(0.45)
        pen = QPen(colour, FRAME)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        half = FRAME / 2
        painter.drawRect(QRectF(self.rect()).adjusted(half, half, -half, -half))

    def _ink(self) -> FilmInk:
        return FilmInk(colour=self._tokens.film_text, halo=self._tokens.film_halo, size=CORNER_SIZE)

    def _inner(self) -> QRectF:
        return QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)

    def _device_size(self) -> tuple[int, int]:
        ratio = self.devicePixelRatioF()
        return round(self.width() * ratio), round(self.height() * ratio)

    def _ask_for_words(self, annotation: Annotation) -> None:
        """Open a line editor for a text annotation. The focus returns afterwards."""
        geometry = self._state.placement.geometry
        if geometry is None:
            return
        ratio = self.devicePixelRatioF()
        x, y = geometry.to_view(annotation.points[0].x, annotation.points[0].y)
        editor = AnnotationEditor(annotation, self)
        editor.move(
            round(min(max(x / ratio, 0), self.width() - editor.width())),
            round(min(max(y / ratio, 0), self.height() - editor.sizeHint().height())),
        )
        editor.written.connect(self._state.annotations.change)
        editor.closed.connect(self.setFocus)
        editor.show()
        editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _tell_size(self) -> None:
        self._state.placement.set_view_size(*self._device_size())

    def _on_image(self) -> None:
        self._table = None
        self._buffer.clear()
        caption, pixels = self._state.film.caption, self._state.film.pixels
        self.setAccessibleName(caption.view or "Film")
        notes = () if pixels is None else pixels.notes
        self.setAccessibleDescription(self._state.film.message or " ".join((caption.study, *notes)))
        self._on_geometry()

    def _on_window(self) -> None:
        self._table = None
        if self.loupe.position is None:
            # Only what a window changes: the film, and the text at the bottom left.
            left = QRect(0, self.height() - STACK_HEIGHT, self.width() // 2, STACK_HEIGHT)
            self.update(QRegion(self._film_area().toAlignedRect()).united(left))
        else:
            self.update()

    def _film_area(self) -> QRectF:
        """The area that the film covers, in logical px."""
        ratio = self.devicePixelRatioF()
        left, top = self._buffer.origin
        height, width = self._buffer.values.shape
        return QRectF(left / ratio, top / ratio, width / ratio, height / ratio)

    def _on_geometry(self) -> None:
        self._buffer.outdate()
        self.update()


def _draw_key_pointer(
    painter: QPainter, pointer: KeyPointer, pixel_ratio: float, tokens: Tokens
) -> None:
    """Draw the crosshair at its position, if it is shown."""
    if pointer.position is None:
        return
    x, y = pointer.position[0] / pixel_ratio, pointer.position[1] / pixel_ratio
    arms = [
        QLineF(x - _POINTER_ARM, y, x - _POINTER_GAP, y),
        QLineF(x + _POINTER_GAP, y, x + _POINTER_ARM, y),
        QLineF(x, y - _POINTER_ARM, x, y - _POINTER_GAP),
        QLineF(x, y + _POINTER_GAP, x, y + _POINTER_ARM),
    ]
    for colour, width in ((tokens.film_halo, 3.5), (tokens.accent, 1.5)):
        painter.setPen(QPen(QColor(colour), width))
        painter.drawLines(arms)
