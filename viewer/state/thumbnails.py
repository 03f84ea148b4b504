"""Thumbnails of the patient's films.

One is made at a time, and only once the films in view are decoded, so that a thumbnail never delays
a film the reader waits for.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from engine.domain.progress import CancelToken
from engine.domain.study import ImageRef
from engine.imaging.thumbnail import thumbnail
from viewer.state.films import FilmsState
from viewer.state.layout import Slot
from viewer.tasks.runner import TaskRunner

if TYPE_CHECKING:
    from engine.services.workspace import Workspace

KEPT = 400
"""Thumbnails kept in memory; about 16 KB each."""

Picture = NDArray[np.uint8]


class ThumbnailsState(QObject):
    """Films that can be shown, the current study's first, with their thumbnails.

    Signals:
        changed: Other films can be shown, or other films are in view.
        picture_came: Index in `slots` of a film whose thumbnail is ready.
    """

    changed = Signal()
    picture_came = Signal(int)

    def __init__(
        self,
        workspace: Workspace,
        runner: TaskRunner,
        films: FilmsState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._runner = runner
        self._films = films
        self._slots: tuple[Slot, ...] = ()
        self._pictures: OrderedDict[ImageRef, Picture] = OrderedDict()
        self._failed: set[ImageRef] = set()
        self._making: CancelToken | None = None
        self._shown: set[ImageRef] = set()
        self._native: set[ImageRef] = set()
        films.slots_changed.connect(self._on_slots)
        films.film_changed.connect(self._on_films)

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The films that can be shown."""
        return self._slots

    def picture(self, image: ImageRef) -> Picture | None:
        """A film's thumbnail, `(rows, columns)` uint8; None until it is made."""
        return self._pictures.get(image)

    def is_in_view(self, image: ImageRef) -> bool:
        """Whether a film is in view."""
        return any(film.image == image for film in self._films.films)

    def is_only_reduced(self, image: ImageRef) -> bool:
        """Whether a film was shown, but never at 1:1 or larger."""
        return image in self._shown and image not in self._native

    def saw(self, image: ImageRef, zoom: float) -> None:
        """Note that a film is shown at a zoom, in device pixels per film pixel."""
        before = self.is_only_reduced(image), image in self._shown
        self._shown.add(image)
        if zoom >= 1.0:
            self._native.add(image)
        if (self.is_only_reduced(image), True) != before:
            self.changed.emit()

    def _on_slots(self) -> None:
        # A file that could not be read may be back, so a new layout tries it again.
        self._failed.clear()
        self._on_films()

    def _on_films(self) -> None:
        self._slots = self._films.available
        self.changed.emit()
        self._make_next()

    def _make_next(self) -> None:
        films = self._films.films
        # A film that the reader waits for must not queue behind a thumbnail.
        is_busy = any(film.pixels is None and film.failure is None for film in films)
        if is_busy or self._making is not None:
            return
        image = next((slot.image for slot in self._slots if self._is_missing(slot.image)), None)
        if image is None:
            return
        pixels = next((film.pixels for film in films if film.image == image), None)
        wanted = image

        def make() -> Picture:
            return thumbnail(self._workspace.library.pixels(wanted) if pixels is None else pixels)

        self._making = self._runner.query(
            make, lambda picture: self._came(wanted, picture), lambda _error: self._refused(wanted)
        )

    def _is_missing(self, image: ImageRef) -> bool:
        return image not in self._pictures and image not in self._failed

    def _came(self, image: ImageRef, picture: Picture) -> None:
        self._making = None
        self._pictures[image] = picture
        while len(self._pictures) > KEPT:
            self._pictures.popitem(last=False)
        for index, slot in enumerate(self._slots):
            if slot.image == image:
                self.picture_came.emit(index)
        self._make_next()

    def _refused(self, image: ImageRef) -> None:
        self._making = None
        # Remembered, or the same film would be tried for ever.
        self._failed.add(image)
        self._make_next()
