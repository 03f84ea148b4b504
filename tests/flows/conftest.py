"""The flows through the window run offscreen."""

from __future__ import annotations

import os

from testkit.demo_home import demo_root, room, scanned_demo, small_model  # noqa: F401  # fixtures

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
