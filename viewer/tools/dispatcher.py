"""Which button drives which tool in a viewport.

Left drives the chosen tool (window at first), but an annotation under the pointer takes precedence;
Alt with left always windows, Space with left pans. Middle, right and wheel follow the reader's
mouse settings (`engine.domain.mouse`): by default middle pans, right zooms about the press point,
and the wheel zooms at the cursor. With Ctrl the wheel steps through the frames of a film that has
several. A right click without movement opens the menu, a double click maximises.

Space pressed alone cycles the annotation level. There is one drag at a time: other buttons are
ignored until it ends.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, Signal, SignalInstance
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from engine.domain.annotation_kind import AnnotationKind
from engine.domain.mouse import DragAction, WheelAction
from viewer.canvas.viewport import Viewport
from viewer.state.film_in_view import ViewportStage
from viewer.state.tool_choice import LeftTool, ToolChoice
from viewer.tools.edit_annotation import EditAnnotation, grip_at
from viewer.tools.pan_zoom import Pan, Zoom, zoom_by_wheel
from viewer.tools.placing import Placing
from viewer.tools.tool import Pointer, Tool
from viewer.tools.window_level import WindowLevel

_NOTCH: Final = 120.0
"""QWheelEvent counts eighths of a degree; one notch is 15 degrees."""


class ToolDispatcher(QObject):
    """Turns a viewport's mouse events into calls of tools.

    Signals:
        menu_requested: Right click without movement, or the menu key; a screen position.
        annotation_menu_requested: The same on an annotation, which gets selected.
        maximise_requested: Double click; a second one restores.
        point_asked: Alt and a left click without movement; view pixels.
        film_asked: The wheel asks for the next (1) or previous (-1) film.
        frame_asked: The wheel asks for the next (1) or previous (-1) frame.
    """

    menu_requested = Signal(QPoint)
    annotation_menu_requested = Signal(QPoint)
    maximise_requested = Signal()
    point_asked = Signal(float, float)
    film_asked = Signal(int)
    frame_asked = Signal(int)

    def __init__(self, viewport: Viewport, choice: ToolChoice) -> None:
        super().__init__(viewport)
        self._viewport = viewport
        self._choice = choice
        self._left_tools: dict[LeftTool, Tool] = {
            DragAction.WINDOW: WindowLevel(choice),
            DragAction.ZOOM: Zoom(),
            DragAction.PAN: Pan(),
            **{kind: Placing(kind) for kind in AnnotationKind},
        }
        self._edit = EditAnnotation()
        self._dragging: Tool | None = None
        self._button = Qt.MouseButton.NoButton
        self._pressed_at = QPointF()
        self._has_travelled = False
        self._is_space_down = False
        self._is_space_used = False
        self._notches = 0.0
        self._film = viewport.state.film.pixels
        choice.tool_changed.connect(self._on_tool)
        viewport.state.image_changed.connect(self._on_image)
        viewport.installEventFilter(self)
        self._show_cursor()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle the mouse, the wheel and the space bar; pass everything else to the viewport."""
        if isinstance(event, QMouseEvent):
            return self._on_mouse(event)
        if isinstance(event, QWheelEvent):
            return self._on_wheel(event)
        if isinstance(event, QKeyEvent):
            return self._on_key(event)
        if isinstance(event, QContextMenuEvent):
            return self._on_context_menu(event)
        if event.type() == QEvent.Type.FocusOut:
            self._is_space_down = False
            self._show_cursor()
            if not self._is_placing():
                self._viewport.state.in_view.hold(None)
        elif event.type() == QEvent.Type.Leave and not self._is_placing():
            self._viewport.state.in_view.hold(None)
        return super().eventFilter(watched, event)

    @property
    def left_tool(self) -> Tool:
        """The tool on the left button."""
        return self._left_tools[self._choice.tool]

    def cancel_placing(self) -> bool:
        """Drop an unfinished annotation; False if there is none."""
        tool = self._left_tools[self._choice.tool]
        if not isinstance(tool, Placing) or not tool.is_placing:
            return False
        tool.cancel(self._viewport.state)
        self._dragging = None
        return True

    def _on_image(self) -> None:
        """Drop an unfinished annotation for another film, but not for a repaint of the same one."""
        film = self._viewport.state.film.pixels
        if film is not self._film:
            self._film = film
            self.cancel_placing()

    def _on_tool(self) -> None:
        """Drop what another annotation tool has begun."""
        for tool in self._left_tools.values():
            if isinstance(tool, Placing) and tool is not self._left_tools[self._choice.tool]:
                tool.cancel(self._viewport.state)
        self._show_cursor()

    def _is_placing(self) -> bool:
        tool = self._left_tools[self._choice.tool]
        return isinstance(tool, Placing) and tool.is_placing

    def _on_mouse(self, event: QMouseEvent) -> bool:
        match event.type():
            case QEvent.Type.MouseButtonPress:
                self._press(event)
            case QEvent.Type.MouseButtonDblClick:
                self._double_click(event)
            case QEvent.Type.MouseMove:
                self._move(event)
            case QEvent.Type.MouseButtonRelease:
                self._release(event)
            case _:
                return False
        return True

    def _double_click(self, event: QMouseEvent) -> None:
        """Maximise; on a text edit it. For an annotation tool it is two clicks."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        state = self._viewport.state
        grip = grip_at(state, self._pointer(event))
        if self._choice.places:
            self._press(event)
        elif grip is not None and grip.annotation.kind is AnnotationKind.TEXT:
            state.text_wanted.emit(grip.annotation)
        elif grip is None:
            self.maximise_requested.emit()

    def _press(self, event: QMouseEvent) -> None:
        # The filter swallows the press, so Qt gives no click focus.
        self._viewport.setFocus(Qt.FocusReason.MouseFocusReason)
        tool = self._tool_at(event)
        is_ready = self._viewport.state.film.stage is ViewportStage.READY
        if self._dragging is not None or tool is None or not is_ready:
            if self._dragging is None and event.button() == Qt.MouseButton.RightButton:
                self._ask_for_menu(event)
            return
        self._is_space_used = self._is_space_down
        self._dragging, self._button = tool, event.button()
        self._pressed_at, self._has_travelled = event.position(), False
        tool.press(self._viewport.state, self._pointer(event))
        if isinstance(tool, Pan):
            self._viewport.setCursor(Qt.CursorShape.ClosedHandCursor)

    def _move(self, event: QMouseEvent) -> None:
        if self._dragging is None:
            self._hover(event)
            return
        travel = (event.position() - self._pressed_at).manhattanLength()
        is_click_so_far = travel < QApplication.startDragDistance()
        # A right press that hardly moves must stay a click, because a click opens the menu.
        is_right = self._button == Qt.MouseButton.RightButton
        if is_right and is_click_so_far and not self._has_travelled:
            return
        self._has_travelled = True
        self._dragging.move(self._viewport.state, self._pointer(event))

    def _release(self, event: QMouseEvent) -> None:
        if self._dragging is None or event.button() != self._button:
            return
        tool, self._dragging = self._dragging, None
        tool.release(self._viewport.state, self._pointer(event))
        if isinstance(tool, Placing) and tool.is_done:
            self._choice.finish()
        self._show_cursor()
        if self._has_travelled:
            return
        is_alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if self._button == Qt.MouseButton.LeftButton and is_alt:
            self.point_asked.emit(*self._viewport.view_position(event.position()))
        if self._button == Qt.MouseButton.RightButton:
            self._ask_for_menu(event)

    def _ask_for_menu(self, event: QMouseEvent) -> None:
        """Open the menu of the annotation under the pointer, else of the film."""
        state, position = self._viewport.state, event.globalPosition().toPoint()
        is_ready = state.film.stage is ViewportStage.READY
        grip = grip_at(state, self._pointer(event)) if is_ready else None
        if grip is None or grip.annotation is state.annotations.proposed:
            self.menu_requested.emit(position)
        else:
            state.annotations.select(grip.annotation.id)
            self.annotation_menu_requested.emit(position)

    def _on_wheel(self, event: QWheelEvent) -> bool:
        notches = event.angleDelta().y() / _NOTCH
        if not notches:
            return True
        is_other = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        is_zoom = self._choice.habits.buttons.wheel is WheelAction.ZOOM
        image = self._viewport.state.film.image
        if is_other and image is not None and image.frames > 1:
            self._step(notches, self.frame_asked)
        elif is_zoom is is_other:
            self._step(notches, self.film_asked)
        elif self._viewport.state.film.stage is ViewportStage.READY:
            zoom_by_wheel(self._viewport.state, self._pointer(event), notches)
        return True

    def _step(self, notches: float, asked: SignalInstance) -> None:
        """Emit one step per notch, towards the reader the next one; fractions of a notch add up."""
        self._notches = self._notches + notches if self._notches * notches > 0 else notches
        if abs(self._notches) >= 1.0:
            step = -1 if self._notches > 0 else 1
            self._notches = 0.0
            asked.emit(step)

    def _on_key(self, event: QKeyEvent) -> bool:
        if event.key() != Qt.Key.Key_Space or event.type() == QEvent.Type.ShortcutOverride:
            return False
        if not event.isAutoRepeat():
            self._is_space_down = event.type() == QEvent.Type.KeyPress
            if self._is_space_down:
                self._is_space_used = False
            elif not self._is_space_used:
                self._viewport.state.annotations.cycle_level()
            self._show_cursor()
        return True

    def _hover(self, event: QMouseEvent) -> None:
        """Without a button: an unfinished annotation follows, or the cursor changes."""
        state, tool = self._viewport.state, self._tool_for(Qt.MouseButton.LeftButton)
        if state.film.stage is not ViewportStage.READY:
            return
        if isinstance(tool, Placing):
            tool.hover(state, self._pointer(event))
        elif self._is_space_down or grip_at(state, self._pointer(event)) is None:
            self._show_cursor()
        else:
            self._viewport.setCursor(self._edit.cursor)

    def _on_context_menu(self, event: QContextMenuEvent) -> bool:
        # A right press arrives as a drag or a click; only the menu key comes here.
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            middle = self._viewport.rect().center()
            self.menu_requested.emit(self._viewport.mapToGlobal(middle))
        return True

    def _tool_at(self, event: QMouseEvent) -> Tool | None:
        """The tool for a press: an annotation under the pointer takes precedence."""
        button, tool = event.button(), self._tool_for(event.button())
        if button != Qt.MouseButton.LeftButton or self._is_space_down or self._is_placing():
            return tool
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            return self._left_tools[DragAction.WINDOW]
        state = self._viewport.state
        if grip_at(state, self._pointer(event)) is not None:
            return self._edit
        # A press beside every annotation deselects.
        state.annotations.select(None)
        return tool

    def _tool_for(self, button: Qt.MouseButton) -> Tool | None:
        if button == Qt.MouseButton.LeftButton:
            chosen: LeftTool = DragAction.PAN if self._is_space_down else self._choice.tool
            return self._left_tools[chosen]
        buttons = self._choice.habits.buttons
        if button == Qt.MouseButton.MiddleButton:
            return self._tool_of(buttons.middle)
        if button == Qt.MouseButton.RightButton:
            return self._tool_of(buttons.right)
        return None

    def _tool_of(self, action: DragAction) -> Tool | None:
        return None if action is DragAction.NOTHING else self._left_tools[action]

    def _pointer(self, event: QMouseEvent | QWheelEvent) -> Pointer:
        x, y = self._viewport.view_position(event.position())
        held = event.modifiers()
        return Pointer(
            x=x,
            y=y,
            pixel_ratio=self._viewport.devicePixelRatioF(),
            fine=bool(held & Qt.KeyboardModifier.ShiftModifier),
            coarse=bool(held & Qt.KeyboardModifier.ControlModifier),
        )

    def _show_cursor(self) -> None:
        tool = self._tool_for(Qt.MouseButton.LeftButton)
        if tool is not None and self._dragging is None:
            self._viewport.setCursor(tool.cursor)
