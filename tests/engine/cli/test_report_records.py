"""`negatoscope reports revisions | drafts | changes`: what is printed of a report's record."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from testkit.workspaces import NOW, any_draft, any_study, open_store

from engine.cli import report_records
from engine.domain.report import ReportId, Section
from engine.domain.study import StudyUid
from engine.services.access import Access
from engine.services.reporting import Reporting
from engine.storage.attempts import Attempts
from engine.storage.folder import WorkspaceFolder

UID = StudyUid("1.2.3")


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReportId]:
    """Drafted, signed as preliminary, edited, signed; a second draft lies beside it."""
    with open_store(tmp_path, studies=(any_study(),)) as store:
        attempts = Attempts(tmp_path / "a.json", store.clock)
        reporting = Reporting(
            store, Access(store, WorkspaceFolder(root=tmp_path), attempts), lambda: None
        )
        draft = any_draft("1.2.3", "The lungs are clear.", "No effusion.")
        later = replace(any_draft("1.2.3", "Low lung volumes.", draft_id="draft-2"), created=NOW)
        with store.change() as unit:
            unit.drafts.add(draft)
            unit.drafts.add(later)
        made = reporting.open_for(UID).report.with_draft(draft, NOW)
        made = made.with_accepted(made.sentences[0].id, NOW)
        made = reporting.save(made.with_rejected(made.sentences[1].id, NOW))
        made = reporting.signing.preliminary(made, passphrase="demo", meaning="Prepared.")
        made = reporting.save(made.with_sentence(Section.IMPRESSION, "Normal.", NOW))
        made = reporting.signing.final(made, passphrase="demo", meaning="Approved.")
        drafting = SimpleNamespace(drafts=lambda _uid: (later, draft))

        @contextmanager
        def workspace(_options: Namespace) -> Iterator[SimpleNamespace]:
            yield SimpleNamespace(reporting=reporting, drafting=drafting)

        monkeypatch.setattr(report_records, "open_workspace", workspace)
        yield made.id


def options(report: ReportId, *, as_json: bool = False, since: bool = False) -> Namespace:
    return Namespace(report=report, json=as_json, since_preliminary=since)


def test_revisions_say_who_when_what_for_and_what_changed(
    report: ReportId, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report_records.run_revisions(options(report)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[-1] for line in lines if not line.startswith("      ")] == [
        "Saved: 1 accepted, 1 rejected.",
        "Signed as preliminary: Prepared.",
        "Saved: 1 written.",
        "Signed: Approved.",
    ]
    assert all("Dr Test" in line for line in lines if not line.startswith("      "))
    assert "      Impression: {Normal.}" in lines
    report_records.run_revisions(options(report, as_json=True))
    third = json.loads(capsys.readouterr().out.splitlines()[2])
    assert third["changes"] == [{"section": "Impression", "before": "", "after": "Normal."}]


def test_changes_are_of_the_draft_or_of_what_was_handed_over(
    report: ReportId, capsys: pytest.CaptureFixture[str]
) -> None:
    report_records.run_changes(options(report))
    assert "[No effusion.]" in capsys.readouterr().out
    assert report_records.run_changes(options(report, since=True)) == 0
    shown = capsys.readouterr().out
    assert "{Normal.}" in shown
    assert "effusion" not in shown


def test_drafts_are_all_of_the_study(report: ReportId, capsys: pytest.CaptureFixture[str]) -> None:
    report_records.run_drafts(options(report))
    shown = capsys.readouterr().out
    assert shown.index("Low lung volumes.") < shown.index("(in this report)")
    report_records.run_drafts(options(report, as_json=True))
    taken = [json.loads(line)["in_report"] for line in capsys.readouterr().out.splitlines()]
    assert taken == [False, True]
