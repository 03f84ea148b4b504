"""Icons: the Lucide drawings of `resources/icons`, tinted by the theme.

One file per icon, on a 24 px grid. The stroke is redrawn to be 1.5 px at the size used (20 px), and
`currentColor` becomes the token of the control's state: dim when disabled, accent when checked.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from viewer.theme.tokens import ICON_SIZE, Tokens

_DRAWN_GRID = 24
_STROKE_PX = 1.5
_SCALES = (1, 2, 3)


def icon(name: str, tokens: Tokens) -> QIcon:
    """The icon of a file name (without suffix) in the theme's colours.

    Raises:
        FileNotFoundError: There is no such icon, which is a mistake in the code.
    """
    built = QIcon()
    for colour, mode, state in (
        (tokens.text, QIcon.Mode.Normal, QIcon.State.Off),
        (tokens.accent, QIcon.Mode.Normal, QIcon.State.On),
        (tokens.text_dim, QIcon.Mode.Disabled, QIcon.State.Off),
        (tokens.text_dim, QIcon.Mode.Disabled, QIcon.State.On),
    ):
        for scale in _SCALES:
            drawn = icon_pixmap(name, colour, ICON_SIZE, scale)
            # Qt then takes the one that fits, for a finer screen as for a larger button.
            drawn.setDevicePixelRatio(1.0)
            built.addPixmap(drawn, mode, state)
    return built


def icon_pixmap(name: str, colour: str, size: int = ICON_SIZE, scale: float = 1.0) -> QPixmap:
    """An icon in one colour; `size` in logical px, `scale` the device pixel ratio."""
    renderer = QSvgRenderer(QByteArray(_drawing(name, colour)))
    pixmap = QPixmap(round(size * scale), round(size * scale))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(pixmap.rect()))
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap


@lru_cache(maxsize=256)
def _drawing(name: str, colour: str) -> bytes:
    source = files("resources").joinpath("icons", f"{name}.svg").read_text("utf-8")
    stroke = _STROKE_PX * _DRAWN_GRID / ICON_SIZE
    tinted = source.replace("currentColor", colour)
    return tinted.replace('stroke-width="2"', f'stroke-width="{stroke:g}"').encode()
