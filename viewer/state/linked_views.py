"""Links films: one scale in millimetres for all, one placement and window per view.

The fitted films of a layout share one scale in millimetres, so that a heart in the prior can be
compared by eye with the current one. Zooming, panning or windowing a film does the same to the
other films of its view. Each film keeps its own window: two detectors seldom give the same values,
and windowing a prior must not flatten the current film. A window drag changes the others in
proportion; a preset gives each film its own window of that preset.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from engine.domain.image import PixelImage, VoiLut, Window
from engine.imaging.window import WindowPreset
from viewer.state.film_in_view import ViewportStage
from viewer.state.viewport import ViewportState


class LinkedViews(QObject):
    """Keeps the viewports of one patient in step.

    A change made to a follower raises the same signals as the reader's own. `_is_busy` marks
    changes made here, so that they are not passed on again.

    Signals:
        linked_changed: Whether zoom, placement and window are linked.
    """

    linked_changed = Signal(bool)

    def __init__(self, states: Sequence[ViewportState], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._states = tuple(states)
        self._seen = self._states
        self._is_on = True
        self._is_busy = False
        self._windows: dict[ViewportState, Window | None] = {}
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
        """Set the viewports on the screen. One behind a tab has no size of its own."""
        if tuple(states) != self._seen:
            self._seen = tuple(states)
            self._size_unseen()

    def toggle(self) -> None:
        """Link or unlink the films. Fitted films share one scale either way."""
        self._is_on = not self._is_on
        self.linked_changed.emit(self._is_on)

    def follow(self, leader: ViewportState, follower: ViewportState) -> None:
        """Give a film the placement, scale and window of another."""
        ours, theirs = leader.placement.pixels_per_mm, follower.placement.pixels_per_mm
        shown = leader.presentation
        if shown is not None and ours is not None and theirs is not None:
            follower.placement.place(follower.placement.zoom * ours / theirs, shown.pan)
        else:
            self._place_like(leader, follower)
        self._window_like(leader, follower)

    def _on_image(self, state: ViewportState) -> None:
        """Bring a new film into step with the other films of its view."""
        if self._is_busy:
            return
        self._is_busy = True
        self._match_scale()
        peers = (
            self._peers(state) if self._is_on and state.film.stage is ViewportStage.READY else []
        )
        if peers:
            self._place_like(peers[0], state)
            if peers[0].grey.is_inverted is not state.grey.is_inverted:
                state.grey.toggle_invert()
        self._windows[state] = state.grey.window
        self._is_busy = False

    def _match_scale(self) -> None:
        """Give all fitted films the scale of the one that has to shrink most."""
        self._size_unseen()
        scales = [state.placement.fitting_pixels_per_mm for state in self._states]
        known = [scale for scale in scales if scale is not None]
        common = min(known) if len(known) > 1 else None
        for state in self._states:
            state.placement.share_scale(common)

    def _size_unseen(self) -> None:
        """Give viewports behind a tab the size they will have when shown: that of the front one."""
        was_busy, self._is_busy = self._is_busy, True
        for state in self._states:
            if self._seen and state not in self._seen:
                state.placement.set_view_size(*self._seen[0].placement.view_size)
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
        if self._is_busy:
            return
        self._is_busy = True
        before, now = self._windows.get(leader), leader.grey.window
        self._windows[leader] = now
        for follower in self._peers(leader) if self._is_on else ():
            self._follow_window(leader, follower, before, now)
            self._windows[follower] = follower.grey.window
        self._is_busy = False

    def _follow_window(
        self,
        leader: ViewportState,
        follower: ViewportState,
        before: Window | None,
        now: Window | None,
    ) -> None:
        """Apply to the follower's own window what was done to the leader's.

        The width changes by the same factor. The centre moves in proportion to the widths, and the
        other way if only one of the two films shows high values dark.
        """
        shown, own = leader.presentation, follower.grey.window
        if shown is None or own is None or before is None or now is None:
            return
        if before == now and follower.grey.voi is not None:
            follower.grey.show_through(follower.grey.voi, inverted=shown.inverted)
        elif not self._show_same_preset(leader, follower):
            scale = own.width / max(before.width, 1e-6)
            same_way = _is_high_dark(leader) is _is_high_dark(follower)
            moved = (now.center - before.center) * scale * (1.0 if same_way else -1.0)
            window = replace(own, center=own.center + moved, width=now.width * scale)
            follower.grey.show_through(window, inverted=shown.inverted)

    def _peers(self, leader: ViewportState) -> list[ViewportState]:
        image = leader.film.image
        return [
            state
            for state in self._states
            if state is not leader
            and state.film.stage is ViewportStage.READY
            and image is not None
            and state.film.image is not None
            and state.film.image.view is image.view
        ]

    def _place_like(self, leader: ViewportState, follower: ViewportState) -> None:
        shown = leader.presentation
        if shown is None:
            return
        if leader.placement.motion.is_on:
            follower.placement.motion.start()
        ours, theirs = leader.placement.pixels_per_mm, follower.placement.pixels_per_mm
        if shown.zoom is None:
            follower.placement.place(None, shown.pan)
        elif ours is not None and theirs is not None:
            follower.placement.place(follower.placement.zoom * ours / theirs, shown.pan)
        else:
            # Without a pixel size, assume that both films show the same height of chest.
            rows = leader.film.pixels.rows if leader.film.pixels else 1
            follower.placement.place(shown.zoom * rows / max(_rows(follower), 1), shown.pan)

    def _window_like(self, leader: ViewportState, follower: ViewportState) -> None:
        shown, pixels = leader.presentation, follower.film.pixels
        if shown is None or pixels is None or self._show_same_preset(leader, follower):
            return
        if not isinstance(shown.voi, VoiLut):
            carried = self._carried(leader, follower, shown.voi)
            follower.grey.show_through(carried, inverted=shown.inverted)

    def _show_same_preset(self, leader: ViewportState, follower: ViewportState) -> bool:
        """Give the follower its own window of the leader's preset; False without a preset."""
        shown, theirs = leader.presentation, self._presets_of(follower)
        if shown is None:
            return False
        # Without a window in the file, "Default" and "Auto" are equal; sorted last, "Auto" loses.
        for preset in sorted(self._presets_of(leader), key=lambda each: each.key == "0"):
            twin = next((each for each in theirs if each.key == preset.key), None)
            if preset.voi == shown.voi and twin is not None:
                follower.grey.show_through(twin.voi, inverted=shown.inverted)
                return True
        return False

    def _carried(self, leader: ViewportState, follower: ViewportState, window: Window) -> Window:
        """The window at the same part of the follower's own range of values."""
        ours, theirs = self._presets_of(leader)[0].voi, self._presets_of(follower)[0].voi
        if isinstance(ours, VoiLut) or isinstance(theirs, VoiLut):
            return window
        scale = theirs.width / max(ours.width, 1e-6)
        same_way = _is_high_dark(leader) is _is_high_dark(follower)
        offset = (window.center - ours.center) * scale * (1.0 if same_way else -1.0)
        return replace(window, center=theirs.center + offset, width=window.width * scale)

    def _presets_of(self, state: ViewportState) -> tuple[WindowPreset, ...]:
        """The presets of a film, cached because a drag asks for them at every step."""
        pixels = state.film.pixels
        known = self._presets.get(state)
        if pixels is None:
            return ()
        if known is None or known[0] is not pixels:
            known = (pixels, state.grey.presets())
            self._presets[state] = known
        return known[1]


def _rows(state: ViewportState) -> int:
    return state.film.pixels.rows if state.film.pixels is not None else 1


def _is_high_dark(state: ViewportState) -> bool:
    """From the file alone; the reader's own inversion is carried over separately."""
    pixels = state.film.pixels
    return pixels is not None and (pixels.monochrome1 or pixels.inverse)
