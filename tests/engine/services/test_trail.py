"""The audit trail, read by whom it may be."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from testkit.pdf_words import pdf_words
from testkit.workspaces import any_report, any_study, exporting_of, open_store, typed

from engine.cli.main import main
from engine.domain.audit import AuditAction
from engine.domain.export import ExportForm
from engine.domain.progress import CancelToken
from engine.domain.report import Report
from engine.domain.user import Role, User
from engine.errors import AccessError, CancelledError, DamagedFileError
from engine.paths import HOME_VARIABLE
from engine.services.access import Access
from engine.services.signing import revision_details
from engine.services.trail import Trail, TrailQuery
from engine.services.workspace import Workspace
from engine.storage.attempts import Attempts
from engine.storage.checks import full_check
from engine.storage.folder import WorkspaceFolder
from engine.storage.unit_of_work import Store


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    return tmp_path


@contextmanager
def trail_in(root: Path) -> Iterator[tuple[Store, Trail]]:
    with open_store(root, studies=(any_study(),)) as store:
        folder = WorkspaceFolder(root=root)
        attempts = Attempts(folder.attempts, store.clock)
        yield store, Trail(store, Access(store, folder, attempts))


def save(store: Store, report: Report) -> Report:
    with store.change() as unit:
        saved = unit.reports.append(report, store.now_text())
        unit.audit.record(AuditAction.REPORT_SAVED, saved.id, revision_details(saved))
        return saved


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

    document = home / "document.pdf"
    document.write_bytes(f"negatoscope-trail:{uuid4()}:7:{'a' * 64}".encode())
    capsys.readouterr()
    assert main(["audit", *demo, "--compare", str(document), "--json"]) == 1
    assert "another workspace" in json.loads(capsys.readouterr().out)["verdict"]


def test_r20_a_document_tells_an_older_copy_of_the_whole_folder(home: Path) -> None:
    first, second = home / "first.pdf", home / "second.pdf"
    with trail_in(home / "w") as (store, trail):
        early = save(store, any_report("1.2.3", "Clear lungs."))
        exporting_of(store).pdf(early, first)
        assert exporting_of(store).content(early, ExportForm.PDF) == first.read_bytes()
        found = trail.compare(first)
        assert not found.problem
        assert found.mark.digest in pdf_words(first).replace(" ", "")
    shutil.copytree(home / "w", home / "kept")
    with trail_in(home / "w") as (store, trail):
        later = save(store, typed(early, "Clear lungs, no effusion."))
        exporting_of(store).export(later, second, ExportForm.DICOM_PDF)
        assert not trail.compare(second).problem
    shutil.rmtree(home / "w")
    shutil.move(home / "kept", home / "w")
    with trail_in(home / "w") as (store, trail):
        assert full_check(store.database)[1] == ()
        assert not trail.compare(first).problem
        # Each comparison is an entry: the trail goes on past the one in the document.
        verdicts = [trail.compare(second).verdict for _ in range(5)]
        assert "older copy of itself" in verdicts[0]
        assert "went on from an older copy" in verdicts[-1]
        with store.change() as unit:
            unit.audit.record(AuditAction.RESTORED)
        assert "A backup was restored on" in trail.compare(second).verdict
        with pytest.raises(DamagedFileError):
            trail.compare(home / "w" / "key.json")
