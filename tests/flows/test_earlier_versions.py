"""Workspaces, backups and bundles of earlier versions open and keep everything."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from testkit.kept_workspace import PASSPHRASE, READER, TRAINEE, held_in, write

from engine.domain.report import SentenceState
from engine.domain.tested import evidence_for
from engine.inference.generator import Generator
from engine.services.restoring import backups_of, restore
from engine.services.workspace import Workspace

EARLIER = sorted(path for path in (Path(__file__).parent / "earlier").iterdir() if path.is_dir())


@pytest.fixture(params=EARLIER, ids=lambda path: path.name)
def kept(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, dict[str, Any]]:
    """A copy of an earlier version's workspace, and what it held."""
    monkeypatch.setenv("NEGATOSCOPE_HOME", str(tmp_path / "home"))
    root = shutil.copytree(request.param / "workspace", tmp_path / "workspace")
    return root, json.loads((request.param / "held.json").read_text("utf-8"))


def missing(held: Any, found: Any, at: str = "") -> list[str]:
    """Where what is found lacks or changes what was held; what has come since may be there."""
    if isinstance(held, dict) and isinstance(found, dict):
        return [
            fault
            for name, value in held.items()
            for fault in (
                missing(value, found[name], f"{at}/{name}")
                if name in found
                else [f"{at}/{name} is gone"]
            )
        ]
    if isinstance(held, list) and isinstance(found, list) and len(held) == len(found):
        pairs = zip(held, found, strict=True)
        return [f for n, (a, b) in enumerate(pairs) for f in missing(a, b, f"{at}/{n}")]
    return [] if held == found else [f"{at}: {held!r} became {found!r}"]


def test_r12_a_workspace_opens_with_all_it_held_and_passes_every_check(
    kept: tuple[Path, dict[str, Any]],
) -> None:
    root, held = kept
    with Workspace.open(root, passphrase=PASSPHRASE) as workspace:
        assert missing(held, held_in(workspace)) == []
        assert workspace.verify().problems == ()
    with Workspace.open(root, passphrase="another passphrase", user=TRAINEE) as workspace:
        assert workspace.access.user.name == TRAINEE


def test_its_reports_go_on(kept: tuple[Path, dict[str, Any]]) -> None:
    root, _ = kept
    with Workspace.open(root, passphrase=PASSPHRASE) as workspace:
        reporting = workspace.reporting
        (row,) = [r for r in workspace.past_reports.find() if r.status.value == "draft"]
        report = reporting.load(row.id)
        assert report.draft_id is not None
        draft = reporting.draft(report.draft_id)
        standing = [s for s in report.sentences if evidence_for(draft, s) is not None]
        # The one that was edited and the two parts of another are not what was tested.
        assert [s.text for s in standing] == [
            "The heart is normal in size.",
            "The lungs are clear.",
            "Small left pleural effusion.",
        ]
        for sentence in report.unreviewed:
            report = report.with_accepted(sentence.id, report.updated)
        saved = reporting.save(report)
        states = [s.state for s in saved.sentences]
        assert SentenceState.AI_UNREVIEWED not in states
        assert reporting.open_for(saved.study_uid).report == saved
        assert reporting.ledger(saved.id)[-1].actor == READER
        assert workspace.verify().problems == ()


def test_r09_a_backup_is_restored_with_all_it_held(kept: tuple[Path, dict[str, Any]]) -> None:
    root, held = kept
    (backup,) = backups_of(root)
    (root / "workspace.db").write_bytes(b"nothing that opens")
    (root / "key.json").unlink()
    restore(root, backup, passphrase=PASSPHRASE)
    with Workspace.open(root, passphrase=PASSPHRASE) as workspace:
        assert missing(held, held_in(workspace)) == []
        assert workspace.verify().problems == ()


@pytest.mark.parametrize("earlier", EARLIER, ids=lambda path: path.name)
def test_a_bundle_of_its_time_still_writes(earlier: Path) -> None:
    generator = Generator.load(earlier / "bundle", allow_gpu=False)
    size = generator.manifest.preprocess.size
    written = generator.generate(np.zeros((2, 3, size, size), np.float32))
    assert written.sentences


def test_one_of_this_version_can_be_kept_for_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEGATOSCOPE_HOME", str(tmp_path / "home"))
    write(tmp_path / "made")
    held = json.loads((tmp_path / "made" / "held.json").read_text("utf-8"))
    with Workspace.open(tmp_path / "made" / "workspace", passphrase=PASSPHRASE) as workspace:
        assert held_in(workspace) == held
