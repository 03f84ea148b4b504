"""The Qt binding itself, as far as the program's life depends on it."""

import sys

from PySide6.QtGui import QImage


def test_calls_without_a_result_keep_none_alive():
    """PySide6 6.12.0 drops a reference to None in each such call; Python 3.11 then aborts."""
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    before = sys.getrefcount(None)
    for _ in range(1000):
        image.setDevicePixelRatio(1.0)
    assert sys.getrefcount(None) > before - 500
