"""The audit trail, read by whom it may be."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from engine.cli.main import main
from engine.domain.audit import AuditAction
from engine.domain.progress import CancelToken
from engine.domain.user import Role, User
from engine.errors import AccessError, CancelledError
from engine.paths import HOME_VARIABLE
from engine.services.trail import TrailQuery
from engine.services.workspace import Workspace


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    return tmp_path


def test_r28_an_administrator_reads_searches_and_exports_the_trail(home: Path) -> None:
    with Workspace.open_demo(home / "demo") as workspace:
        everything = workspace.trail.entries()
        assert [event.sequence for event in everything] == list(range(1, len(everything) + 1))
        made = workspace.trail.entries(TrailQuery(text="WORKSPACE created"))
        assert [event.action for event in made] == [AuditAction.WORKSPACE_CREATED]
        assert workspace.trail.entries(TrailQuery(since=everything[-1].at))[0] == everything[-1]
        assert workspace.trail.entries(TrailQuery(until=everything[0].at)) == ()
        before = len(workspace.trail.entries())
        count = workspace.trail.export(home / "trail.csv")
        exported = workspace.trail.entries(TrailQuery(text="trail exported"))
        assert exported[0].action == AuditAction.TRAIL_EXPORTED
    with (home / "trail.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == count > before
    assert rows[0]["digest"] == everything[0].digest


def test_r28_reading_the_trail_stands_in_it(home: Path) -> None:
    with Workspace.open_demo(home / "demo") as workspace:
        trail = workspace.trail
        newest = trail.newest(TrailQuery(), most=2)
        assert [event.sequence for event in newest] == sorted(
            (event.sequence for event in newest), reverse=True
        )
        (last,) = trail.newest(TrailQuery(text="Demo READ"), most=1)
        assert last.action == AuditAction.TRAIL_READ
        (noted,) = trail.entries(TrailQuery(text='words "Demo read"'))
        assert noted.details == {"words": "Demo READ"}


def test_r28_a_search_can_be_stopped(home: Path) -> None:
    stopped = CancelToken()
    stopped.cancel()
    with Workspace.open_demo(home / "demo") as workspace, pytest.raises(CancelledError):
        workspace.trail.newest(TrailQuery(text="nothing says this"), 5, stopped)


def test_r28_nobody_else_does(home: Path) -> None:
    reader = User(name="=Reader", role=Role.ATTENDING)
    with Workspace.open_demo(home / "demo") as workspace:
        workspace.access.add_user(reader, "", passphrase="demo")
        workspace.access.sign_in(reader.name, "demo")
        for read in (workspace.trail.entries, lambda: workspace.trail.export(home / "x.csv")):
            with pytest.raises(AccessError):
                read()
        assert not (home / "x.csv").exists()
        workspace.access.sign_in("Demo Reader", "demo")
        workspace.trail.export(home / "trail.csv")
    assert "'=Reader" in (home / "trail.csv").read_text()


def test_the_command_line_prints_it(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    demo = ["--demo", "--workspace", str(home / "demo")]
    assert main(["audit", *demo, "--find", "opened", "--json"]) == 0
    assert '"action": "workspace opened"' in capsys.readouterr().out
    assert main(["audit", *demo, "--csv", str(home / "trail.csv")]) == 0
    assert (home / "trail.csv").exists()
