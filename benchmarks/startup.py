"""Start to first paint of the viewer, in a fresh process each time.

The clock runs from just before `exec` to the painted window. The baseline imports the engine's
heavy libraries before the window, as a program without lazy imports would. Both are warm starts:
the files are in the page cache.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

from benchmarks.measure import show

RUNS = 7
EAGER = "import onnxruntime, pydicom, sqlalchemy.orm, sqlcipher3.dbapi2, typst\n"

# `started` is the wall clock just before the process starts; the child exits at its first paint.
CHILD = """
import os, sys, time
started = float(sys.argv.pop(1))
{before}from PySide6 import QtCore, QtWidgets

class Watcher(QtCore.QObject):
    def eventFilter(self, receiver, event):
        if event.type() == QtCore.QEvent.Type.Paint and receiver.isWidgetType():
            if receiver.isWindow():
                QtCore.QTimer.singleShot(0, self.report)
        return False

    def report(self):
        print(time.time() - started, flush=True)
        os._exit(0)

class Application(QtWidgets.QApplication):
    def __init__(self, arguments):
        super().__init__(arguments)
        self.watcher = Watcher()
        self.installEventFilter(self.watcher)

QtWidgets.QApplication = Application
from viewer.main import main
main(["--demo"])
"""


def main() -> None:
    """Measure eager and lazy starts alternately, so that drift of the machine affects both."""
    lazy, eager = [], []
    _start("")
    for _ in range(RUNS):
        eager.append(_start(EAGER))
        lazy.append(_start(""))
    baseline = show("start to first paint, everything imported first", eager)
    show("start to first paint", lazy, baseline=baseline)


def _start(before: str) -> float:
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "NEGATOSCOPE_HOME": home, "QT_QPA_PLATFORM": "offscreen"}
        finished = subprocess.run(
            [sys.executable, "-c", CHILD.format(before=before), repr(time.time())],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
    return float(finished.stdout)


if __name__ == "__main__":
    main()
