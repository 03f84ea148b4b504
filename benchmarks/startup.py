"""Start to first paint and to the first film of the viewer, in a fresh process each time.

The clocks run from just before `exec` to the painted window, and to the first film's pixels in it.
The baseline imports the engine's heavy libraries before the window, as a program without lazy
imports would. Both are warm starts: the files are in the page cache and the demo workspace is made.
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

# `started` is the wall clock just before the process starts; the child exits with the first film.
CHILD = """
import os, sys, time
started = float(sys.argv.pop(1))
{before}from PySide6 import QtCore, QtWidgets

class Application(QtWidgets.QApplication):
    def __init__(self, arguments):
        super().__init__(arguments)
        self.painted = None
        self.installEventFilter(self)
        self.looking = QtCore.QTimer(self)
        self.looking.timeout.connect(self.look)
        self.looking.start(4)

    def eventFilter(self, receiver, event):
        if self.painted is None and event.type() == QtCore.QEvent.Type.Paint:
            if receiver.isWidgetType() and receiver.isWindow():
                self.painted = time.time() - started
        return False

    def look(self):
        desks = [getattr(getattr(w, "context", None), "desk", None) for w in self.topLevelWidgets()]
        films = [film for desk in desks if desk is not None for film in desk.films.films]
        if any(film.pixels is not None for film in films):
            self.looking.stop()
            QtCore.QTimer.singleShot(0, self.report)

    def report(self):
        print(self.painted, time.time() - started, flush=True)
        os._exit(0)

QtWidgets.QApplication = Application
from viewer.main import main
main(["--demo"])
"""


def main() -> None:
    """Measure eager and lazy starts alternately, so that drift of the machine affects both."""
    lazy, eager = [], []
    with tempfile.TemporaryDirectory() as home:
        _start("", home)
        for _ in range(RUNS):
            eager.append(_start(EAGER, home))
            lazy.append(_start("", home))
    for number, name in enumerate(("first paint", "first film")):
        before = [times[number] for times in eager]
        baseline = show(f"start to {name}, everything imported first", before)
        show(f"start to {name}", [times[number] for times in lazy], baseline=baseline)


def _start(before: str, home: str) -> tuple[float, float]:
    environment = {**os.environ, "NEGATOSCOPE_HOME": home, "QT_QPA_PLATFORM": "offscreen"}
    finished = subprocess.run(
        [sys.executable, "-c", CHILD.format(before=before), repr(time.time())],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    painted, shown = map(float, finished.stdout.split())
    return painted, shown


if __name__ == "__main__":
    main()
