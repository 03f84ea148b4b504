"""The window paints before anything heavy is imported, while the decode worker loads beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

NOT_TO_OPEN = ("pydicom", "alembic", "typst", "fontTools", "onnxruntime")
"""What a workspace is opened without: each takes a tenth of a second from the first film."""
HEAVY = ("pydicom", "sqlalchemy", "sqlcipher3", "onnxruntime", "torch", "transformers", "typst")

PROGRAM = """
import json, sys
import psutil
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication
import viewer.main

class FirstPaint(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            print(json.dumps(sorted(m for m in sys.modules if "." not in m)), flush=True)
            print(json.dumps([child.cmdline() for child in psutil.Process().children()]))
            import engine.services.workspace
            print(json.dumps(sorted(m for m in sys.modules if "." not in m)), flush=True)
            QApplication.instance().removeEventFilter(self)
            QTimer.singleShot(0, QApplication.instance().quit)
        return False

watcher = FirstPaint()
start = QApplication.exec
def run(_app):
    QApplication.instance().installEventFilter(watcher)
    return start()
QApplication.exec = run
viewer.main.open_first = lambda window, request: None
sys.exit(viewer.main.main(["--demo"]))
"""


def test_only_qt_is_imported_at_the_first_paint(tmp_path):
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "NEGATOSCOPE_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    imported, children, opened = map(json.loads, done.stdout.splitlines())
    assert "PySide6" in imported
    assert set(imported).isdisjoint(HEAVY)
    assert [command for command in children if "decode" in command]
    assert "sqlalchemy" in opened
    assert set(opened).isdisjoint(NOT_TO_OPEN)
