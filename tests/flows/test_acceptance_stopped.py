"""An acceptance test stops within seconds when it is interrupted, and says so in a sentence."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

from testkit.command_line import ROOT, CommandLine
from testkit.dicom_files import write_film
from testkit.tiny_bundle import write_tiny_bundle


def test_ctrl_c_ends_the_draft_in_hand(tmp_path: Path) -> None:
    write_tiny_bundle(tmp_path / "model", endless=True)
    write_film(tmp_path / "films" / "x.dcm")
    (tmp_path / "films" / "x.txt").write_text("Clear lungs.", "utf-8")
    desk = CommandLine(tmp_path / "home", tmp_path / "model")
    kept = tmp_path / "kept.jsonl"
    with subprocess.Popen(
        desk.command("acceptance", tmp_path / "films", "--keep", kept),
        cwd=ROOT,
        env=desk.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stderr is not None
        # The model never ends its report: whatever comes after this is the interruption.
        for line in running.stderr:
            if line.startswith("Drafting: 0 of 1"):
                break
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert running.returncode == 1
    assert err.splitlines()[-1] == "Stopped as you asked."
    assert out == ""
    assert len(kept.read_text("utf-8").splitlines()) == 1
