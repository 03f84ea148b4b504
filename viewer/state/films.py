"""Which films hang on the light box, and their pixels.

The choice is automatic (product.md row 51): the frontal film at the left; beside it the lateral,
or where there is none the newest prior's film of the same view. All films are of one patient: a
prior that is not of the same person is never hung, whatever the list of priors says.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from engine.domain.image import PixelImage
from engine.domain.progress import CancelToken
from engine.domain.study import ImageRef, Study, View
from viewer.errors import Notice, Severity, notice_of
from viewer.state.session import SessionState
from viewer.tasks.runner import TaskRunner

KEPT_FILMS = 6
"""Decoded films that stay in memory; about 10 MB each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """One place on the light box.

    Attributes:
        is_prior: Whether it belongs to an earlier study of the same patient.
        pixels: None while it is decoded, or when that failed.
        failure: Why there are no pixels.
    """

    study: Study
    image: ImageRef
    is_prior: bool
    pixels: PixelImage | None = None
    failure: Notice | None = None


class FilmsState(QObject):
    """The films in view, one or two.

    Signals:
        hung: Other films were chosen; read `films`.
        film_changed: Index of a film whose pixels came, or did not.
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
        self._shows_prior = False
        self._decoding: list[CancelToken] = []
        self._kept: OrderedDict[ImageRef, PixelImage] = OrderedDict()

    @property
    def films(self) -> tuple[Film, ...]:
        """The films in view, from left to right."""
        return tuple(self._films)

    @property
    def study(self) -> Study | None:
        """The study whose films these are."""
        return self._study

    @property
    def shows_prior(self) -> bool:
        """Whether the film at the right is a prior's."""
        return any(film.is_prior for film in self._films)

    def show(self, study: Study | None, priors: tuple[Study, ...]) -> None:
        """Hang a study's films."""
        self._study = study
        self._priors = () if study is None else tuple(p for p in priors if _is_prior(p, study))
        self._shows_prior = False
        self._hang()

    def toggle_prior(self) -> None:
        """Hang the newest prior beside the frontal film, or take it down again."""
        if self._study is None:
            return
        if not any(_film_like(prior, self._main_view()) for prior in self._priors):
            self.noticed.emit(
                Notice(
                    title="No prior",
                    sentence="No earlier film of this patient is in the workspace.",
                    severity=Severity.QUIET,
                )
            )
            return
        self._shows_prior = not self.shows_prior
        self._hang()

    def hang_prior(self, prior: Study) -> None:
        """Hang that prior's film at the right."""
        image = _film_like(prior, self._main_view())
        if image is not None and self._films and prior in self._priors:
            self._shows_prior = True
            self._set([self._films[0], Film(study=prior, image=image, is_prior=True)])

    def _hang(self) -> None:
        study = self._study
        if study is None or not study.images:
            self._set([])
            return
        main = study.frontal or study.images[0]
        films = [Film(study=study, image=main, is_prior=False)]
        second = None if self._shows_prior else _second_film(study, main)
        if second is not None:
            films.append(Film(study=study, image=second, is_prior=False))
        else:
            films += self._newest_prior(main.view)
        self._set(films)

    def _newest_prior(self, view: View) -> list[Film]:
        for prior in self._priors:
            image = _film_like(prior, view)
            if image is not None:
                return [Film(study=prior, image=image, is_prior=True)]
        return []

    def _main_view(self) -> View:
        return self._films[0].image.view if self._films else View.FRONTAL

    def _set(self, films: list[Film]) -> None:
        for token in self._decoding:
            token.cancel()
        self._decoding = []
        self._films = [replace(film, pixels=self._kept.get(film.image)) for film in films]
        self.hung.emit()
        for index, film in enumerate(self._films):
            if film.pixels is None:
                self._decode(index, film.image)

    def _decode(self, index: int, image: ImageRef) -> None:
        workspace = self._session.workspace
        if workspace is None:
            return

        def came(pixels: PixelImage) -> None:
            self._keep(image, pixels)
            self._films[index] = replace(self._films[index], pixels=pixels)
            self.film_changed.emit(index)

        def failed(error: Exception) -> None:
            self._films[index] = replace(self._films[index], failure=notice_of(error))
            self.film_changed.emit(index)

        self._decoding.append(
            self._runner.query(lambda: workspace.library.pixels(image), came, failed)
        )

    def _keep(self, image: ImageRef, pixels: PixelImage) -> None:
        self._kept[image] = pixels
        while len(self._kept) > KEPT_FILMS:
            self._kept.popitem(last=False)


def _is_prior(prior: Study, study: Study) -> bool:
    return prior.uid != study.uid and prior.patient.is_same_person(study.patient)


def _second_film(study: Study, main: ImageRef) -> ImageRef | None:
    if study.lateral is not None and study.lateral is not main:
        return study.lateral
    return next((image for image in study.images if image is not main), None)


def _film_like(prior: Study, view: View) -> ImageRef | None:
    return next((image for image in prior.images if image.view is view), None)
