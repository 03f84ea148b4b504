"""The flows through the window run offscreen."""

from __future__ import annotations

import os

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
