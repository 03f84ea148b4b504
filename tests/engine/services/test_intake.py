"""What comes into a watched folder, over real workers, a real database and a very small model."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from testkit.dicom_files import chest_like, write_film
from testkit.tiny_bundle import write_tiny_bundle

from engine import paths
from engine.domain.audit import AuditAction
from engine.domain.incoming import InboxStep
from engine.domain.progress import Progress
from engine.domain.report import Section
from engine.domain.study import StudyStatus, StudySummary, StudyUid
from engine.services.inbox import Inbox
from engine.services.workspace import Workspace

UID = StudyUid("1.2.826.0.1.3680043.8.498.7")
OTHER = StudyUid("1.2.826.0.1.3680043.8.498.8")


@pytest.fixture
def share(tmp_path: Path) -> Path:
    folder = tmp_path / "share"
    folder.mkdir()
    return folder


@pytest.fixture
def workspace(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Workspace]:
    write_tiny_bundle(tmp_path / "bundle")
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setattr(paths, "model_bundle", lambda: tmp_path / "bundle")
    monkeypatch.setattr(paths, "demo_studies", lambda: tmp_path / "no-demo")
    with Workspace.open_demo(tmp_path / "workspace") as opened:
        yield opened


def look(workspace: Workspace, inbox: Inbox, times: int = 2) -> InboxStep:
    steps = [workspace.intake.step(inbox) for _ in range(times)]
    return replace(steps[-1], came=tuple(one for step in steps for one in step.came))


def rows(workspace: Workspace) -> dict[StudyUid, StudySummary]:
    return {row.uid: row for row in workspace.library.studies()}


def scans(workspace: Workspace) -> int:
    with workspace._store.look() as unit:
        return len(unit.audit.about(AuditAction.STUDIES_ADDED, ""))


def half(path: Path, whole: Path) -> None:
    content = whole.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def test_a_half_copied_film_waits_and_is_drafted_once_it_is_whole(
    workspace: Workspace, share: Path, tmp_path: Path
) -> None:
    whole = write_film(tmp_path / "film.dcm", StudyInstanceUID=UID)
    half(share / "film.dcm", whole)
    (share / "readme.txt").write_text("not a film")
    Image.fromarray(np.zeros((64, 64), np.uint8)).save(share / "logo.png")
    inbox = workspace.intake.watch([share], is_patient=False)
    step = look(workspace, inbox)
    assert step.came == ()
    assert [item.path for item in step.left_out] == [share / "film.dcm"]
    assert not workspace.library.studies()

    shutil.copy(whole, share / "film.dcm")
    step = look(workspace, inbox)
    assert step.came == ((UID, 1),)
    assert step.left_out == ()
    assert step.waiting == (UID,)
    outcome = workspace.intake.draft(UID)
    assert outcome.draft is not None
    assert look(workspace, inbox).waiting == ()
    assert rows(workspace)[UID].status is StudyStatus.DRAFTED
    assert workspace.past_reports.find() == ()


def test_a_copy_filled_after_it_got_its_size_waits_though_a_black_border_may_end_so(
    workspace: Workspace, share: Path, tmp_path: Path
) -> None:
    content = write_film(tmp_path / "film.dcm", StudyInstanceUID=UID).read_bytes()
    paused = content[: len(content) * 92 // 100].ljust(len(content), b"\0")
    (share / "film.dcm").write_bytes(paused)
    now = 0.0
    inbox = workspace.intake.watch([share], clock=lambda: now)
    for seconds in (0.0, 2.0, 30.0, 59.0):
        now = seconds
        assert look(workspace, inbox, 1).came == ()
    (share / "film.dcm").write_bytes(content)
    for seconds in (62.0, 64.0, 100.0):
        now = seconds
        assert look(workspace, inbox, 1).came == ()
    now = 125.0
    step = look(workspace, inbox, 1)
    assert (step.came, step.renewed, step.left_out) == (((UID, 1),), (), ())
    assert workspace.intake.draft(UID).draft is not None


def test_a_film_with_rows_that_were_never_written_is_left_out_with_the_reason(
    workspace: Workspace, share: Path
) -> None:
    film = write_film(share / "film.dcm", chest_like()[16:-16, 16:-16], StudyInstanceUID=UID)
    content = film.read_bytes()
    film.write_bytes(content[: len(content) * 92 // 100].ljust(len(content), b"\0"))
    step = look(workspace, workspace.intake.watch([share], is_patient=False))
    (item,) = step.left_out
    assert item.reason.endswith("there are only zeros: a part may be missing.")
    assert step.waiting == ()


def test_a_film_that_changed_since_its_draft_is_drafted_anew(
    workspace: Workspace, share: Path
) -> None:
    film = write_film(share / "film.dcm", StudyInstanceUID=UID, SOPInstanceUID=f"{UID}.1")
    inbox = workspace.intake.watch([share], is_patient=False)
    assert look(workspace, inbox).renewed == ()
    first = workspace.intake.draft(UID).draft
    write_film(film, chest_like(seed=1), StudyInstanceUID=UID, SOPInstanceUID=f"{UID}.1")
    steps = [workspace.intake.step(inbox) for _ in range(2)]
    assert [step.renewed for step in steps] == [(), (UID,)]
    second = workspace.intake.draft(UID).draft
    assert first is not None
    assert second is not None
    assert second.input_sha256 != first.input_sha256
    assert look(workspace, inbox).waiting == ()


def test_a_study_that_cannot_be_drafted_says_why_until_a_frontal_film_comes(
    workspace: Workspace, share: Path
) -> None:
    write_film(share / "side.dcm", StudyInstanceUID=UID, ViewPosition="LL")
    inbox = workspace.intake.watch([share], is_patient=False)
    look(workspace, inbox)
    outcome = workspace.intake.draft(UID)
    assert outcome.not_drafted == "This study has only a lateral film; a draft needs a frontal one."
    assert rows(workspace)[UID].not_drafted == outcome.not_drafted
    assert look(workspace, inbox).waiting == ()

    write_film(share / "front.dcm", StudyInstanceUID=UID)
    assert look(workspace, inbox).waiting == (UID,)
    assert workspace.intake.draft(UID).draft is not None
    assert rows(workspace)[UID].not_drafted == ""


def test_a_film_turned_on_its_side_is_refused_for_good(workspace: Workspace, share: Path) -> None:
    write_film(share / "turned.dcm", np.rot90(chest_like()).copy(), StudyInstanceUID=UID)
    inbox = workspace.intake.watch([share], is_patient=False)
    look(workspace, inbox)
    assert workspace.intake.draft(UID).not_drafted == "The film lies on its side."
    again = workspace.intake.watch([share], is_patient=False)
    assert look(workspace, again).waiting == ()
    assert rows(workspace)[UID].not_drafted == "The film lies on its side."


def test_a_lateral_film_that_comes_late_is_drafted_with_the_frontal_one(
    workspace: Workspace, share: Path
) -> None:
    write_film(share / "front.dcm", StudyInstanceUID=UID)
    inbox = workspace.intake.watch([share], is_patient=False)
    look(workspace, inbox)
    first = workspace.intake.draft(UID).draft
    write_film(share / "side.dcm", StudyInstanceUID=UID, ViewPosition="LL")
    assert look(workspace, inbox).waiting == (UID,)
    second = workspace.intake.draft(UID).draft
    assert first is not None
    assert second is not None
    assert (len(first.images), len(second.images)) == (1, 2)
    # A state that changes nothing of the films asks for nothing.
    write_film(share / "copy.dcm", StudyInstanceUID=UID, SOPInstanceUID=second.images[0])
    assert look(workspace, inbox).waiting == (UID,)
    outcome = workspace.intake.draft(UID)
    assert (outcome.draft, outcome.not_drafted) == (None, "")
    assert len(workspace.drafting.drafts(UID)) == 2


def test_a_film_that_comes_during_the_draft_is_not_forgotten(
    workspace: Workspace, share: Path
) -> None:
    write_film(share / "front.dcm", StudyInstanceUID=UID)
    inbox = workspace.intake.watch([share], is_patient=False)
    look(workspace, inbox)
    came: list[InboxStep] = []

    def during(_progress: Progress) -> None:
        if not came:
            write_film(share / "side.dcm", StudyInstanceUID=UID, ViewPosition="LL")
            came.append(look(workspace, inbox))

    first = workspace.intake.draft(UID, progress=during).draft
    assert first is not None
    assert came[0].came == ((UID, 2),)
    assert len(first.images) == 1
    assert look(workspace, inbox).waiting == (UID,)
    second = workspace.intake.draft(UID).draft
    assert second is not None
    assert len(second.images) == 2


def test_a_film_that_comes_during_a_refusal_is_tried(workspace: Workspace, share: Path) -> None:
    write_film(share / "side.dcm", StudyInstanceUID=UID, ViewPosition="LL")
    inbox = workspace.intake.watch([share], is_patient=False)
    look(workspace, inbox)
    with workspace._store.change() as unit:
        unit.incoming.expect([UID], "2026-03-18T09:30:00+00:00")
        unit.incoming.refuse(UID, 1, "This study has only a lateral film.")
    assert look(workspace, inbox).waiting == (UID,)


def test_a_study_that_somebody_reports_is_left_to_them(workspace: Workspace, share: Path) -> None:
    write_film(share / "front.dcm", StudyInstanceUID=UID)
    inbox = workspace.intake.watch([share], is_patient=False)
    assert look(workspace, inbox).waiting == (UID,)
    report = workspace.reporting.open_for(UID).report
    workspace.reporting.keep(report.with_sentence(Section.FINDINGS, "Clear.", report.created))
    assert look(workspace, inbox).waiting == ()
    outcome = workspace.intake.draft(UID)
    assert (outcome.draft, outcome.not_drafted) == (None, "")
    assert not workspace.drafting.drafts(UID)


def test_what_was_taken_is_not_read_again_and_stays_off_the_list(
    workspace: Workspace, share: Path
) -> None:
    write_film(share / "front.dcm", StudyInstanceUID=UID)
    look(workspace, workspace.intake.watch([share], is_patient=False))
    workspace.library.take_off_list(UID)
    before = scans(workspace)
    step = look(workspace, workspace.intake.watch([share]), times=3)
    assert step.came == ()
    assert scans(workspace) == before
    assert not workspace.library.studies()
    assert step.waiting == ()


def test_a_film_that_comes_later_never_joins_another_patients_study(
    workspace: Workspace, share: Path
) -> None:
    write_film(share / "1.dcm", StudyInstanceUID=UID, PatientID="A")
    inbox = workspace.intake.watch([share], is_patient=False)
    look(workspace, inbox)
    write_film(share / "2.dcm", StudyInstanceUID=UID, PatientID="B", PatientName="Other^Eve")
    step = look(workspace, inbox)
    assert step.came == ()
    assert [item.path for item in step.left_out] == [share / "2.dcm"]
    study = workspace.library.study(UID)
    assert study.patient.patient_id == "A"
    assert len(study.images) == 1


def test_a_study_whose_films_are_away_waits_for_them(workspace: Workspace, share: Path) -> None:
    write_film(share / "front.dcm", StudyInstanceUID=UID)
    inbox = workspace.intake.watch([share], is_patient=False)
    look(workspace, inbox)
    share.rename(share.with_name("pulled"))
    assert look(workspace, inbox).away == (share,)
    outcome = workspace.intake.draft(UID)
    assert (outcome.not_drafted, outcome.is_final) == ("Its folder is away.", False)
    inbox.put_off(UID, outcome.not_drafted)
    assert look(workspace, inbox).waiting == ()
    share.with_name("pulled").rename(share)
    step = look(workspace, inbox)
    assert step.came == ()
    assert step.waiting == (UID,)
    assert workspace.intake.draft(UID).draft is not None


def test_reading_and_what_comes_in_have_workers_of_their_own(
    workspace: Workspace, share: Path
) -> None:
    write_film(share / "front.dcm", StudyInstanceUID=UID)
    inbox = workspace.intake.watch([share], is_patient=False)
    look(workspace, inbox)
    reading = workspace.library._decoder()
    behind = workspace.intake._library._decoder()
    assert reading.pid is None
    assert behind.pid is not None
    workspace.intake.draft(UID)
    look(workspace, inbox)
    assert behind.pid is None, "with nothing to do its memory is given back"
