"""Frames of a drag while the product drafts another study, one draft after the other.

The same rows as `benchmarks.window_level`, beside a thread that waits for the inference worker as
the window's does. The two processes share the machine's cores.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from pathlib import Path

from PySide6.QtWidgets import QApplication

from benchmarks.window_level import measure_frames
from engine.domain.study import StudyUid
from engine.inference.manifest import ENCODER
from engine.paths import model_bundle
from engine.services.workspace import Workspace


def main() -> int:
    """Print the rows; returns 1 without a model to draft with."""
    if not (model_bundle() / ENCODER).exists():
        print("resources/model holds no model: nothing to draft with")
        return 1
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.open_demo(Path(folder) / "workspace")
        try:
            uid = workspace.library.studies()[0].uid
            workspace.drafting.load()
            workspace.drafting.draft(uid)
            enough = threading.Event()
            drafts: list[str] = []
            thread = threading.Thread(target=_draft_on, args=(workspace, uid, enough, drafts))
            thread.start()
            try:
                measure_frames(app)
            finally:
                enough.set()
                thread.join()
        finally:
            workspace.close()
    print(f"{len(drafts)} drafts were made meanwhile")
    return 0


def _draft_on(
    workspace: Workspace, uid: StudyUid, enough: threading.Event, drafts: list[str]
) -> None:
    while not enough.is_set():
        drafts.append(workspace.drafting.draft(uid).id)


if __name__ == "__main__":
    sys.exit(main())
