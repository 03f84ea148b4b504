"""The patient's films in small: which there are, and their pictures as they come.

A picture is made when the films on the light box are there and nobody waits for the decoder, one
at a time, so that it never delays a film that was asked for.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from engine.domain.progress import CancelToken
from engine.domain.study import ImageRef
from engine.imaging.thumbnail import thumbnail
from viewer.state.films import FilmsState
from viewer.state.hanging import Place
from viewer.state.session import SessionState
from viewer.tasks.runner import TaskRunner

KEPT = 400
"""Pictures that stay in memory; about 16 KB each."""

Picture = NDArray[np.uint8]


class ThumbnailsState(QObject):
    """The films that may be hung, current study first.

    Signals:
        changed: Other films, or other films in view.
        picture_came: Index of a film whose picture is there now.
    """

    changed = Signal()
    picture_came = Signal(int)

    def __init__(
        self,
        runner: TaskRunner,
        session: SessionState,
        films: FilmsState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._session = session
        self._films = films
        self._places: tuple[Place, ...] = ()
        self._pictures: OrderedDict[ImageRef, Picture] = OrderedDict()
        self._failed: set[ImageRef] = set()
        self._making: CancelToken | None = None
        self._hung: set[ImageRef] = set()
        self._native: set[ImageRef] = set()
        films.hung.connect(self._on_films)
        films.film_changed.connect(self._on_films)

    @property
    def places(self) -> tuple[Place, ...]:
        """The films."""
        return self._places

    def picture(self, image: ImageRef) -> Picture | None:
        """`(rows, columns)` uint8, or None while there is none."""
        return self._pictures.get(image)

    def is_in_view(self, image: ImageRef) -> bool:
        """Whether the film hangs on the light box."""
        return any(film.image == image for film in self._films.films)

    def is_only_reduced(self, image: ImageRef) -> bool:
        """Whether the film was looked at, but never at its own pixels or larger."""
        return image in self._hung and image not in self._native

    def saw(self, image: ImageRef, zoom: float) -> None:
        """Note that a film is shown at that zoom, in device pixels per film pixel."""
        before = self.is_only_reduced(image), image in self._hung
        self._hung.add(image)
        if zoom >= 1.0:
            self._native.add(image)
        if (self.is_only_reduced(image), True) != before:
            self.changed.emit()

    def _on_films(self) -> None:
        self._places = self._films.available
        self.changed.emit()
        self._make_next()

    def _make_next(self) -> None:
        workspace = self._session.workspace
        films = self._films.films
        is_busy = any(film.pixels is None and film.failure is None for film in films)
        if workspace is None or is_busy or self._making is not None:
            return
        image = next((place.image for place in self._places if self._is_missing(place.image)), None)
        if image is None:
            return
        pixels = next((film.pixels for film in films if film.image == image), None)
        wanted = image

        def make() -> Picture:
            return thumbnail(workspace.library.pixels(wanted) if pixels is None else pixels)

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
        for index, place in enumerate(self._places):
            if place.image == image:
                self.picture_came.emit(index)
        self._make_next()

    def _refused(self, image: ImageRef) -> None:
        self._making = None
        self._failed.add(image)
        self._make_next()
