"""Memory of the whole application with a demo study open, its films shown and a draft made.

The viewer runs in a process of its own. Counted are its proportional set size and that of its
workers, so that shared pages count once. The limit on the performance page is 700 MB.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

CHILD = """
import json, os
import psutil
from PySide6.QtCore import QTimer
from viewer import main as viewer

def after_draft(_draft):
    QTimer.singleShot(1500, report)

def report():
    tree = [psutil.Process(), *psutil.Process().children(recursive=True)]
    rows = {}
    for process in tree:
        command = process.cmdline()
        name = f"{command[command.index('-m') + 2]} worker" if "-m" in command else "viewer"
        rows[name] = process.memory_full_info().pss / 1e6
    print(json.dumps(rows), flush=True)
    os._exit(0)

def opened(window, request):
    window.context.desk_opened.connect(watch)
    first(window, request)

def watch(desk):
    desk.job.drafted.connect(after_draft)
    desk.report.opened.connect(lambda: QTimer.singleShot(1500, desk.start_draft))

first = viewer.open_first
viewer.open_first = opened
viewer.main(["--demo"])
"""


def main() -> None:
    """Run the viewer once and print the table."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "NEGATOSCOPE_HOME": home, "QT_QPA_PLATFORM": "offscreen"}
        finished = subprocess.run(
            [sys.executable, "-c", CHILD],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )
    rows: dict[str, float] = json.loads(finished.stdout.splitlines()[-1])
    for name, megabytes in rows.items():
        print(f"{name:52} {megabytes:9.0f} MB")
    print(f"{'together (proportional set size)':52} {sum(rows.values()):9.0f} MB")


if __name__ == "__main__":
    main()
