"""The prior in the film's own viewport while its key is held; a short press shows it beside.

Nothing changes for this: another viewport covers the active one, with the same placement, scale in
millimetres and window. Flickering shows small changes that the eye misses side by side.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt, QTimer
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence

from engine.domain.image import PixelImage
from viewer.canvas.viewport import Viewport
from viewer.desk import Desk
from viewer.errors import Notice
from viewer.panels.views import ViewsPanel
from viewer.state.films import Film
from viewer.state.layout import Slot
from viewer.state.viewport import ViewportState
from viewer.theme.tokens import DARK, Tokens

HOLD_MS: Final = 250
"""A press shorter than this is a tap, in ms."""


class Flicker(QObject):
    """Watches the viewports for the prior's key.

    Args:
        desk: States of the open workspace.
        views: The viewports.
        action: The command whose key is held; a tap triggers it.
        tokens: Colours.
    """

    def __init__(
        self, desk: Desk, views: ViewsPanel, action: QAction, tokens: Tokens = DARK
    ) -> None:
        super().__init__(views)
        self._desk = desk
        self._views = views
        self._action = action
        self.state = ViewportState(self)
        self.view = Viewport(self.state, tokens, views)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.view.hide()
        self._tap = QTimer(self)
        self._tap.setSingleShot(True)
        self._tap.setInterval(HOLD_MS)
        self._key: QKeyCombination | None = None
        for view in views.views:
            view.installEventFilter(self)
        desk.films.slots_changed.connect(self.end)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle press and release of the prior's key; pass everything else on."""
        if event.type() == QEvent.Type.FocusOut:
            self.end()
        if event.type() == QEvent.Type.Resize and watched is self._views.active_view:
            self.view.setGeometry(self._views.active_view.geometry())
        if not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        kinds = QEvent.Type
        if event.type() == kinds.KeyRelease:
            return self._released(event)
        if not self._is_key(event):
            return super().eventFilter(watched, event)
        # Accepted, so that Qt sends the key press here instead of triggering the command.
        if event.type() == kinds.ShortcutOverride:
            event.accept()
        elif event.type() == kinds.KeyPress and not event.isAutoRepeat():
            self._press(event)
        return True

    def end(self) -> None:
        """Show the film itself again."""
        self._key = None
        self._tap.stop()
        if self.view.isVisible():
            self.view.hide()
            self.state.clear()

    def _press(self, event: QKeyEvent) -> None:
        self._key = event.keyCombination()
        self._tap.start()
        slot = self._desk.films.flickers_with(self._views.active_index)
        if slot is not None:
            self._show(slot)

    def _released(self, event: QKeyEvent) -> bool:
        if self._key is None or event.key() != self._key.key() or event.isAutoRepeat():
            return False
        # With no prior to show, holding the key says why, as a tap does.
        is_tap = self._tap.isActive() or not self.view.isVisible()
        self.end()
        if is_tap:
            self._action.trigger()
        return True

    def _show(self, slot: Slot) -> None:
        film = Film(study=slot.study, image=slot.image, is_prior=slot.is_prior)
        caption = self._views.caption(film)

        def came(pixels: PixelImage) -> None:
            if self._key is not None:
                self.state.show_image(slot.image, pixels, caption)
                self._views.links.follow(self._views.active, self.state)

        def failed(notice: Notice) -> None:
            if self._key is not None:
                self.state.show_unreadable(slot.image, caption, notice.sentence, notice.what_to_do)

        self.state.show_decoding(slot.image, caption)
        self.view.setGeometry(self._views.active_view.geometry())
        self.view.show()
        self.view.raise_()
        self._desk.films.fetch(slot.image, came, failed)

    def _is_key(self, event: QKeyEvent) -> bool:
        pressed = QKeySequence(event.keyCombination())
        return self._action.isEnabled() and pressed in self._action.shortcuts()
