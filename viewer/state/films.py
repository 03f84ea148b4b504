"""Which films hang on the light box, and their pixels.

What hangs where is chosen by `viewer.state.hanging`; here it is kept, decoded and exchanged film
by film. All films are of one patient, whoever asks for what.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from engine.domain.image import PixelImage
from engine.domain.progress import CancelToken
from engine.domain.study import ImageRef, Study
from viewer.errors import Notice, Severity, notice_of
from viewer.state.hanging import (
    Layout,
    Place,
    all_films,
    counterpart,
    film_like,
    hang,
    main_film,
    same_person,
)
from viewer.state.session import SessionState
from viewer.tasks.runner import TaskRunner

KEPT_FILMS = 8
"""Decoded films that stay in memory; about 10 MB each."""
_NO_PRIOR = Notice(
    title="No prior",
    sentence="No earlier film of this patient is in the workspace.",
    severity=Severity.QUIET,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """One place on the light box.

    Attributes:
        is_prior: Whether it belongs to an earlier study of the same patient.
        row: From the top, 0 first.
        column: From the left, 0 first.
        pixels: None while it is decoded, or when that failed.
        failure: Why there are no pixels.
    """

    study: Study
    image: ImageRef
    is_prior: bool
    row: int = 0
    column: int = 0
    pixels: PixelImage | None = None
    failure: Notice | None = None

    @property
    def place(self) -> Place:
        """The film without its pixels."""
        return Place(
            study=self.study,
            image=self.image,
            is_prior=self.is_prior,
            row=self.row,
            column=self.column,
        )


class FilmsState(QObject):
    """The films in view, up to four.

    Signals:
        hung: Other films were chosen; read `films`.
        film_changed: Index of a film whose pixels came, or did not, or that was exchanged.
        noticed: `Notice`.
    """

    hung = Signal()
    film_changed = Signal(int)
    noticed = Signal(object)

    def __init__(
        self, runner: TaskRunner, session: SessionState, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._session = session
        self._study: Study | None = None
        self._priors: tuple[Study, ...] = ()
        self._films: list[Film] = []
        self._layout = Layout.STUDY
        self._is_chosen = False
        self._decoding: dict[int, CancelToken] = {}
        self._kept: OrderedDict[ImageRef, PixelImage] = OrderedDict()

    @property
    def films(self) -> tuple[Film, ...]:
        """The films in view, row by row from left to right."""
        return tuple(self._films)

    @property
    def study(self) -> Study | None:
        """The study whose films these are."""
        return self._study

    @property
    def layout(self) -> Layout:
        """How the films are arranged."""
        return self._layout

    @property
    def is_chosen(self) -> bool:
        """Whether the reader asked for this layout, rather than it being the usual one."""
        return self._is_chosen

    @property
    def shows_prior(self) -> bool:
        """Whether a prior's film hangs."""
        return any(film.is_prior for film in self._films)

    @property
    def available(self) -> tuple[Place, ...]:
        """Every film that may be hung: the study's and its priors'."""
        return () if self._study is None else all_films(self._study, self._priors)

    def show(self, study: Study | None, priors: tuple[Study, ...]) -> None:
        """Hang a study's films in the usual layout."""
        self._study = study
        self._priors = () if study is None else same_person(study, priors)
        self._layout, self._is_chosen = Layout.STUDY, False
        self._set(() if study is None else hang(self._layout, study, self._priors))

    def arrange(self, layout: Layout) -> None:
        """Hang the films in that layout; without a prior to show, say so and change nothing."""
        if self._study is None:
            return
        places = hang(layout, self._study, self._priors)
        needs_prior = layout in {Layout.PRIOR, Layout.PAIRS, Layout.TIMELINE}
        if needs_prior and not any(place.is_prior for place in places):
            self.noticed.emit(_NO_PRIOR)
            return
        self._layout, self._is_chosen = layout, True
        self._set(places)

    def toggle_prior(self) -> None:
        """Hang the newest prior beside the film, or take it down again."""
        if self._study is None or not self.shows_prior:
            self.arrange(Layout.PRIOR)
            return
        usual = hang(Layout.STUDY, self._study, self._priors)
        has_prior = any(place.is_prior for place in usual)
        self.arrange(Layout.SINGLE if has_prior else Layout.STUDY)

    def hang_prior(self, prior: Study) -> None:
        """Hang that prior's film at the right."""
        if self._study is None or not self._study.images or prior not in self._priors:
            return
        main = main_film(self._study)
        image = film_like(prior, main.view)
        if image is not None:
            self._layout, self._is_chosen = Layout.PRIOR, True
            left = Place(study=self._study, image=main, is_prior=False)
            self._set((left, Place(study=prior, image=image, is_prior=True, column=1)))

    def exchange(self, index: int, image: ImageRef) -> None:
        """Hang another of the available films in a place; any other image is refused."""
        wanted = next((place for place in self.available if place.image == image), None)
        if wanted is None or not 0 <= index < len(self._films):
            return
        if self._films[index].image == image:
            return
        if index in self._decoding:
            self._decoding.pop(index).cancel()
        old = self._films[index]
        self._films[index] = self._film(replace(wanted, row=old.row, column=old.column))
        self._is_chosen = True
        self.film_changed.emit(index)
        self._decode_missing(index)

    def step(self, index: int, step: int) -> None:
        """Hang the next (1) or previous (-1) available film in a place; none at the ends."""
        images = [place.image for place in self.available]
        if not 0 <= index < len(self._films):
            return
        position = images.index(self._films[index].image) + step
        if 0 <= position < len(images):
            self.exchange(index, images[position])

    def flickers_with(self, index: int) -> Place | None:
        """What is shown in the place of a film while the prior's key is held."""
        if self._study is None or not 0 <= index < len(self._films):
            return None
        return counterpart(self._films[index].place, self._study, self._priors)

    def fetch(
        self, image: ImageRef, came: Callable[[PixelImage], None], failed: Callable[[Notice], None]
    ) -> None:
        """Give a film's pixels, at once if they are kept."""
        workspace = self._session.workspace
        if image in self._kept:
            came(self._kept[image])
        elif workspace is not None:

            def decoded(pixels: PixelImage) -> None:
                self._keep(image, pixels)
                came(pixels)

            self._runner.query(
                lambda: workspace.library.pixels(image),
                decoded,
                lambda error: failed(notice_of(error)),
            )

    def _film(self, place: Place) -> Film:
        return Film(
            study=place.study,
            image=place.image,
            is_prior=place.is_prior,
            row=place.row,
            column=place.column,
            pixels=self._kept.get(place.image),
        )

    def _set(self, places: tuple[Place, ...]) -> None:
        for token in self._decoding.values():
            token.cancel()
        self._decoding = {}
        self._films = [self._film(place) for place in places]
        self.hung.emit()
        for index in range(len(self._films)):
            self._decode_missing(index)

    def _decode_missing(self, index: int) -> None:
        workspace, image = self._session.workspace, self._films[index].image
        if workspace is None or self._films[index].pixels is not None:
            return

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

        self._decoding[index] = self._runner.query(
            lambda: workspace.library.pixels(image), came, failed
        )

    def _prefetch(self) -> None:
        """Have the prior ready before its key is pressed, once the films in view are there."""
        prior = None if self._decoding else self.flickers_with(0)
        if prior is not None:
            self.fetch(prior.image, lambda _pixels: None, lambda _notice: None)

    def _keep(self, image: ImageRef, pixels: PixelImage) -> None:
        self._kept[image] = pixels
        self._kept.move_to_end(image)
        while len(self._kept) > KEPT_FILMS:
            self._kept.popitem(last=False)
