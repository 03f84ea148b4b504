"""A whole session, by command line or in the window, opens no network socket in any process."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from testkit.command_line import CommandLine
from testkit.dicom_files import write_film
from testkit.tiny_bundle import write_tiny_bundle

pytestmark = pytest.mark.slow

# Netlink, packet and Bluetooth sockets reach out as well: only those inside the machine may be.
_SOCKET = re.compile(r"socket(?:pair)?\((\w+)")
_INSIDE = {"AF_UNIX", "AF_LOCAL"}
_REACHING_OUT = re.compile(r"(?:connect|bind|sendto)\(.*sa_family=(AF_\w+)")


def _tracer() -> tuple[str, ...]:
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed, so system calls cannot be watched")
    attempt = subprocess.run([strace, "-qq", sys.executable, "-c", ""], capture_output=True)  # noqa: PLW1510
    if attempt.returncode != 0:
        pytest.skip("this machine does not allow processes to be traced")
    return (strace, "-f", "-qq", "-e", "trace=%network,execve", "-o")


def _families(trace: Path) -> set[str]:
    text = trace.read_text("utf-8", "replace")
    return {*_SOCKET.findall(text), *_REACHING_OUT.findall(text)}


def test_the_watch_sees_a_network_socket(tmp_path: Path) -> None:
    code = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()"
    trace = tmp_path / "trace"
    subprocess.run([*_tracer(), str(trace), sys.executable, "-c", code], check=True)
    assert "AF_INET" in _families(trace)


def test_draft_and_export_stay_on_the_machine(tmp_path: Path) -> None:
    tracer = _tracer()
    write_tiny_bundle(tmp_path / "bundle")
    write_film(tmp_path / "films" / "film.dcm")
    desk = CommandLine(tmp_path / "home", tmp_path / "bundle", demo=False)
    traces = [tmp_path / "draft.trace", tmp_path / "export.trace"]

    drafted = desk.work(
        *("draft", tmp_path / "films", "--json", "--pdf", tmp_path / "draft.pdf"),
        prefix=(*tracer, str(traces[0])),
    )
    assert drafted.returncode == 0, drafted.stderr
    (row,) = desk.work("reports", "list", "--json").stdout.splitlines()
    report = json.loads(row)["report_id"]
    exported = desk.work(
        *("reports", "export", report, tmp_path / "report.pdf"), prefix=(*tracer, str(traces[1]))
    )
    assert exported.returncode == 0, exported.stderr

    started = re.findall(r"entry\", \"(\w+)\"", traces[0].read_text("utf-8", "replace"))
    assert set(started) == {"decode", "inference"}, "the workers must have been watched too"
    assert all(_families(trace) <= _INSIDE for trace in traces)


def test_the_window_stays_on_the_machine(tmp_path: Path) -> None:
    trace = tmp_path / "window.trace"
    support = Path(__file__).resolve().parents[1] / "support"
    root = support.parents[1]
    subprocess.run(
        [*_tracer(), str(trace), sys.executable, "-m", "testkit.window_session", str(tmp_path)],
        check=True,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join((str(root), str(support))),
            "NEGATOSCOPE_HOME": str(tmp_path / "home"),
        },
    )
    assert (tmp_path / "view.png").exists()
    assert 'entry", "decode' in trace.read_text("utf-8", "replace"), "the worker was watched too"
    assert _families(trace) <= _INSIDE
