"""Arrow keys on a film do what the left button does, so that nothing asks for a mouse.

With a marking tool they move a crosshair and `Return` sets a point; with a mark selected they move
it, or the one of its points that was chosen; a loupe that is held goes where they say; otherwise
they drive the window, the zoom or the place, as dragging does. `Shift` is fine.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent

from engine.domain.annotation import Annotation
from viewer.canvas.viewport import Viewport
from viewer.state.film_caption import ViewportStage
from viewer.state.tool_choice import ToolChoice
from viewer.tools.dispatcher import ToolDispatcher
from viewer.tools.placing import Placing
from viewer.tools.tool import Pointer

STEP_PX: Final = 16.0
"""Logical px of one press."""
FINE_STEP_PX: Final = 1.0
"""Logical px of one press with Shift, for what is pointed at or moved."""
_WAYS: Final = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_SETS: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_HELD: Final = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier


class ArrowKeys(QObject):
    """Watches one view.

    Args:
        viewport: The view.
        choice: The left button's tool.
        dispatcher: Has the tools of that view.
    """

    def __init__(self, viewport: Viewport, choice: ToolChoice, dispatcher: ToolDispatcher) -> None:
        super().__init__(viewport)
        self._viewport = viewport
        self._choice = choice
        self._dispatcher = dispatcher
        self._point: int | None = None
        self._moved: Annotation | None = None
        self._film = viewport.state.pixels
        choice.tool_changed.connect(self._on_tool)
        viewport.state.image_changed.connect(self._on_image)
        viewport.state.geometry_changed.connect(self._show_point)
        viewport.installEventFilter(self)

    def select_mark(self) -> None:
        """Select the next mark of the film, after the last one none."""
        state = self._viewport.state
        shown = [mark.id for mark in state.shown_marks]
        selected = state.marks.selected
        place = shown.index(selected.id) + 1 if selected and selected.id in shown else 0
        self._let_go()
        state.marks.select(shown[place] if place < len(shown) else None)

    def select_point(self) -> None:
        """Take hold of the next point of the selected mark, after the last one of all of it."""
        mark = self._selected()
        if mark is None:
            return
        following = 0 if self._point is None else self._point + 1
        self._point = following if following < len(mark.points) else None
        self._show_point()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the arrow keys and Return; leave everything else."""
        if isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.KeyPress:
                return self._on_press(event)
            if event.type() == QEvent.Type.KeyRelease and not event.isAutoRepeat():
                self._keep_moved()
        elif event.type() == QEvent.Type.FocusOut or isinstance(event, QMouseEvent):
            self._let_go()
        elif event.type() == QEvent.Type.FocusIn:
            self._tell_what_to_do()
        return super().eventFilter(watched, event)

    def _on_press(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if self._viewport.state.stage is not ViewportStage.READY or event.modifiers() & ~_HELD:
            return False
        if key in _SETS:
            return self._set_point()
        if key not in _WAYS:
            return False
        self._go(*_WAYS[key], fine=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        return True

    def _go(self, right: int, down: int, *, fine: bool) -> None:
        ratio = self._viewport.devicePixelRatioF()
        step = (FINE_STEP_PX if fine else STEP_PX) * ratio
        loupe, tool = self._viewport.loupe, self._dispatcher.left_tool
        if loupe.place is not None:
            loupe.move(loupe.place[0] + right * step, loupe.place[1] + down * step)
        elif isinstance(tool, Placing):
            self._point_at(right * step, down * step, tool)
        elif self._selected() is not None:
            self._move_mark(right * step, down * step)
        else:
            state, start = self._viewport.state, self._pointer(self._middle(), fine=fine)
            travel = STEP_PX * ratio
            end = (start.x + right * travel, start.y + down * travel)
            tool.press(state, start)
            tool.move(state, self._pointer(end, fine=fine))
            tool.release(state, self._pointer(end, fine=fine))

    def _point_at(self, dx: float, dy: float, tool: Placing) -> None:
        """Move the crosshair; it never leaves the view."""
        pointer = self._viewport.key_pointer
        x, y = pointer.place or self._middle()
        if pointer.place is not None:
            width, height = 2 * self._middle()[0], 2 * self._middle()[1]
            x, y = min(max(x + dx, 0.0), width - 1), min(max(y + dy, 0.0), height - 1)
        pointer.show_at(x, y)
        tool.hover(self._viewport.state, self._pointer((x, y)))
        self._tell(tool)

    def _set_point(self) -> bool:
        tool, place = self._dispatcher.left_tool, self._viewport.key_pointer.place
        if not isinstance(tool, Placing):
            return False
        if place is None:
            self._point_at(0, 0, tool)
            return True
        state, at = self._viewport.state, self._pointer(place)
        tool.press(state, at)
        tool.release(state, at)
        if tool.is_done:
            self._viewport.key_pointer.put_away()
            self._choice.finish()
        else:
            self._tell(tool)
        return True

    def _tell(self, tool: Placing) -> None:
        """The tool's own hints speak of the mouse."""
        in_hand = self._viewport.state.in_hand
        in_hand.show(in_hand.mark, tool.key_hint)

    def _move_mark(self, dx: float, dy: float) -> None:
        """Show the selected mark, or its point, a step further; it is kept when the key is let go.

        So that holding a key down is one step to undo.
        """
        mark, geometry = self._moved or self._selected(), self._viewport.state.geometry
        if mark is None or geometry is None:
            return
        start, end = geometry.to_image(0.0, 0.0), geometry.to_image(dx, dy)
        by = (end[0] - start[0], end[1] - start[1])
        if self._point is None:
            self._moved = mark.moved(*by)
        else:
            self._moved = mark.with_point(self._point, mark.points[self._point].moved(*by))
        self._viewport.state.in_hand.show(self._moved)
        self._show_point()

    def _keep_moved(self) -> None:
        moved, self._moved = self._moved, None
        if moved is not None:
            self._viewport.state.in_hand.show(None)
            self._viewport.state.marks.change(moved)

    def _let_go(self) -> None:
        self._keep_moved()
        self._point = None
        self._viewport.key_pointer.put_away()

    def _on_image(self) -> None:
        """Another film: what was pointed at on the one before is forgotten; a repaint is none."""
        film = self._viewport.state.pixels
        if film is not self._film:
            self._film = film
            self._let_go()

    def _on_tool(self) -> None:
        self._let_go()
        self._tell_what_to_do()

    def _tell_what_to_do(self) -> None:
        """A marking tool says what to do at once: no pointer will come over the film to ask."""
        tool, state = self._dispatcher.left_tool, self._viewport.state
        is_here = self._viewport.hasFocus() and state.stage is ViewportStage.READY
        if isinstance(tool, Placing) and is_here and not tool.is_placing:
            state.in_hand.show(None, f"{tool.hints[0]}, or arrow keys and Return")

    def _show_point(self) -> None:
        """The crosshair stands on the point that the arrows move."""
        geometry, mark = self._viewport.state.geometry, self._moved or self._selected()
        if self._point is None or geometry is None or mark is None:
            if not isinstance(self._dispatcher.left_tool, Placing):
                self._viewport.key_pointer.put_away()
            return
        if self._point < len(mark.points):
            point = mark.points[self._point]
            self._viewport.key_pointer.show_at(*geometry.to_view(point.x, point.y))

    def _selected(self) -> Annotation | None:
        """The selected mark, if it is on this film."""
        state = self._viewport.state
        mark, image = state.marks.selected, state.image
        return mark if mark and image and mark.sop_uid == image.sop_uid else None

    def _middle(self) -> tuple[float, float]:
        return self._viewport.view_position(QRectF(self._viewport.rect()).center())

    def _pointer(self, place: tuple[float, float], *, fine: bool = False) -> Pointer:
        ratio = self._viewport.devicePixelRatioF()
        return Pointer(x=place[0], y=place[1], pixel_ratio=ratio, fine=fine)
