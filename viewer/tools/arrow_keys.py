"""Arrow keys on a film do what the left button does, so that nothing needs a mouse.

With an annotation tool they move a crosshair, and `Return` sets a point. With an annotation
selected they move it or its chosen handle. While the loupe is shown they move the loupe. Otherwise
they drive window, zoom or pan as a drag would. `Shift` makes small steps. With a proposal on the
film, and no crosshair, `Return` confirms it.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent

from engine.domain.annotation import Annotation, Point
from engine.imaging.measure import annotation_shape
from viewer.canvas.viewport import Viewport
from viewer.state.film_in_view import ViewportStage
from viewer.state.tool_choice import ToolChoice
from viewer.tools.dispatcher import ToolDispatcher
from viewer.tools.placing import Placing
from viewer.tools.tool import Pointer

STEP_PX: Final = 16.0
"""Step of one key press, in logical px."""
FINE_STEP_PX: Final = 1.0
"""Step with Shift for the crosshair and for annotations, in logical px."""
_WAYS: Final = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_SETS: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_HELD: Final = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier


class ArrowKeys(QObject):
    """Handles the keys of one viewport.

    Args:
        viewport: The viewport.
        choice: The left button's tool.
        dispatcher: Holds the tools of that viewport.
    """

    def __init__(self, viewport: Viewport, choice: ToolChoice, dispatcher: ToolDispatcher) -> None:
        super().__init__(viewport)
        self._viewport = viewport
        self._choice = choice
        self._dispatcher = dispatcher
        self._point: int | None = None
        self._moved: Annotation | None = None
        self._film = viewport.state.film.pixels
        choice.tool_changed.connect(self._on_tool)
        viewport.state.image_changed.connect(self._on_image)
        viewport.state.geometry_changed.connect(self._show_point)
        viewport.installEventFilter(self)

    def select_annotation(self) -> None:
        """Select the next annotation of the film; after the last one select none."""
        state = self._viewport.state
        shown = [annotation.id for annotation in state.in_view.shown]
        selected = state.annotations.selected
        following = shown.index(selected.id) + 1 if selected and selected.id in shown else 0
        self._let_go()
        state.annotations.select(shown[following] if following < len(shown) else None)

    def select_handle(self) -> None:
        """Take the selected annotation's next handle; after the last one take all of it."""
        annotation = self._selected()
        if annotation is None:
            return
        following = 0 if self._point is None else self._point + 1
        self._point = following if following < len(self._handles(annotation)) else None
        self._show_point()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle the arrow keys and Return; pass everything else on."""
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
        if self._viewport.state.film.stage is not ViewportStage.READY or event.modifiers() & ~_HELD:
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
        if loupe.position is not None:
            loupe.move(loupe.position[0] + right * step, loupe.position[1] + down * step)
        elif isinstance(tool, Placing):
            self._point_at(right * step, down * step, tool)
        elif self._selected() is not None:
            self._move_annotation(right * step, down * step)
        else:
            state, start = self._viewport.state, self._pointer(self._middle(), fine=fine)
            travel = STEP_PX * ratio
            end = (start.x + right * travel, start.y + down * travel)
            tool.press(state, start)
            tool.move(state, self._pointer(end, fine=fine))
            tool.release(state, self._pointer(end, fine=fine))

    def _point_at(self, dx: float, dy: float, tool: Placing) -> None:
        """Move the crosshair within the viewport."""
        pointer = self._viewport.key_pointer
        x, y = pointer.position or self._middle()
        if pointer.position is not None:
            width, height = 2 * self._middle()[0], 2 * self._middle()[1]
            x, y = min(max(x + dx, 0.0), width - 1), min(max(y + dy, 0.0), height - 1)
        pointer.show_at(x, y)
        tool.hover(self._viewport.state, self._pointer((x, y)))
        self._tell(tool)

    def _set_point(self) -> bool:
        tool, position = self._dispatcher.left_tool, self._viewport.key_pointer.position
        proposed = self._viewport.state.in_view.proposed
        if proposed is not None and position is None:
            self._viewport.state.annotations.confirm(proposed)
            return True
        if not isinstance(tool, Placing):
            return False
        if position is None:
            self._point_at(0, 0, tool)
            return True
        state, at = self._viewport.state, self._pointer(position)
        tool.press(state, at)
        tool.release(state, at)
        if tool.is_done:
            self._viewport.key_pointer.hide()
            self._choice.finish()
        else:
            self._tell(tool)
        return True

    def _tell(self, tool: Placing) -> None:
        """Show the hint for keys in place of the tool's own, which is for the mouse."""
        annotations = self._viewport.state.in_view
        annotations.hold(annotations.in_hand, tool.key_hint)

    def _move_annotation(self, dx: float, dy: float) -> None:
        """Show the selected annotation, or its handle, one step further.

        It is stored when the key is released, so that holding a key down is one undo step.
        """
        annotation, geometry = (
            self._moved or self._selected(),
            self._viewport.state.placement.geometry,
        )
        if annotation is None or geometry is None:
            return
        start, end = geometry.to_image(0.0, 0.0), geometry.to_image(dx, dy)
        by = (end[0] - start[0], end[1] - start[1])
        if self._point is None:
            self._moved = annotation.moved(*by)
        else:
            self._moved = annotation.with_point(
                self._point, annotation.points[self._point].moved(*by)
            )
        self._viewport.state.in_view.hold(self._moved)
        self._show_point()

    def _keep_moved(self) -> None:
        moved, self._moved = self._moved, None
        if moved is not None:
            self._viewport.state.in_view.hold(None)
            self._viewport.state.annotations.change(moved)

    def _let_go(self) -> None:
        self._keep_moved()
        self._point = None
        self._viewport.key_pointer.hide()

    def _on_image(self) -> None:
        """Drop the crosshair for another film, but not for a repaint of the same one."""
        film = self._viewport.state.film.pixels
        if film is not self._film:
            self._film = film
            self._let_go()

    def _on_tool(self) -> None:
        self._let_go()
        self._tell_what_to_do()

    def _tell_what_to_do(self) -> None:
        """Show an annotation tool's hint at once: no mouse pointer will enter the film."""
        tool, state = self._dispatcher.left_tool, self._viewport.state
        is_here = self._viewport.hasFocus() and state.film.stage is ViewportStage.READY
        if isinstance(tool, Placing) and is_here and not tool.is_placing:
            state.in_view.hold(None, f"{tool.first_hint}, or arrow keys and Return")

    def _show_point(self) -> None:
        """Put the crosshair on the handle that the arrow keys move."""
        geometry, annotation = (
            self._viewport.state.placement.geometry,
            self._moved or self._selected(),
        )
        if self._point is None or geometry is None or annotation is None:
            if not isinstance(self._dispatcher.left_tool, Placing):
                self._viewport.key_pointer.hide()
            return
        handles = self._handles(annotation)
        if self._point < len(handles):
            handle = handles[self._point]
            self._viewport.key_pointer.show_at(*geometry.to_view(handle.x, handle.y))

    def _handles(self, annotation: Annotation) -> tuple[Point, ...]:
        frame = self._viewport.state.in_view.frame
        return () if frame is None else annotation_shape(annotation, frame).handles

    def _selected(self) -> Annotation | None:
        """The selected annotation, if it is on this film."""
        state = self._viewport.state
        annotation, image = state.annotations.selected, state.film.image
        return annotation if annotation and image and annotation.sop_uid == image.sop_uid else None

    def _middle(self) -> tuple[float, float]:
        return self._viewport.view_position(QRectF(self._viewport.rect()).center())

    def _pointer(self, position: tuple[float, float], *, fine: bool = False) -> Pointer:
        ratio = self._viewport.devicePixelRatioF()
        return Pointer(x=position[0], y=position[1], pixel_ratio=ratio, fine=fine)
