"""One frame of a drag on a 5-megapixel film, against mapping the whole film for each frame.

A frame is everything that the event loop does for it: the state's change, the display table, the
mapping, and painting what changed with texts and lines. Zoom and pan are mouse drags, whose frames
may be quick instead of exact. The baseline is the usual way (NumPy maps all stored pixels, then Qt
scales the picture to the viewport) on the same machine at the same moment.
"""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path

import numpy as np
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from benchmarks.measure import seconds_of, show
from engine.domain.image import PixelImage, Window
from engine.domain.study import ImageRef, SeriesUid, SopUid, StudyUid
from engine.imaging.window import display_table
from viewer.canvas.viewport import Viewport
from viewer.state.film_in_view import FilmCaption
from viewer.state.viewport import ViewportState

ROWS, COLUMNS = 2500, 2048
VIEW = (1400, 1000)
LARGE_VIEW = (2048, 2500)
RUNS = 101


def main() -> None:
    """Run the benchmark offscreen."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    measure_frames(QApplication([]))


def measure_frames(app: QApplication) -> None:
    """Print a row for each kind of frame."""
    image, pixels = _film()
    state = ViewportState()
    view = Viewport(state)
    view.resize(*VIEW)
    view.show()
    state.show_image(image, pixels, FilmCaption(patient="Benchmark", view="Frontal PA"))
    app.processEvents()
    baseline = show("whole film looked up, scaled by Qt", _whole_film(pixels))
    show("window frame, whole film in view", _frames(state), baseline=baseline)
    state.placement.one_to_one()
    view.repaint()
    show("window frame, one to one", _frames(state), baseline=baseline)
    show("pan frame, one to one", _pans(state), baseline=baseline)
    state.placement.fit()
    show("pan frame, whole film in view", _pans(state), baseline=baseline)
    state.placement.fit()
    show("zoom frame, whole film in view", _zooms(state), baseline=baseline)
    view.resize(*LARGE_VIEW)
    state.placement.one_to_one()
    QApplication.processEvents()
    show("window frame, one to one in a 2048×2500 view", _frames(state), baseline=baseline)
    show("zoom frame in a 2048×2500 view", _zooms(state), baseline=baseline)


def _film() -> tuple[ImageRef, PixelImage]:
    noise = np.random.default_rng(0).normal(0, 60, (ROWS, COLUMNS))
    slope = np.linspace(600, 3400, COLUMNS)[None]
    pixels = PixelImage(
        samples=np.clip(noise + slope, 0, 4095).astype(np.uint16),
        slope=1.0,
        intercept=0.0,
        bits_stored=12,
        monochrome1=False,
        inverse=False,
        padding=None,
        windows=(Window(center=2000, width=3000),),
        voi_luts=(),
        spacing=None,
        samples_sha256="",
    )
    image = ImageRef(
        path=Path(),
        sop_uid=SopUid("1"),
        sop_class="",
        series_uid=SeriesUid("1"),
        study_uid=StudyUid("1"),
        rows=ROWS,
        columns=COLUMNS,
    )
    return image, pixels


def _frames(state: ViewportState) -> list[float]:
    steps = count()

    def frame() -> None:
        state.grey.set_window(Window(center=2000.0 + next(steps) % 200, width=3000.0))
        QApplication.processEvents()

    return seconds_of(frame, runs=RUNS, warm_up=5)


def _zooms(state: ViewportState) -> list[float]:
    steps = count()
    middle = (state.placement.view_size[0] / 2, state.placement.view_size[1] / 2)

    def frame() -> None:
        state.placement.motion.start()
        state.placement.zoom_at(1.01 if next(steps) % 2 else 1 / 1.01, *middle)
        QApplication.processEvents()

    return _settled(state, seconds_of(frame, runs=RUNS, warm_up=5))


def _pans(state: ViewportState) -> list[float]:
    steps = count()

    def frame() -> None:
        way = 1 if next(steps) % 50 < 25 else -1
        state.placement.motion.start()
        state.placement.pan_by(7 * way, 4 * way)
        QApplication.processEvents()

    return _settled(state, seconds_of(frame, runs=RUNS, warm_up=5))


def _settled(state: ViewportState, taken: list[float]) -> list[float]:
    state.placement.motion.stop()
    QApplication.processEvents()
    return taken


def _whole_film(pixels: PixelImage) -> list[float]:
    steps = count()
    greys = np.empty(pixels.samples.shape, np.uint8)
    target = QImage(*VIEW, QImage.Format.Format_RGB32)
    width = round(VIEW[1] * COLUMNS / ROWS)

    def frame() -> None:
        window = Window(center=2000.0 + next(steps) % 200, width=3000.0)
        np.take(display_table(pixels, window), pixels.samples, out=greys, mode="clip")
        picture = QImage(greys.data, COLUMNS, ROWS, COLUMNS, QImage.Format.Format_Grayscale8)
        painter = QPainter(target)
        painter.fillRect(target.rect(), Qt.GlobalColor.black)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRect((VIEW[0] - width) // 2, 0, width, VIEW[1]), picture)
        painter.end()

    return seconds_of(frame, runs=31, warm_up=3)


if __name__ == "__main__":
    main()
