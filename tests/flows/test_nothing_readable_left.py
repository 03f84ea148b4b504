"""After a session nothing outside the exported PDF names the patient or quotes the report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from testkit.command_line import PASSPHRASE, ROOT, CommandLine
from testkit.dialog_session import WORDS
from testkit.dicom_files import write_film
from testkit.tiny_bundle import write_tiny_bundle

from engine.services.workspace import Workspace

SECRETS = ("zebulon", "id-90817", "quokkas", "costophrenic", PASSPHRASE)


@pytest.mark.slow
def test_r30_neither_patient_nor_report_nor_passphrase_can_be_found_on_disk(tmp_path: Path) -> None:
    write_tiny_bundle(tmp_path / "bundle")
    films, temporary = tmp_path / "films", tmp_path / "temporary"
    write_film(films / "film.dcm", PatientName="Zebulon^Marker", PatientID="ID-90817")
    (films / "broken.dcm").write_bytes((films / "film.dcm").read_bytes()[:300])
    temporary.mkdir()
    desk = CommandLine(tmp_path / "home", tmp_path / "bundle", demo=False)
    environment = {**desk.environment(), "TMPDIR": str(temporary)}

    def work(*arguments: object, status: int = 0, words: bytes = b"") -> list[str]:
        result = desk.work(*arguments, env=environment, **({"input": words} if words else {}))
        assert result.returncode == status, result.stderr
        return result.stdout.decode().splitlines()

    pdf = tmp_path / "Zebulon.pdf"
    (draft,) = work("draft", films, "--user", "Dr Reader", "--pdf", pdf, "--json")
    (row,) = work("reports", "list", "--json")
    report = json.loads(row)["report_id"]
    numbers = range(1, len(json.loads(draft)["sentences"]) + 1)
    # The side of what is written into the first sentence is the reader's own, and not asked about.
    work("reports", "review", report, "--accept", *numbers, "--edit", "1", words=WORDS.encode())
    work("reports", "sign", report)
    # What goes wrong is logged, with a path that names the patient.
    work("reports", "export", report, tmp_path / "absent" / "Zebulon.pdf", status=1)
    work("draft", films / "Zebulon.dcm", status=1)

    written = [path for path in (*desk.home.rglob("*"), *temporary.rglob("*")) if path.is_file()]
    assert {"workspace.db", "cli.log"} <= {path.name for path in written}
    for path in written:
        content = path.read_bytes().lower()
        for secret in SECRETS:
            assert secret.encode() not in content, path.name
    # ONNX Runtime's telemetry would keep its session here.
    assert not list(temporary.iterdir())
    if os.name == "posix":
        kept = [path for path in (desk.home / "workspace").rglob("*") if path.is_file()]
        modes = {path.name: path.stat().st_mode & 0o077 for path in kept}
        assert [name for name, mode in modes.items() if mode] == []


def test_r30_a_session_at_the_window_leaves_no_name_in_the_readers_home(tmp_path: Path) -> None:
    home, films = tmp_path / "reader", tmp_path / "Zebulon_Markerfilms"
    write_film(films / "film.dcm", PatientName="Zebulon^Marker", PatientID="ID-90817")
    desk = CommandLine(home / "product")
    workspace = home / "workspace"
    Workspace.create(workspace, user_name="Dr Reader", passphrase=PASSPHRASE).close()
    environment = {
        **{name: value for name, value in desk.environment().items() if "XDG" not in name},
        "HOME": str(home),
        "TMPDIR": str(home),
        "QT_QPA_PLATFORM": "offscreen",
    }
    session = (sys.executable, "-m", "testkit.dialog_session")
    pdf = tmp_path / "Zebulon.pdf"
    done = subprocess.run(
        [*session, workspace, films, pdf],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    written = [path for path in home.rglob("*") if path.is_file()]
    assert "workspace.db" in {path.name for path in written}
    for path in written:
        content = path.read_bytes().lower()
        assert not [secret for secret in SECRETS if secret.encode() in content], path.name
        assert "zebulon" not in path.name.lower()
