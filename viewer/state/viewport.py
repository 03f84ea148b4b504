"""The state of one viewport, in four parts shared by tools, commands and the canvas.

`film` is what there is to show, `grey` how its values are mapped, `placement` where it lies in the
viewport, `in_view` the annotations on it. This module does what concerns several of them.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.domain.image import PixelImage
from engine.domain.presentation_state import PresentationRef, PresentationState
from engine.domain.study import ImageRef
from engine.imaging.presentation import grey_look, state_turn
from viewer.state.annotations import AnnotationsState
from viewer.state.annotations_in_view import AnnotationsInView
from viewer.state.applied_state import AppliedState
from viewer.state.film_in_view import FilmCaption, FilmInView, ViewportStage
from viewer.state.grey import Grey
from viewer.state.placement import Placement
from viewer.state.presentation import Presentation, Shown, first_presentation


class ViewportState(QObject):
    """The state of one viewport.

    Signals:
        image_changed: Another film, or another stage; read everything again.
        window_changed: The window, VOI LUT or inversion changed.
        geometry_changed: The position, size or turn of the film changed.
        annotations_changed: The annotation being placed or dragged changed, or anything else drawn
            over the film.
        text_wanted: A new `Annotation` needs its text.
    """

    image_changed = Signal()
    window_changed = Signal()
    geometry_changed = Signal()
    annotations_changed = Signal()
    text_wanted = Signal(object)

    def __init__(
        self, parent: QObject | None = None, annotations: AnnotationsState | None = None
    ) -> None:
        super().__init__(parent)
        self.annotations = AnnotationsState(self) if annotations is None else annotations
        self.applied = AppliedState(self)
        self.film = FilmInView(self.applied, self)
        self._shown = Shown(self)
        self.grey = Grey(self.film, self._shown, self)
        self.in_view = AnnotationsInView(self.film, self.annotations, self)
        self.placement = Placement(self.film, self._shown, self.in_view, self)
        self._shown.grey_changed.connect(self.window_changed)
        self.image_changed.connect(self.grey.chosen.clear)
        for moved in (
            self._shown.placement_changed,
            self.placement.changed,
            self.grey.filter.changed,
        ):
            moved.connect(self.geometry_changed)
        for changed in (self.in_view.changed, self.applied.changed, self.film.changed):
            changed.connect(self.annotations_changed)
        self.placement.turned.connect(self._keep_turn)
        self.annotations.loaded.connect(self._take_kept_turn)

    @property
    def presentation(self) -> Presentation | None:
        """How the film is shown; None without a film."""
        return self._shown.now

    def show_image(self, image: ImageRef, pixels: PixelImage, caption: FilmCaption) -> None:
        """Show a film as its file asks; the same film, or another frame of it, keeps its look."""
        has_look = self._shown.now is not None
        is_same = has_look and self.film.pixels is pixels
        # Another frame keeps window, placement and annotations; only filtered samples belong to the
        # old one.
        is_frame = has_look and not is_same and self._is_frame(image, pixels)
        if is_frame:
            self.grey.filter.leave()
        elif self.film.pixels is not pixels:
            self._forget()
        self.film.take(image, pixels, caption)
        if not (is_same or is_frame):
            self._shown.begin(self._as_kept(pixels))
        self.image_changed.emit()

    def _is_frame(self, image: ImageRef, pixels: PixelImage) -> bool:
        """Whether these pixels are another frame of the film in view, with the same windows."""
        now = self.film.pixels
        return (
            now is not None
            and image.frames > 1
            and self.film.image == image
            and now.samples.shape == pixels.samples.shape
            and (now.windows, now.monochrome1) == (pixels.windows, pixels.monochrome1)
        )

    def show_decoding(self, image: ImageRef, caption: FilmCaption) -> None:
        """Show that the film is being read."""
        self._leave()
        stage = ViewportStage.DECODING
        self.film.leave(stage, "Reading the film", image=image, caption=caption)
        self.image_changed.emit()

    def show_unreadable(
        self, image: ImageRef, caption: FilmCaption, sentence: str, what_to_do: str = ""
    ) -> None:
        """Show, in one sentence, why the film cannot be shown and what to do."""
        self._leave()
        stage = ViewportStage.UNREADABLE
        self.film.leave(stage, sentence, what_to_do, image=image, caption=caption)
        self.image_changed.emit()

    def clear(self, message: str = "", what_to_do: str = "") -> None:
        """Show a sentence and no film."""
        self._leave()
        self.film.leave(ViewportStage.NO_FILM, message, what_to_do)
        self.image_changed.emit()

    def apply_state(
        self, ref: PresentationRef, state: PresentationState, *, graphics_only: bool
    ) -> None:
        """Show the film by a presentation state, or lay the state's graphics over it.

        Raises:
            UnsupportedImageError: The state's grey values cannot be applied to this film.
        """
        pixels = self.film.pixels
        if pixels is None:
            return
        if graphics_only:
            self._shown.become(self._as_kept(pixels))
            self.applied.take(ref, state, None)
            return
        look = grey_look(state, pixels)
        self.film.close_shutter()
        turn = state_turn(state)
        self._shown.become(Presentation(voi=look.voi, inverted=look.inverted, turn=turn))
        if state.area is not None:
            self.placement.frame(state.area)
        self.applied.take(ref, state, self._shown.now)

    def leave_state(self) -> None:
        """Show the film as its own file asks, without the presentation state."""
        if self.applied.state is not None and self.film.pixels is not None:
            self.applied.leave()
            self._shown.become(self._as_kept(self.film.pixels))

    def reset(self) -> None:
        """Show the whole film as its file asks."""
        if self.film.pixels is not None:
            self.applied.leave()
            self.grey.filter.leave()
            self._shown.become(first_presentation(self.film.pixels))
            self._keep_turn()

    def _keep_turn(self) -> None:
        """Store the film's turn for the next time. A mirrored film is never stored as mirrored."""
        image, shown = self.film.image, self._shown.now
        if image is None or shown is None or shown.turn.mirrored:
            return
        # A presentation state's turn is not how this reader wants the film to hang.
        if not self.applied.is_whole:
            self.annotations.turn(image, shown.turn.quarter_turns, mirrored=False)

    def _as_kept(self, pixels: PixelImage) -> Presentation:
        """The look that the file asks for, turned as a reader last left it."""
        image = self.film.image
        kept = None if image is None else self.annotations.turn_of(image.sop_uid)
        return first_presentation(pixels, None if kept is None or kept.mirrored else kept)

    def _take_kept_turn(self) -> None:
        """Apply a stored turn that came after the film, unless the look was changed."""
        pixels = self.film.pixels
        if pixels is not None and self._shown.now == first_presentation(pixels):
            self._shown.become(self._as_kept(pixels))

    def _leave(self) -> None:
        self._shown.begin(None)
        self._forget()

    def _forget(self) -> None:
        """Drop everything that belonged to the previous film."""
        self.in_view.forget()
        self.applied.forget()
        self.grey.filter.leave()
