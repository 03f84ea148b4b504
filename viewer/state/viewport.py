"""What one view shows and how: the film, its window, its turn and flip, its zoom and place.

Tools and commands change this state, the canvas paints it. Places are in view pixels (device
pixels of the view, x right, y down); zoom is device pixels per image pixel of the finer spacing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from engine.domain.annotation import Annotation
from engine.domain.film_graphics import Shutter
from engine.domain.image import PixelImage, VoiLut, Window
from engine.domain.presentation_state import DisplayedArea, PresentationRef, PresentationState
from engine.domain.study import ImageRef, PixelSpacing
from engine.imaging.measure import Frame, Measurement, frame_of
from engine.imaging.presentation import grey_look, state_turn
from engine.imaging.window import (
    WindowPreset,
    auto_window,
    equivalent_window,
    file_vois,
    is_flipped,
    presets,
)
from viewer.state.applied_state import AppliedState
from viewer.state.film_caption import FilmCaption, ViewportStage
from viewer.state.film_filter import FilmFilter
from viewer.state.film_geometry import FilmGeometry, clamp_zoom
from viewer.state.film_room import FilmRoom
from viewer.state.glide import Glide
from viewer.state.mark_in_hand import MarkInHand
from viewer.state.marks import MarksState
from viewer.state.measured_marks import MeasuredMarks
from viewer.state.presentation import Presentation, first_presentation


class ViewportState(QObject):
    """The state of one view.

    Signals:
        image_changed: Another film, or another stage; read everything anew.
        window_changed: Grey values changed: window, VOI LUT or inversion.
        geometry_changed: Place, size or turn of the film changed.
        marks_changed: The mark being placed or dragged changed, or what else lies over the film.
        text_wanted: A new `Annotation` waits for its words.
    """

    image_changed = Signal()
    window_changed = Signal()
    geometry_changed = Signal()
    marks_changed = Signal()
    text_wanted = Signal(object)

    def __init__(self, parent: QObject | None = None, marks: MarksState | None = None) -> None:
        super().__init__(parent)
        self.marks = MarksState(self) if marks is None else marks
        self.in_hand = MarkInHand(self)
        self.in_hand.changed.connect(self.marks_changed)
        self._lifts_shutter = False
        self._model_view: NDArray[np.uint8] | None = None
        self._measured = MeasuredMarks()
        self._stage = ViewportStage.NO_FILM
        self._image: ImageRef | None = None
        self._pixels: PixelImage | None = None
        self._caption = FilmCaption()
        self._message = ""
        self._what_to_do = ""
        self._shown: Presentation | None = None
        self._view_size = (1, 1)
        self._shared_scale: float | None = None
        self.screen_pixels_per_mm: float | None = None
        """Device pixels per mm of the screen that the view is on; None if nobody measured it."""
        self.glide = Glide(self)
        self.applied = AppliedState(self)
        self.filter = FilmFilter(self)
        self.applied.changed.connect(self.marks_changed)
        self.filter.changed.connect(self.geometry_changed)
        self.marks.loaded.connect(self._take_kept_turn)

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
        """What the corners say."""
        return self._caption

    @property
    def message(self) -> str:
        """The sentence in the middle when there are no pixels."""
        return self._message

    @property
    def what_to_do(self) -> str:
        """The line under `message`; empty if there is nothing to do."""
        return self._what_to_do

    @property
    def presentation(self) -> Presentation | None:
        """How the film is shown; None unless `stage` is READY."""
        return self._shown

    @property
    def voi(self) -> Window | VoiLut | None:
        """Window or VOI LUT in force."""
        return None if self._shown is None else self._shown.voi

    @property
    def window(self) -> Window | None:
        """The window in force; for a VOI LUT the window nearest to it."""
        pixels, shown = self._pixels, self._shown
        if pixels is None or shown is None:
            return None
        voi = shown.voi
        return equivalent_window(pixels, voi) if isinstance(voi, VoiLut) else voi

    @property
    def has_left_lut(self) -> bool:
        """Whether the file brought a VOI LUT and something else is in force."""
        return bool(self._pixels and self._pixels.voi_luts and isinstance(self.voi, Window))

    @property
    def is_inverted(self) -> bool:
        """Whether the user asked for the inverse of what the file asks for."""
        return self._shown is not None and self._shown.inverted

    @property
    def is_high_dark(self) -> bool:
        """Whether high values are dark on the screen, whatever the reason."""
        pixels = self._pixels
        return pixels is not None and is_flipped(pixels, inverted=self.is_inverted)

    @property
    def zoom(self) -> float:
        """Device pixels per image pixel in force; 1 without a film."""
        room = self._room()
        return 1.0 if room is None else room.zoom

    @property
    def is_fitted(self) -> bool:
        """Whether the zoom follows the size of the view."""
        return self._shown is not None and self._shown.zoom is None

    @property
    def pixels_per_mm(self) -> float | None:
        """Scale in force in device pixels per mm; None without a known pixel size."""
        room = self._room()
        return None if room is None or room.finer_mm is None else room.zoom / room.finer_mm

    @property
    def fitting_pixels_per_mm(self) -> float | None:
        """Scale at which the whole film just fits, by itself; None without a known pixel size."""
        room = self._room()
        return None if room is None or room.finer_mm is None else room.own_fit / room.finer_mm

    @property
    def area(self) -> DisplayedArea | None:
        """What of the film is in view; None without a film."""
        room = self._room()
        return None if room is None else room.area

    @property
    def life_size_zoom(self) -> float | None:
        """Zoom at which the film is as large as it was; None without a pixel size or a screen's."""
        room = self._room()
        if room is None or room.finer_mm is None or self.screen_pixels_per_mm is None:
            return None
        return self.screen_pixels_per_mm * room.finer_mm

    @property
    def geometry(self) -> FilmGeometry | None:
        """Where the film lies in the view; None unless `stage` is READY."""
        room = self._room()
        return None if room is None else room.geometry

    @property
    def spacing(self) -> PixelSpacing | None:
        """Millimetres per pixel in force: the reader's calibration, else the file's, else None."""
        if self._image is None or self._pixels is None:
            return None
        return self.marks.calibration_of(self._image.sop_uid) or self._pixels.spacing

    @property
    def frame(self) -> Frame | None:
        """The plane that marks are measured in; None without a film."""
        return None if self._pixels is None else frame_of(self._pixels, self.spacing)

    @property
    def shown_samples(self) -> NDArray[np.uint16] | None:
        """The samples to be painted: the film's, or those through a display filter."""
        if self._pixels is None:
            return None
        return self._pixels.samples if self.filter.samples is None else self.filter.samples

    @property
    def shutter(self) -> Shutter | None:
        """The shutter of the presentation state in force, else of the file."""
        if self.applied.state is not None and self.applied.is_whole:
            return self.applied.state.shutter
        return None if self._pixels is None else self._pixels.shutter

    @property
    def is_shuttered(self) -> bool:
        """Whether a shutter hides a part of the film now."""
        return self.shutter is not None and not self._lifts_shutter

    @property
    def shown_marks(self) -> tuple[Annotation, ...]:
        """The marks on the film, the dragged one as it is now."""
        if self._image is None:
            return ()
        pending = self.in_hand.mark
        kept = self.marks.shown_on(self._image.sop_uid)
        if pending is None:
            return kept
        return (*(mark for mark in kept if mark.id != pending.id), pending)

    def toggle_shutter(self) -> None:
        """Lift the file's shutter, or close it again."""
        self._lifts_shutter = not self._lifts_shutter
        self.marks_changed.emit()

    @property
    def model_view(self) -> NDArray[np.uint8] | None:
        """The film as the model sees it, `(size, size)`; None while the film itself is shown."""
        return self._model_view

    def show_model_view(self, grey: NDArray[np.uint8] | None) -> None:
        """Show what the model sees in the film's place, or the film again."""
        self._model_view = grey
        self.marks_changed.emit()

    def measured(self, mark: Annotation) -> Measurement:
        """What a mark of this film measures; raises `ValueError` without a film."""
        if self._pixels is None or self._image is None:
            raise ValueError("no film to measure on")
        projection = self._image.view_position
        return self._measured.of(mark, self._pixels, self.spacing, projection)

    def presets(self) -> tuple[WindowPreset, ...]:
        """What the digits show: the file's own windows, then those relative to this film."""
        return () if self._pixels is None else presets(self._pixels)

    def show_image(self, image: ImageRef, pixels: PixelImage, caption: FilmCaption) -> None:
        """Show a film as its file asks; the same film keeps how it is shown."""
        is_same = self._pixels is pixels and self._shown is not None
        if self._pixels is not pixels:
            self.in_hand.show(None)
            self._measured.clear()
            self._lifts_shutter, self._model_view = False, None
            self.applied.forget()
            self.filter.leave()
        self._image, self._pixels, self._caption = image, pixels, caption
        self._stage, self._message, self._what_to_do = ViewportStage.READY, "", ""
        if not is_same:
            self._shown = self._as_kept(pixels)
        self.image_changed.emit()

    def apply_state(
        self, ref: PresentationRef, state: PresentationState, *, graphics_only: bool
    ) -> None:
        """Show the film as a presentation state asks, or lay its graphics over it.

        Raises:
            UnsupportedImageError: Its grey values cannot be had for this film.
        """
        pixels = self._pixels
        if pixels is None or self._shown is None:
            return
        if graphics_only:
            self._become(self._as_kept(pixels))
            self.applied.take(ref, state, None)
            return
        look = grey_look(state, pixels)
        self._lifts_shutter = False
        self._become(Presentation(voi=look.voi, inverted=look.inverted, turn=state_turn(state)))
        room = self._room()
        if state.area is not None and room is not None:
            self._become(room.framed(state.area, self.life_size_zoom))
        self.applied.take(ref, state, self._shown)

    def leave_state(self) -> None:
        """Show the film again as its own file asks."""
        if self.applied.state is not None and self._pixels is not None:
            self.applied.leave()
            self._become(self._as_kept(self._pixels))

    def show_decoding(self, image: ImageRef, caption: FilmCaption) -> None:
        """Say that the film is being read."""
        self._leave(ViewportStage.DECODING, "Reading the film")
        self._image, self._caption = image, caption
        self.image_changed.emit()

    def show_unreadable(
        self, image: ImageRef, caption: FilmCaption, sentence: str, what_to_do: str = ""
    ) -> None:
        """Say in a plain sentence why the film cannot be shown, and what to do."""
        self._leave(ViewportStage.UNREADABLE, sentence, what_to_do)
        self._image, self._caption = image, caption
        self.image_changed.emit()

    def clear(self, message: str = "", what_to_do: str = "") -> None:
        """Show no film, and a sentence instead."""
        self._leave(ViewportStage.NO_FILM, message, what_to_do)
        self.image_changed.emit()

    @property
    def view_size(self) -> tuple[int, int]:
        """Width and height of the view in device pixels."""
        return self._view_size

    def set_view_size(self, width: int, height: int) -> None:
        """The canvas says how large it is, in device pixels."""
        size = (max(width, 1), max(height, 1))
        if size != self._view_size:
            self._view_size = size
            self.geometry_changed.emit()

    def set_window(self, window: Window) -> None:
        """Show the film through a window."""
        self._show(voi=window)

    def apply_preset(self, number: int) -> None:
        """Show the preset of a digit; a digit without one does nothing.

        A preset may invert; none takes back what the reader inverted.
        """
        preset = next((each for each in self.presets() if each.key == str(number)), None)
        if preset is not None:
            self.show_preset(preset)

    def show_preset(self, preset: WindowPreset) -> None:
        """Show one of this film's presets."""
        self._show(voi=preset.voi, inverted=self.is_inverted or preset.inverted)

    def next_file_window(self) -> None:
        """Go to the next VOI LUT or window of the file, from the last to the first."""
        own = () if self._pixels is None else file_vois(self._pixels)
        if own:
            place = next((i for i, voi in enumerate(own) if voi == self.voi), -1)
            self._show(voi=own[(place + 1) % len(own)])

    def auto_window(self) -> None:
        """Choose the window by the values of the exposed field."""
        if self._pixels is not None:
            self._show(voi=auto_window(self._pixels))

    def toggle_invert(self) -> None:
        """Swap black and white."""
        if self._shown is not None:
            self._show(inverted=not self._shown.inverted)

    def rotate(self, degrees: int) -> None:
        """Turn clockwise by a multiple of 90 degrees; what is in the middle stays there."""
        if self._shown is not None:
            self._turn(self._shown.rotated(degrees // 90))

    def flip_horizontal(self) -> None:
        """Swap left and right on the screen, however the film is turned."""
        if self._shown is not None:
            self._turn(self._shown.flipped_horizontally())

    def flip_vertical(self) -> None:
        """Swap top and bottom on the screen, however the film is turned."""
        if self._shown is not None:
            self._turn(self._shown.flipped_vertically())

    def fit(self) -> None:
        """Show the whole film, and keep doing so when the view's size changes."""
        self._show(zoom=None, pan=(0.0, 0.0))

    def share_scale(self, pixels_per_mm: float | None) -> None:
        """Show the whole film at this scale at most, to compare it with others; None for its own.

        Args:
            pixels_per_mm: Device pixels per mm.
        """
        if pixels_per_mm != self._shared_scale:
            self._shared_scale = pixels_per_mm
            if self.is_fitted:
                self.geometry_changed.emit()

    def place(self, zoom: float | None, pan: tuple[float, float]) -> None:
        """Show the film at that zoom and offset; None for the whole film."""
        self._show(zoom=None if zoom is None else clamp_zoom(zoom), pan=pan)

    def show_through(self, voi: Window | VoiLut, *, inverted: bool) -> None:
        """Show the film through a window or VOI LUT, inverted or not."""
        self._show(voi=voi, inverted=inverted)

    def one_to_one(self) -> None:
        """Show one image pixel on one device pixel; what is in the middle stays there."""
        self.zoom_at(1.0 / self.zoom, self._view_size[0] / 2, self._view_size[1] / 2)

    def life_size(self) -> bool:
        """Show the film as large as it was; False where that is not known."""
        zoom = self.life_size_zoom
        if zoom is not None:
            self.zoom_at(zoom / self.zoom, self._view_size[0] / 2, self._view_size[1] / 2)
        return zoom is not None

    def zoom_by(self, factor: float) -> None:
        """Zoom about the middle of the view."""
        self.zoom_at(factor, self._view_size[0] / 2, self._view_size[1] / 2)

    def zoom_at(self, factor: float, x: float, y: float) -> None:
        """Zoom so that the film's point at a place of the view stays there."""
        room = self._room()
        if room is not None:
            self._become(room.zoomed_at(factor, x, y))

    def pan_by(self, dx: float, dy: float) -> None:
        """Move the film by view pixels; a part of it always stays visible."""
        room = self._room()
        if room is not None:
            self._become(room.panned_by(dx, dy))

    def reset(self) -> None:
        """Show the film again as its file asks, whole."""
        if self._pixels is not None and self._shown is not None:
            self.applied.leave()
            self.filter.leave()
            self._turn(first_presentation(self._pixels))

    def _turn(self, after: Presentation) -> None:
        """Show it so, and let the film hang so the next time."""
        self._become(after)
        # What somebody else's state turned is not how this reader hangs the film.
        if self._image is not None and not self.applied.is_whole:
            turn = after.turn
            self.marks.turn(self._image, turn.quarter_turns, mirrored=turn.mirrored)

    def _as_kept(self, pixels: PixelImage) -> Presentation:
        """As the file asks, turned as a reader left it."""
        kept = None if self._image is None else self.marks.turn_of(self._image.sop_uid)
        return first_presentation(pixels, kept)

    def _take_kept_turn(self) -> None:
        """What was kept came after the film: turn it, unless somebody has touched it."""
        if self._pixels is not None and self._shown == first_presentation(self._pixels):
            self._become(self._as_kept(self._pixels))

    def _room(self) -> FilmRoom | None:
        pixels, shown = self._pixels, self._shown
        if pixels is None or shown is None:
            return None
        return FilmRoom(
            pixels=pixels,
            shown=shown,
            spacing=self.spacing,
            view_size=self._view_size,
            shared_scale=self._shared_scale,
        )

    def _leave(self, stage: ViewportStage, message: str, what_to_do: str = "") -> None:
        self.applied.forget()
        self.filter.leave()
        self._stage, self._message, self._what_to_do = stage, message, what_to_do
        self._image, self._pixels, self._shown = None, None, None
        self.in_hand.show(None)
        self._caption = FilmCaption()

    def _show(self, **changes: object) -> None:
        if self._shown is not None:
            # The names are checked by `replace`.
            self._become(replace(self._shown, **changes))  # type: ignore[arg-type]

    def _become(self, after: Presentation) -> None:
        before, self._shown = self._shown, after
        if before is None or after == before:
            return
        if (after.voi, after.inverted) != (before.voi, before.inverted):
            self.window_changed.emit()
        if after.place != before.place:
            self.geometry_changed.emit()
