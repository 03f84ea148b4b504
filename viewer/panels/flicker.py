"""The prior in the film's own place while its key is held; a short press hangs it beside.

Nothing is changed for it: a further view lies over the active one, at the same place, at the same
scale in millimetres, through the same window. Comparing by flicker shows small changes that the
eye misses side by side.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt, QTimer
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence

from engine.domain.image import PixelImage
from viewer.app_context import AppContext
from viewer.canvas.viewport import Viewport
from viewer.errors import Notice
from viewer.panels.views import ViewsPanel
from viewer.state.films import Film
from viewer.state.hanging import Place
from viewer.state.viewport import ViewportState
from viewer.theme.tokens import DARK, Tokens

HOLD_MS: Final = 250
"""A press shorter than this is a tap, in ms."""


class Flicker(QObject):
    """Watches the films for the prior's key.

    Args:
        views: The light box.
        action: The command whose key is held; triggered by a tap.
    """

    def __init__(
        self, context: AppContext, views: ViewsPanel, action: QAction, tokens: Tokens = DARK
    ) -> None:
        super().__init__(views)
        self._context = context
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
        context.films.hung.connect(self.end)

    @property
    def is_held(self) -> bool:
        """Whether the other film is shown now."""
        return self._key is not None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the prior's key, pressed and released; leave everything else."""
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
        place = self._context.films.flickers_with(self._views.active_index)
        if place is not None:
            self._show(place)

    def _released(self, event: QKeyEvent) -> bool:
        if self._key is None or event.key() != self._key.key() or event.isAutoRepeat():
            return False
        # Held without anything to show, it says why, as a tap does.
        is_tap = self._tap.isActive() or not self.view.isVisible()
        self.end()
        if is_tap:
            self._action.trigger()
        return True

    def _show(self, place: Place) -> None:
        film = Film(study=place.study, image=place.image, is_prior=place.is_prior)
        caption = self._views.caption(film)

        def came(pixels: PixelImage) -> None:
            if self._key is not None:
                self.state.show_image(place.image, pixels, caption)
                self._views.links.follow(self._views.active, self.state)

        def failed(notice: Notice) -> None:
            if self._key is not None:
                self.state.show_unreadable(place.image, caption, notice.sentence, notice.what_to_do)

        self.state.show_decoding(place.image, caption)
        self.view.setGeometry(self._views.active_view.geometry())
        self.view.show()
        self.view.raise_()
        self._context.films.fetch(place.image, came, failed)

    def _is_key(self, event: QKeyEvent) -> bool:
        pressed = QKeySequence(event.keyCombination())
        return self._action.isEnabled() and pressed in self._action.shortcuts()
