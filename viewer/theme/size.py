"""The size of the interface while the program runs, as a factor on the size it started with.

Qt takes its scale factor at the start only. A size chosen later is made of larger fonts, icons and
fixed sizes: what is fixed in px is asked of `px` when it is painted, or set by `keep`, which sets
it again when the factor changes. Margins and borders follow at the next start, with Qt's factor.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget


@dataclass(slots=True)
class _Size:
    factor: float = 1.0


_SIZE = _Size()


def px(length: float) -> int:
    """A length of the design in the pixels of the present size."""
    return round(length * _SIZE.factor)


def factor() -> float:
    """The present size, as a factor on that of the start."""
    return _SIZE.factor


def _set_icon(widget: QWidget, side: int) -> None:
    if isinstance(widget, QAbstractButton):
        widget.setIconSize(QSize(side, side))


_SETTERS: dict[str, Callable[[QWidget, int], None]] = {
    "height": QWidget.setFixedHeight,
    "width": QWidget.setFixedWidth,
    "least_height": QWidget.setMinimumHeight,
    "least_width": QWidget.setMinimumWidth,
    "icon": _set_icon,
}


def keep(widget: QWidget, **lengths: int) -> None:
    """Keep lengths of a widget at the size of the interface.

    Args:
        widget: Any; `icon` asks for a button.
        lengths: In px of the design: "height" and "width" (fixed), "least_height", "least_width",
            "icon".
    """
    for name, length in lengths.items():
        widget.setProperty(f"kept_{name}", length)
        _SETTERS[name](widget, px(length))


def set_factor(wanted: float) -> None:
    """Change the factor, and every length that is kept."""
    _SIZE.factor = wanted
    for widget in QApplication.allWidgets():
        for name, change in _SETTERS.items():
            length = widget.property(f"kept_{name}")
            if length is not None:
                change(widget, px(length))
