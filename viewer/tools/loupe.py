"""The loupe's key: held, the film under the pointer shows at native pixels.

Its keys are those of the command, `M` at first: with Shift it has a window of its own, without
that of the view; the wheel enlarges. The loupe goes when the key does, so it never stays over the
film by itself.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QCursor, QKeyEvent, QKeySequence, QMouseEvent, QWheelEvent

from viewer.canvas.viewport import Viewport
from viewer.state.film_caption import ViewportStage


class LoupeKey(QObject):
    """Watches one view.

    Args:
        action: The command whose keys are held.
    """

    def __init__(self, viewport: Viewport, action: QAction) -> None:
        super().__init__(viewport)
        self._viewport = viewport
        self._action = action
        self._held: Qt.Key | None = None
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
        is_mine = QKeySequence(event.keyCombination()) in self._action.shortcuts()
        if event.type() == QEvent.Type.ShortcutOverride and is_mine:
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyRelease and event.key() == self._held:
            if not event.isAutoRepeat():
                self._held = None
                self._viewport.loupe.put_down()
            return True
        if event.type() == QEvent.Type.KeyPress and is_mine:
            if not event.isAutoRepeat():
                self._held = Qt.Key(event.key())
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
