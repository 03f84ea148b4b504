"""Films that move together: one scale in millimetres for all, one place and window for each view.

The whole films of one layout are shown at the same scale in millimetres, so that a heart in the
prior can be compared by eye with today's. Zooming, moving or windowing a film does the same to the
others of its view (product.md row 54). Windows are carried over relative to each film's automatic
window, because two detectors seldom give the same values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from engine.domain.image import PixelImage, VoiLut, Window
from engine.imaging.window import WindowPreset
from viewer.state.film_caption import ViewportStage
from viewer.state.viewport import ViewportState


class LinkedViews(QObject):
    """Keeps views of one patient in step.

    Signals:
        linked_changed: Whether zoom, place and window are linked.
    """

    linked_changed = Signal(bool)

    def __init__(self, states: Sequence[ViewportState], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._states = tuple(states)
        self._seen = self._states
        self._is_on = True
        self._is_busy = False
        self._presets: dict[ViewportState, tuple[PixelImage, tuple[WindowPreset, ...]]] = {}
        for state in self._states:
            state.image_changed.connect(partial(self._on_image, state))
            state.geometry_changed.connect(partial(self._on_geometry, state))
            state.window_changed.connect(partial(self._on_window, state))

    @property
    def is_on(self) -> bool:
        """Whether films of the same view move together."""
        return self._is_on

    def set_seen(self, states: Sequence[ViewportState]) -> None:
        """Say which views are on the screen; one behind a tab has no size of its own."""
        if tuple(states) != self._seen:
            self._seen = tuple(states)
            self._size_unseen()

    def toggle(self) -> None:
        """Link the films, or let each go its own way; whole films keep one scale either way."""
        self._is_on = not self._is_on
        self.linked_changed.emit(self._is_on)

    def follow(self, leader: ViewportState, follower: ViewportState) -> None:
        """Show a film at the place, scale and window of another."""
        ours, theirs, shown = leader.pixels_per_mm, follower.pixels_per_mm, leader.presentation
        if shown is not None and ours is not None and theirs is not None:
            follower.place(follower.zoom * ours / theirs, shown.pan)
        else:
            self._place_like(leader, follower)
        self._window_like(leader, follower)

    def _on_image(self, state: ViewportState) -> None:
        """A film that was just hung joins those of its view."""
        if self._is_busy:
            return
        self._is_busy = True
        self._match_scale()
        peers = self._peers(state) if self._is_on and state.stage is ViewportStage.READY else []
        if peers:
            self._place_like(peers[0], state)
            self._window_like(peers[0], state)
        self._is_busy = False

    def _match_scale(self) -> None:
        """Whole films share the scale of the one that has to shrink most."""
        self._size_unseen()
        scales = [state.fitting_pixels_per_mm for state in self._states]
        known = [scale for scale in scales if scale is not None]
        common = min(known) if len(known) > 1 else None
        for state in self._states:
            state.share_scale(common)

    def _size_unseen(self) -> None:
        """A view behind a tab will be as large as the one in front, and counts as such."""
        was_busy, self._is_busy = self._is_busy, True
        for state in self._states:
            if self._seen and state not in self._seen:
                state.set_view_size(*self._seen[0].view_size)
        self._is_busy = was_busy

    def _on_geometry(self, leader: ViewportState) -> None:
        if self._is_busy:
            return
        self._is_busy = True
        self._match_scale()
        if self._is_on:
            for follower in self._peers(leader):
                self._place_like(leader, follower)
        self._is_busy = False

    def _on_window(self, leader: ViewportState) -> None:
        if self._is_busy or not self._is_on:
            return
        self._is_busy = True
        for follower in self._peers(leader):
            self._window_like(leader, follower)
        self._is_busy = False

    def _peers(self, leader: ViewportState) -> list[ViewportState]:
        image = leader.image
        return [
            state
            for state in self._states
            if state is not leader
            and state.stage is ViewportStage.READY
            and image is not None
            and state.image is not None
            and state.image.view is image.view
        ]

    def _place_like(self, leader: ViewportState, follower: ViewportState) -> None:
        shown = leader.presentation
        if shown is None:
            return
        if leader.glide.is_on:
            follower.glide.go_on()
        ours, theirs = leader.pixels_per_mm, follower.pixels_per_mm
        if shown.zoom is None:
            follower.place(None, shown.pan)
        elif ours is not None and theirs is not None:
            follower.place(follower.zoom * ours / theirs, shown.pan)
        else:
            # Without millimetres the films' heights are taken for the same.
            rows = leader.pixels.rows if leader.pixels else 1
            follower.place(shown.zoom * rows / max(_rows(follower), 1), shown.pan)

    def _window_like(self, leader: ViewportState, follower: ViewportState) -> None:
        shown, pixels = leader.presentation, follower.pixels
        if shown is None or pixels is None:
            return
        theirs = self._presets_of(follower)
        # Where the file has no window of its own, "Default" and "Auto" are the same: default wins.
        for preset in sorted(self._presets_of(leader), key=lambda each: each.key == "0"):
            twin = next((each for each in theirs if each.key == preset.key), None)
            if preset.voi == shown.voi and twin is not None:
                follower.show_through(twin.voi, inverted=shown.inverted)
                return
        if not isinstance(shown.voi, VoiLut):
            carried = self._carried(leader, follower, shown.voi)
            follower.show_through(carried, inverted=shown.inverted)

    def _carried(self, leader: ViewportState, follower: ViewportState, window: Window) -> Window:
        """The window that shows the same part of the follower's own range of values."""
        ours, theirs = self._presets_of(leader)[0].voi, self._presets_of(follower)[0].voi
        if isinstance(ours, VoiLut) or isinstance(theirs, VoiLut):
            return window
        scale = theirs.width / max(ours.width, 1e-6)
        same_way = _is_high_dark(leader) is _is_high_dark(follower)
        offset = (window.center - ours.center) * scale * (1.0 if same_way else -1.0)
        return replace(window, center=theirs.center + offset, width=window.width * scale)

    def _presets_of(self, state: ViewportState) -> tuple[WindowPreset, ...]:
        """The presets of a film, worked out once: a drag asks for them at every step."""
        pixels = state.pixels
        known = self._presets.get(state)
        if pixels is None:
            return ()
        if known is None or known[0] is not pixels:
            known = (pixels, state.presets())
            self._presets[state] = known
        return known[1]


def _rows(state: ViewportState) -> int:
    return state.pixels.rows if state.pixels is not None else 1


def _is_high_dark(state: ViewportState) -> bool:
    """By the film alone: what the reader inverted is carried over separately."""
    pixels = state.pixels
    return pixels is not None and (pixels.monochrome1 or pixels.inverse)
