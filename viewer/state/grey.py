"""The grey values of one viewport: window or LUT, inversion and display filter.

Only painting uses window and filter. Measurements, statistics, the model and the file never do.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from engine.domain.display_filter import DisplayFilter
from engine.domain.image import PixelImage, VoiLut, Window
from engine.domain.interpolation import Interpolation
from engine.imaging.window import (
    WindowPreset,
    equivalent_window,
    file_vois,
    is_flipped,
    presets,
)
from viewer.state.film_in_view import FilmInView
from viewer.state.presentation import Shown

MOMENT_MS: Final = 1500
"""How long a passing text is shown."""


class Grey(QObject):
    """Maps a film's values to grey. Changes are signalled by `shown`."""

    def __init__(self, film: FilmInView, shown: Shown, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._film = film
        self._shown = shown
        self._inverted_by_preset: PixelImage | None = None
        self.filter = FilmFilter(self)
        self.chosen = PassingWords(self)

    @property
    def voi(self) -> Window | VoiLut | None:
        """The window or VOI LUT in use."""
        return None if self._shown.now is None else self._shown.now.voi

    @property
    def window(self) -> Window | None:
        """The window in use; for a VOI LUT the window nearest to it."""
        pixels, voi = self._film.pixels, self.voi
        if pixels is None or voi is None:
            return None
        return equivalent_window(pixels, voi) if isinstance(voi, VoiLut) else voi

    @property
    def has_left_lut(self) -> bool:
        """Whether the file has a VOI LUT and a window is used instead."""
        pixels = self._film.pixels
        return bool(pixels and pixels.voi_luts and isinstance(self.voi, Window))

    @property
    def is_inverted(self) -> bool:
        """Whether the reader inverted what the file asks for."""
        return self._shown.now is not None and self._shown.now.inverted

    @property
    def is_high_dark(self) -> bool:
        """Whether high values appear dark, whether by the file or by the reader."""
        pixels = self._film.pixels
        return pixels is not None and is_flipped(pixels, inverted=self.is_inverted)

    @property
    def samples(self) -> NDArray[np.uint16] | None:
        """The samples to paint: the film's own, or filtered ones."""
        pixels = self._film.pixels
        if pixels is None:
            return None
        return pixels.samples if self.filter.samples is None else self.filter.samples

    def presets(self) -> tuple[WindowPreset, ...]:
        """Presets on the digit keys: the file's own windows, then those computed for this film."""
        return () if self._film.pixels is None else presets(self._film.pixels)

    def set_window(self, window: Window) -> None:
        """Show the film through a window."""
        self._shown.change(voi=window)

    def apply_preset(self, number: int) -> None:
        """Apply the preset of a digit, or say that this film has none.

        A preset may invert the film, until the next one; none undoes the reader's own inversion.
        """
        preset = next((each for each in self.presets() if each.key == str(number)), None)
        if preset is not None:
            self.show_preset(preset)
        elif self._film.pixels is not None:
            self.chosen.say(f"No window {number} in this file")

    def show_preset(self, preset: WindowPreset) -> None:
        """Apply one of this film's presets."""
        is_own = self.is_inverted and self._inverted_by_preset is not self._film.pixels
        self._inverted_by_preset = self._film.pixels if preset.inverted and not is_own else None
        self.chosen.say(preset.name)
        self.show_through(preset.voi, inverted=is_own or preset.inverted)

    def show_through(self, voi: Window | VoiLut, *, inverted: bool) -> None:
        """Show the film through a window or VOI LUT, inverted or not."""
        self._shown.change(voi=voi, inverted=inverted)

    def next_file_window(self) -> None:
        """Go to the next VOI LUT or window of the file; after the last comes the first."""
        own = () if self._film.pixels is None else file_vois(self._film.pixels)
        if own:
            index = next((i for i, voi in enumerate(own) if voi == self.voi), -1)
            following = own[(index + 1) % len(own)]
            self.chosen.say(next(each.name for each in self.presets() if each.voi is following))
            self._shown.change(voi=following)

    def auto_window(self) -> None:
        """Choose the window from the values of the exposed field."""
        self.apply_preset(0)

    def toggle_invert(self) -> None:
        """Swap black and white."""
        self._inverted_by_preset = None
        self._shown.change(inverted=not self.is_inverted)


class FilmFilter(QObject):
    """The display filter in use, and the interpolation between pixels.

    Signals:
        changed: Other samples or another interpolation are to be painted.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kind = DisplayFilter.NONE
        self._samples: NDArray[np.uint16] | None = None
        self._interpolation = Interpolation.AUTOMATIC

    @property
    def interpolation(self) -> Interpolation:
        """Interpolation used when the film is enlarged."""
        return self._interpolation

    def interpolate(self, interpolation: Interpolation) -> None:
        """Set the interpolation."""
        if interpolation is not self._interpolation:
            self._interpolation = interpolation
            self.changed.emit()

    @property
    def kind(self) -> DisplayFilter:
        """The filter in use."""
        return self._kind

    @property
    def samples(self) -> NDArray[np.uint16] | None:
        """The filtered film; None if the film itself is painted."""
        return self._samples

    def show(self, kind: DisplayFilter, samples: NDArray[np.uint16]) -> None:
        """Paint filtered samples.

        Args:
            kind: The filter that made them.
            samples: `(rows, columns)`, of the film in this viewport.
        """
        self._kind, self._samples = kind, samples
        self.changed.emit()

    def leave(self) -> None:
        """Paint the film itself."""
        if self._samples is not None:
            self._kind, self._samples = DisplayFilter.NONE, None
            self.changed.emit()


class PassingWords(QObject):
    """A short text, held while it is shown for a moment.

    Signals:
        changed: Read `words`.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(MOMENT_MS)
        self._timer.timeout.connect(self.clear)

    @property
    def words(self) -> str:
        """The text shown at present; empty if there is none."""
        return self._words

    def say(self, words: str) -> None:
        """Show a text for `MOMENT_MS`, in place of an earlier one."""
        self._words = words
        self._timer.start()
        self.changed.emit()

    def clear(self) -> None:
        """Remove the text at once."""
        self._timer.stop()
        if self._words:
            self._words = ""
            self.changed.emit()
