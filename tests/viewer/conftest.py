"""The viewer's tests: offscreen, and any warning of Qt fails the test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QtMsgType
from testkit.demo_home import (  # noqa: F401  # fixtures
    demo_root,
    left_workers,
    room,
    room_saying,
    scanned_demo,
    small_model,
    warm_workers,
)

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# The offscreen platform says so for every window; it is no fault of ours.
_HARMLESS = (
    "This plugin does not support propagateSizeHints()",
    "This plugin does not support raise()",
    "This plugin does not support grabbing the keyboard",
)
_FAULTS = {QtMsgType.QtWarningMsg, QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg}


@pytest.fixture(autouse=True)
def _qt_is_silent(qapp: Any, qtlog: Any) -> Iterator[None]:
    """Fail the test in which Qt warned."""
    yield
    said = [r.message for r in qtlog.records if r.type in _FAULTS and r.message not in _HARMLESS]
    assert said == []
