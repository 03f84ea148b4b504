"""The loupe's key: while it is held, the film under the pointer is shown at native pixels.

The keys are those of the command, `M` by default. With Shift the loupe chooses its own window,
without Shift it uses the viewport's; the wheel enlarges. The loupe is hidden when the key is
released, so it never stays over the film by itself.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QCursor, QKeyEvent, QKeySequence, QMouseEvent, QWheelEvent

from viewer.canvas.viewport import Viewport
from viewer.state.film_in_view import ViewportStage


class LoupeKey(QObject):
    """Handles the loupe's key in one viewport.

    Args:
        viewport: The viewport.
        action: The command whose keys show the loupe.
    """

    def __init__(self, viewport: Viewport, action: QAction) -> None:
        super().__init__(viewport)
        self._viewport = viewport
        self._action = action
        self._held: Qt.Key | None = None
        viewport.installEventFilter(self)

    def toggle(self) -> None:
        """Show the loupe in the middle of the viewport, or hide it: for the menu."""
        if self._viewport.loupe.position is not None:
            self._viewport.loupe.hide()
        else:
            self._hold(own_window=False, in_middle=True)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle the loupe's key, and the wheel while the loupe is shown."""
        loupe = self._viewport.loupe
        if isinstance(event, QKeyEvent):
            return self._on_key(event)
        if isinstance(event, QWheelEvent) and loupe.position is not None:
            loupe.enlarge(1 if event.angleDelta().y() > 0 else -1)
            return True
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseMove:
            loupe.move(*self._viewport.view_position(event.position()))
        elif event.type() in {QEvent.Type.FocusOut, QEvent.Type.Leave}:
            loupe.hide()
        return super().eventFilter(watched, event)

    def _on_key(self, event: QKeyEvent) -> bool:
        is_mine = QKeySequence(event.keyCombination()) in self._action.shortcuts()
        if event.type() == QEvent.Type.ShortcutOverride and is_mine:
            event.accept()
            return True
        # By the key alone: Shift may be released first. Autorepeat sends releases too.
        if event.type() == QEvent.Type.KeyRelease and event.key() == self._held:
            if not event.isAutoRepeat():
                self._held = None
                self._viewport.loupe.hide()
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
        if view.state.film.stage is not ViewportStage.READY:
            return
        position = view.mapFromGlobal(QCursor.pos())
        if in_middle or not view.rect().contains(position):
            position = view.rect().center()
        x, y = view.view_position(position.toPointF())
        view.loupe.hold(x, y, zoom=view.state.placement.zoom, own_window=own_window)
