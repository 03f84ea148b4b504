"""`negatoscope verify-db`: how far it is, a way to stop, and a verdict in one sentence."""

from __future__ import annotations

import json
import os
import signal
import threading
from pathlib import Path

import pytest

from engine.cli.main import main
from engine.domain.progress import CancelToken, Progress, ProgressSink
from engine.errors import CancelledError
from engine.paths import HOME_VARIABLE
from engine.services.database_check import DatabaseCheck
from engine.services.workspace import Workspace


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    return tmp_path


def test_it_ends_in_one_sentence(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify-db", "--demo"]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[-1].startswith("All 7 checks passed")
    assert "Audit trail: 0 of" in told.err
    assert main(["verify-db", "--demo", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True


def test_what_is_wrong_is_named_before_the_verdict(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = DatabaseCheck(checks=("Audit trail",), problems=("Entry 7 was changed.",))
    monkeypatch.setattr(Workspace, "verify", lambda *_args, **_options: found)
    assert main(["verify-db", "--demo"]) == 1
    problem, verdict = capsys.readouterr().out.splitlines()[-2:]
    assert problem == "Entry 7 was changed."
    assert verdict.startswith("One thing is not as stored")


def test_the_key_stops_it(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(_self: object, *, progress: ProgressSink, cancel: CancelToken) -> DatabaseCheck:
        progress(Progress(done=0, total=9, message="Audit trail"))
        os.kill(os.getpid(), signal.SIGINT)
        while not cancel.is_cancelled:
            threading.Event().wait(0.01)
        raise CancelledError("Stopped as you asked.")

    monkeypatch.setattr(Workspace, "verify", check)
    before = signal.getsignal(signal.SIGINT)
    assert main(["verify-db", "--demo"]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "Stopped as you asked."
    assert signal.getsignal(signal.SIGINT) is before
