"""Which films are in view, and their pixels.

The layout is computed by `viewer.state.layout`; films are kept, decoded and exchanged here. All
films are of one patient, whoever asks.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from engine.domain.display_filter import DisplayFilter
from engine.domain.header import HeaderElement
from engine.domain.image import PixelImage
from engine.domain.progress import CancelToken
from engine.domain.study import ImageRef, Study
from viewer.errors import Notice, NoticeLevel, notice_of
from viewer.state.layout import (
    Layout,
    Slot,
    all_films,
    counterpart,
    same_person,
    slots_of,
)
from viewer.state.notices import Notices
from viewer.tasks.runner import TaskRunner

if TYPE_CHECKING:
    from engine.services.workspace import Workspace

KEPT_FILMS = 8
"""Decoded films kept in memory; about 10 MB each."""
_NO_PRIOR = Notice(
    title="No prior",
    sentence="No earlier film of this patient is in the workspace.",
    severity=NoticeLevel.QUIET,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """One slot of the layout with its film.

    Attributes:
        is_prior: Whether the film belongs to an earlier study of the same patient.
        row: 0 is the top row.
        column: 0 is the leftmost column.
        frame: Index of the frame shown; 0 for a film of one frame.
        pixels: None while the film is decoded, or if that failed.
        failure: Why there are no pixels.
    """

    study: Study
    image: ImageRef
    is_prior: bool
    row: int = 0
    column: int = 0
    frame: int = 0
    pixels: PixelImage | None = None
    failure: Notice | None = None

    @property
    def slot(self) -> Slot:
        """The slot without the film's pixels."""
        return Slot(
            study=self.study,
            image=self.image,
            is_prior=self.is_prior,
            row=self.row,
            column=self.column,
        )


class FilmsState(QObject):
    """The films in view, up to four.

    Signals:
        slots_changed: Other films were chosen; read `films`.
        film_changed: Index of a film that was exchanged, or whose pixels arrived or failed.
    """

    slots_changed = Signal()
    film_changed = Signal(int)

    def __init__(
        self,
        workspace: Workspace,
        runner: TaskRunner,
        notices: Notices,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._runner = runner
        self._notices = notices
        self._study: Study | None = None
        self._priors: tuple[Study, ...] = ()
        self._films: list[Film] = []
        self._layout = Layout.STUDY
        self._is_chosen = False
        self._decoding: dict[int, CancelToken] = {}
        self._fetching: list[CancelToken] = []
        # The frame requested last for each slot, until it arrives.
        self._turning: dict[int, tuple[int, CancelToken]] = {}
        self._kept: OrderedDict[ImageRef, PixelImage] = OrderedDict()

    @property
    def films(self) -> tuple[Film, ...]:
        """The films in view, row by row from left to right."""
        return tuple(self._films)

    @property
    def is_decoding(self) -> bool:
        """Whether a film in view is still on its way to the screen."""
        return any(film.pixels is None and film.failure is None for film in self.films)

    @property
    def priors_in_view(self) -> tuple[Study, ...]:
        """The earlier studies in view, in the order of their films."""
        return tuple({film.study.uid: film.study for film in self._films if film.is_prior}.values())

    @property
    def study(self) -> Study | None:
        """The open study."""
        return self._study

    @property
    def layout(self) -> Layout:
        """The layout in use."""
        return self._layout

    @property
    def is_chosen(self) -> bool:
        """Whether the reader chose this layout; False for the default one."""
        return self._is_chosen

    @property
    def shows_prior(self) -> bool:
        """Whether a prior is in view."""
        return any(film.is_prior for film in self._films)

    @property
    def available(self) -> tuple[Slot, ...]:
        """Every film that can be shown: those of the study and of its priors."""
        return () if self._study is None else all_films(self._study, self._priors)

    def show(self, study: Study | None, priors: tuple[Study, ...]) -> None:
        """Show a study's films in the default layout."""
        self._study = study
        self._priors = () if study is None else same_person(study, priors)
        self._layout, self._is_chosen = Layout.STUDY, False
        self._set(() if study is None else slots_of(self._layout, study, self._priors))

    def arrange(self, layout: Layout) -> None:
        """Show the films in a layout. If it needs a prior and there is none, say so and stop."""
        if self._study is None:
            return
        slots = slots_of(layout, self._study, self._priors)
        needs_prior = layout in {Layout.PRIOR, Layout.PAIRS, Layout.TIMELINE}
        if needs_prior and not any(slot.is_prior for slot in slots):
            self._notices.show(_NO_PRIOR)
            return
        self._layout, self._is_chosen = layout, True
        self._set(slots)

    def toggle_prior(self) -> None:
        """Show the newest prior beside the film, or remove it."""
        if self._study is None or not self.shows_prior:
            self.arrange(Layout.PRIOR)
            return
        usual = slots_of(Layout.STUDY, self._study, self._priors)
        has_prior = any(slot.is_prior for slot in usual)
        self.arrange(Layout.SINGLE if has_prior else Layout.STUDY)

    def exchange(self, index: int, image: ImageRef) -> None:
        """Show another available film in a slot; an image that is not available is refused."""
        wanted = next((slot for slot in self.available if slot.image == image), None)
        if wanted is None or not 0 <= index < len(self._films):
            return
        if self._films[index].image == image:
            return
        # Whatever is on its way into this slot belongs to the old film.
        if index in self._decoding:
            self._decoding.pop(index).cancel()
        if index in self._turning:
            self._turning.pop(index)[1].cancel()
        old = self._films[index]
        self._films[index] = self._film(replace(wanted, row=old.row, column=old.column))
        self._is_chosen = True
        self.film_changed.emit(index)
        self._decode_missing(index)

    def step(self, index: int, step: int) -> None:
        """Show the next (1) or previous (-1) available film in a slot; stop at the ends."""
        images = [slot.image for slot in self.available]
        if not 0 <= index < len(self._films):
            return
        position = images.index(self._films[index].image) + step
        if 0 <= position < len(images):
            self.exchange(index, images[position])

    def turn_frame(self, index: int, step: int) -> None:
        """Show the next (1) or previous (-1) frame; the present one stays until it arrives."""
        if not 0 <= index < len(self._films) or self._films[index].pixels is None:
            return
        film = self._films[index]
        asked = self._turning.get(index)
        frame = (film.frame if asked is None else asked[0]) + step
        if not 0 <= frame < film.image.frames:
            return
        if asked is not None:
            asked[1].cancel()

        def came(pixels: PixelImage) -> None:
            self._turning.pop(index, None)
            self._films[index] = replace(film, frame=frame, pixels=pixels)
            self.film_changed.emit(index)

        def failed(error: Exception) -> None:
            self._turning.pop(index, None)
            self._notices.tell(error)

        token = self._runner.long_query(
            lambda cancel: self._workspace.library.pixels(film.image, frame=frame, cancel=cancel),
            came,
            failed,
        )
        self._turning[index] = (frame, token)

    def flickers_with(self, index: int) -> Slot | None:
        """The slot shown in place of this film while the prior key is held; None without one."""
        if self._study is None or not 0 <= index < len(self._films):
            return None
        return counterpart(self._films[index].slot, self._study, self._priors)

    def fetch(
        self, image: ImageRef, came: Callable[[PixelImage], None], failed: Callable[[Notice], None]
    ) -> None:
        """Pass on a film's pixels, at once if cached.

        No callback runs after other films are shown.
        """
        if image in self._kept:
            came(self._kept[image])
            return

        def decoded(pixels: PixelImage) -> None:
            self._keep(image, pixels)
            came(pixels)

        token = self._runner.long_query(
            lambda cancel: self._workspace.library.pixels(image, cancel=cancel),
            decoded,
            lambda error: failed(notice_of(error)),
        )
        self._fetching.append(token)

    def read_header(
        self, image: ImageRef, came: Callable[[tuple[HeaderElement, ...]], None]
    ) -> None:
        """Read every element of a film's DICOM header."""
        self._runner.query(lambda: self._workspace.library.header(image), came, self._notices.tell)

    def read_filtered(
        self, film: PixelImage, kind: DisplayFilter, came: Callable[[NDArray[np.uint16]], None]
    ) -> None:
        """Apply a display filter to a film's samples: `(rows, columns)`."""

        def make() -> NDArray[np.uint16]:
            # Imported on first use: OpenCV takes a moment to load.
            from engine.imaging.display_filter import filtered  # noqa: PLC0415

            return filtered(film, kind)

        self._runner.query(make, came, self._notices.tell)

    def read_as_model(self, film: PixelImage, came: Callable[[NDArray[np.uint8]], None]) -> None:
        """Compute the model's input for a film: `(rows, columns)`."""
        self._runner.query(
            lambda: self._workspace.drafting.seen_by_model(film), came, self._notices.tell
        )

    def _film(self, slot: Slot) -> Film:
        return Film(
            study=slot.study,
            image=slot.image,
            is_prior=slot.is_prior,
            row=slot.row,
            column=slot.column,
            pixels=self._kept.get(slot.image),
        )

    def _set(self, slots: tuple[Slot, ...]) -> None:
        turning = [token for _, token in self._turning.values()]
        for token in (*self._decoding.values(), *self._fetching, *turning):
            token.cancel()
        self._decoding, self._fetching, self._turning = {}, [], {}
        self._films = [self._film(slot) for slot in slots]
        self.slots_changed.emit()
        for index in range(len(self._films)):
            self._decode_missing(index)

    def _decode_missing(self, index: int) -> None:
        image = self._films[index].image
        if self._films[index].pixels is not None:
            return

        # By index is safe: other slots or films cancel the token, and then nothing is called.
        def came(pixels: PixelImage) -> None:
            self._decoding.pop(index, None)
            self._keep(image, pixels)
            self._films[index] = replace(self._films[index], pixels=pixels)
            self.film_changed.emit(index)
            self._prefetch()

        def failed(error: Exception) -> None:
            self._decoding.pop(index, None)
            self._films[index] = replace(self._films[index], failure=notice_of(error))
            self.film_changed.emit(index)

        self._decoding[index] = self._runner.long_query(
            lambda cancel: self._workspace.library.pixels(image, cancel=cancel), came, failed
        )

    def _prefetch(self) -> None:
        """Decode the prior before its key is pressed, once the films in view are there."""
        prior = None if self._decoding else self.flickers_with(0)
        if prior is not None:
            self.fetch(prior.image, lambda _pixels: None, lambda _notice: None)

    def _keep(self, image: ImageRef, pixels: PixelImage) -> None:
        self._kept[image] = pixels
        self._kept.move_to_end(image)
        while len(self._kept) > KEPT_FILMS:
            self._kept.popitem(last=False)
