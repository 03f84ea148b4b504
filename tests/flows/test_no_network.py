"""A whole session, by command line or in the window, opens no network socket in any process."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from testkit.command_line import CommandLine
from testkit.dicom_files import write_film
from testkit.orders import message
from testkit.tiny_bundle import write_tiny_bundle

from engine.inference.manifest import write_manifest
from engine.inference.pack import write_pack

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


def test_r54_draft_and_export_stay_on_the_machine(tmp_path: Path) -> None:
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

    outbox, traces_out = tmp_path / "out", tmp_path / "outbox.trace"
    outbox.mkdir()
    forms = json.dumps(["hl7", "fhir", "dicom-pdf", "sr", "ai-result"])
    for setting in (f"outbox_folder={outbox}", f"outbox_acks={outbox}", f"outbox_forms={forms}"):
        assert desk.run("settings", "--set", setting).returncode == 0
    drafts = json.loads(desk.work("reports", "show", report, "--json").stdout)["sentences"]
    numbers = [str(number + 1) for number, _ in enumerate(drafts)]
    review = ("reports", "review", report, "--reject", *numbers, "--add", "Findings")
    assert desk.work(*review, input=b"Clear lungs.\n").returncode == 0
    signed = desk.work("reports", "sign", report, prefix=(*tracer, str(traces_out)))
    assert signed.returncode == 0, signed.stderr
    assert len([*outbox.glob("[!.]*")]) == 5
    traces.append(traces_out)

    started = re.findall(r"entry\", \"(\w+)\"", traces[0].read_text("utf-8", "replace"))
    assert set(started) == {"decode", "inference"}, "the workers must have been watched too"
    assert all(_families(trace) <= _INSIDE for trace in traces)


def test_r54_what_comes_into_a_folder_is_drafted_without_a_socket(tmp_path: Path) -> None:
    tracer = _tracer()
    write_tiny_bundle(tmp_path / "bundle")
    write_film(tmp_path / "films" / "film.dcm")
    desk = CommandLine(tmp_path / "home", tmp_path / "bundle", demo=False)
    trace = tmp_path / "watch.trace"
    words = ("watch", tmp_path / "films", "--once", "--draft", "--json")
    watched = desk.work(*words, prefix=(*tracer, str(trace)))
    assert watched.returncode == 0, watched.stderr
    assert [json.loads(line)["event"] for line in watched.stdout.splitlines()] == [
        "indexed",
        "drafted",
    ]
    assert _families(trace) <= _INSIDE
    (tmp_path / "order.hl7").write_bytes(message())
    read = desk.work("orders", "read", tmp_path / "order.hl7", prefix=(*tracer, str(trace)))
    assert read.returncode == 0, read.stderr
    assert _families(trace) <= _INSIDE


def test_r54_a_model_is_imported_and_tested_without_a_socket(tmp_path: Path) -> None:
    tracer = _tracer()
    write_tiny_bundle(tmp_path / "bundle")
    manifest = write_tiny_bundle(tmp_path / "other", says="no pleural effusion .")
    write_manifest(tmp_path / "other", replace(manifest, version="1.0"))
    write_pack(tmp_path / "other", tmp_path / "model.zip")
    write_film(tmp_path / "films" / "x.dcm")
    (tmp_path / "films" / "x.txt").write_text("There is a pleural effusion.", "utf-8")
    desk = CommandLine(tmp_path / "home", tmp_path / "bundle", demo=False)
    traces = [tmp_path / "import.trace", tmp_path / "acceptance.trace"]
    imported = desk.work(
        "model", "import", tmp_path / "model.zip", prefix=(*tracer, str(traces[0]))
    )
    assert imported.returncode == 0, imported.stderr
    words = ("acceptance", tmp_path / "films", "--model", tmp_path / "model.zip", "--pdf")
    tested = subprocess.run(
        [*tracer, str(traces[1]), *desk.command(*words, tmp_path / "sheet.pdf")],
        capture_output=True,
        check=False,
        env=desk.environment(),
    )
    assert tested.returncode == 0, tested.stderr
    assert (tmp_path / "sheet.pdf").exists()
    assert all('entry", "inference' in trace.read_text("utf-8", "replace") for trace in traces)
    assert all(_families(trace) <= _INSIDE for trace in traces)


def test_r54_the_window_stays_on_the_machine(tmp_path: Path) -> None:
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
