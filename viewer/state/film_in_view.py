"""The film of one viewport: header values, pixels and shutter, or why there are no pixels."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from engine.domain.film_graphics import Shutter
from engine.domain.image import PixelImage
from engine.domain.study import ImageRef
from viewer.state.applied_state import AppliedState


class ViewportStage(StrEnum):
    """What a viewport can show."""

    NO_FILM = "no film"
    DECODING = "decoding"
    READY = "ready"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmCaption:
    """Corner texts that identify the film.

    Attributes:
        patient: Short name, e.g. "Okafor, A.".
        study: Study date, and whatever else tells the study apart.
        view: View and series, e.g. "Frontal PA · chest".
        position: Number within the study, e.g. "1 of 2"; empty for a single film.
        badges: Words that must not be missed, in capitals: "DEMO", "PRIOR".
    """

    patient: str = ""
    study: str = ""
    view: str = ""
    position: str = ""
    badges: tuple[str, ...] = ()


class FilmInView(QObject):
    """The film and what is known of it. Only `ViewportState` sets it.

    Signals:
        changed: The shutter was opened or closed, or the model's input is shown or hidden.
    """

    changed = Signal()

    def __init__(self, applied: AppliedState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._applied = applied
        self._stage = ViewportStage.NO_FILM
        self._image: ImageRef | None = None
        self._pixels: PixelImage | None = None
        self._caption = FilmCaption()
        self._message = ""
        self._what_to_do = ""
        self._lifts_shutter = False
        self._model_view: NDArray[np.uint8] | None = None

    @property
    def stage(self) -> ViewportStage:
        """What there is to show."""
        return self._stage

    @property
    def image(self) -> ImageRef | None:
        """The film's header values; None without a film."""
        return self._image

    @property
    def pixels(self) -> PixelImage | None:
        """The decoded film; None unless `stage` is READY."""
        return self._pixels

    @property
    def caption(self) -> FilmCaption:
        """Texts for the corners."""
        return self._caption

    @property
    def message(self) -> str:
        """The sentence shown in place of the pixels."""
        return self._message

    @property
    def what_to_do(self) -> str:
        """The line under `message`; empty if there is nothing to do."""
        return self._what_to_do

    @property
    def shutter(self) -> Shutter | None:
        """The shutter of the applied presentation state, else of the file."""
        if self._applied.state is not None and self._applied.is_whole:
            return self._applied.state.shutter
        return None if self._pixels is None else self._pixels.shutter

    @property
    def is_shuttered(self) -> bool:
        """Whether a shutter hides part of the film at present."""
        return self.shutter is not None and not self._lifts_shutter

    @property
    def model_view(self) -> NDArray[np.uint8] | None:
        """The film as the model sees it, `(size, size)`; None while the film itself is shown."""
        return self._model_view

    def toggle_shutter(self) -> None:
        """Open the shutter, or close it again."""
        self._lifts_shutter = not self._lifts_shutter
        self.changed.emit()

    def close_shutter(self) -> None:
        """Close the shutter, so that it hides what it covers."""
        self._lifts_shutter = False

    def show_model_view(self, grey: NDArray[np.uint8] | None) -> None:
        """Show the model's input in place of the film; None shows the film again."""
        self._model_view = grey
        self.changed.emit()

    def take(self, image: ImageRef, pixels: PixelImage, caption: FilmCaption) -> None:
        """Hold a decoded film. A different film starts with its shutter closed."""
        if self._pixels is not pixels:
            self._lifts_shutter, self._model_view = False, None
        self._image, self._pixels, self._caption = image, pixels, caption
        self._stage, self._message, self._what_to_do = ViewportStage.READY, "", ""

    def leave(
        self,
        stage: ViewportStage,
        message: str,
        what_to_do: str = "",
        *,
        image: ImageRef | None = None,
        caption: FilmCaption | None = None,
    ) -> None:
        """Drop the pixels and show a sentence in their place."""
        self._stage, self._message, self._what_to_do = stage, message, what_to_do
        self._image, self._pixels = image, None
        self._caption = FilmCaption() if caption is None else caption
