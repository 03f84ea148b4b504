"""Which button drives which tool in a view.

Left drives the chosen tool (window at first), middle or Space with left moves, right zooms about
the press point; a right click without travel asks for the menu, a double click to maximise, the
wheel zooms at the cursor. One drag at a time: further buttons are ignored until it ends.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from viewer.canvas.viewport import Viewport
from viewer.state.tool_choice import LeftTool, ToolChoice
from viewer.state.viewport import ViewportStage
from viewer.tools.pan import Pan
from viewer.tools.tool import Pointer, Tool
from viewer.tools.window_level import WindowLevel
from viewer.tools.zoom import Zoom, zoom_by_wheel

_NOTCH: Final = 120.0
"""QWheelEvent counts eighths of a degree; a notch is 15 degrees."""


class ToolDispatcher(QObject):
    """Turns a view's mouse events into the work of tools.

    Signals:
        menu_requested: Right click without travel, or the menu key; a place on the screen.
        maximise_requested: Double click; again means restore.
    """

    menu_requested = Signal(QPoint)
    maximise_requested = Signal()

    def __init__(self, viewport: Viewport, choice: ToolChoice) -> None:
        super().__init__(viewport)
        self._viewport = viewport
        self._choice = choice
        self._left_tools: dict[LeftTool, Tool] = {
            LeftTool.WINDOW: WindowLevel(),
            LeftTool.ZOOM: Zoom(),
            LeftTool.PAN: Pan(),
        }
        self._dragging: Tool | None = None
        self._button = Qt.MouseButton.NoButton
        self._pressed_at = QPointF()
        self._has_travelled = False
        self._is_space_down = False
        choice.tool_changed.connect(self._show_cursor)
        viewport.installEventFilter(self)
        self._show_cursor()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the mouse, the wheel and the space bar; leave everything else to the view."""
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
        return super().eventFilter(watched, event)

    def _on_mouse(self, event: QMouseEvent) -> bool:
        match event.type():
            case QEvent.Type.MouseButtonPress:
                self._press(event)
            case QEvent.Type.MouseButtonDblClick:
                if event.button() == Qt.MouseButton.LeftButton:
                    self.maximise_requested.emit()
            case QEvent.Type.MouseMove:
                self._move(event)
            case QEvent.Type.MouseButtonRelease:
                self._release(event)
            case _:
                return False
        return True

    def _press(self, event: QMouseEvent) -> None:
        # The filter takes the press, so the click focus is given here.
        self._viewport.setFocus(Qt.FocusReason.MouseFocusReason)
        tool = self._tool_for(event.button())
        is_ready = self._viewport.state.stage is ViewportStage.READY
        if self._dragging is not None or tool is None or not is_ready:
            if self._dragging is None and event.button() == Qt.MouseButton.RightButton:
                self.menu_requested.emit(event.globalPosition().toPoint())
            return
        self._dragging, self._button = tool, event.button()
        self._pressed_at, self._has_travelled = event.position(), False
        tool.press(self._viewport.state, self._pointer(event))
        if isinstance(tool, Pan):
            self._viewport.setCursor(Qt.CursorShape.ClosedHandCursor)

    def _move(self, event: QMouseEvent) -> None:
        if self._dragging is None:
            return
        travel = (event.position() - self._pressed_at).manhattanLength()
        is_click_so_far = travel < QApplication.startDragDistance()
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
        self._show_cursor()
        if self._button == Qt.MouseButton.RightButton and not self._has_travelled:
            self.menu_requested.emit(event.globalPosition().toPoint())

    def _on_wheel(self, event: QWheelEvent) -> bool:
        notches = event.angleDelta().y() / _NOTCH
        if notches and self._viewport.state.stage is ViewportStage.READY:
            zoom_by_wheel(self._viewport.state, self._pointer(event), notches)
        return True

    def _on_key(self, event: QKeyEvent) -> bool:
        if event.key() != Qt.Key.Key_Space or event.type() == QEvent.Type.ShortcutOverride:
            return False
        if not event.isAutoRepeat():
            self._is_space_down = event.type() == QEvent.Type.KeyPress
            self._show_cursor()
        return True

    def _on_context_menu(self, event: QContextMenuEvent) -> bool:
        # A right press comes as a drag or a click; only the menu key asks here.
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            middle = self._viewport.rect().center()
            self.menu_requested.emit(self._viewport.mapToGlobal(middle))
        return True

    def _tool_for(self, button: Qt.MouseButton) -> Tool | None:
        if button == Qt.MouseButton.LeftButton:
            chosen = LeftTool.PAN if self._is_space_down else self._choice.tool
            return self._left_tools[chosen]
        if button == Qt.MouseButton.MiddleButton:
            return self._left_tools[LeftTool.PAN]
        if button == Qt.MouseButton.RightButton:
            return self._left_tools[LeftTool.ZOOM]
        return None

    def _pointer(self, event: QMouseEvent | QWheelEvent, place: QPointF | None = None) -> Pointer:
        x, y = self._viewport.view_position(event.position() if place is None else place)
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
