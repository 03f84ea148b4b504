"""The loupe's key: held, the film under the pointer shows at native pixels.

`M` shows it through the view's window, `Shift+M` through one of its own; the wheel enlarges. The
loupe goes when the key does, so it never stays over the film by itself.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QCursor, QKeyEvent, QMouseEvent, QWheelEvent

from viewer.canvas.viewport import Viewport
from viewer.state.film_caption import ViewportStage

_KEY = Qt.Key.Key_M
_HELD = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)


class LoupeKey(QObject):
    """Watches one view."""

    def __init__(self, viewport: Viewport) -> None:
        super().__init__(viewport)
        self._viewport = viewport
        viewport.installEventFilter(self)

    def toggle(self) -> None:
        """Take the loupe up in the middle of the view, or put it down: for the menu."""
        if self._viewport.loupe.place is not None:
            self._viewport.loupe.put_down()
        else:
            self._hold(own_window=False, in_middle=True)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the loupe's key, and the wheel while it is held."""
        loupe = self._viewport.loupe
        if isinstance(event, QKeyEvent):
            return self._on_key(event)
        if isinstance(event, QWheelEvent) and loupe.place is not None:
            loupe.enlarge(1 if event.angleDelta().y() > 0 else -1)
            return True
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseMove:
            loupe.move(*self._viewport.view_position(event.position()))
        elif event.type() in {QEvent.Type.FocusOut, QEvent.Type.Leave}:
            loupe.put_down()
        return super().eventFilter(watched, event)

    def _on_key(self, event: QKeyEvent) -> bool:
        is_mine = event.key() == _KEY and event.modifiers() in _HELD
        if event.type() == QEvent.Type.ShortcutOverride and is_mine:
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyRelease and event.key() == _KEY:
            if not event.isAutoRepeat():
                self._viewport.loupe.put_down()
            return True
        if event.type() == QEvent.Type.KeyPress and is_mine:
            if not event.isAutoRepeat():
                held = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
                self._hold(own_window=bool(held), in_middle=False)
            return True
        return False

    def _hold(self, *, own_window: bool, in_middle: bool) -> None:
        view = self._viewport
        if view.state.stage is not ViewportStage.READY:
            return
        place = view.mapFromGlobal(QCursor.pos())
        if in_middle or not view.rect().contains(place):
            place = view.rect().center()
        x, y = view.view_position(place.toPointF())
        view.loupe.hold(x, y, zoom=view.state.zoom, own_window=own_window)
