"""A workspace with one of everything, and its contents as JSON: what later versions must open.

`python -m testkit.kept_workspace FOLDER` writes one with the code checked out: the workspace, a
backup with its key file, a tiny model bundle, and `held.json`. `tests/flows/earlier` keeps those of
earlier versions; each release adds one.
"""

from __future__ import annotations

import itertools
import json
import shutil
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from engine import paths
from engine.domain.annotation import Calibration, FilmTurn, KeyImage, Point, new_annotation
from engine.domain.annotation_kind import AnnotationKind
from engine.domain.critical import CriticalCommunication, Means, Urgency
from engine.domain.evidence import Evidence, EvidenceGrade, Region
from engine.domain.first_reading import FirstCall, FirstReading
from engine.domain.presentation_state import PresentationRef
from engine.domain.prior_document import DocumentKind, PriorDocument
from engine.domain.rejoining import with_split
from engine.domain.report import (
    Draft,
    DraftId,
    DraftSeconds,
    DraftSentence,
    Report,
    ReportId,
    Section,
    SentenceState,
)
from engine.domain.study import PixelSpacing, SopUid, SpacingKind, Study
from engine.domain.template import Macro
from engine.domain.user import Role, User
from engine.services.workspace import Workspace
from engine.workers.decode_client import DecodeClient
from testkit.tiny_bundle import write_tiny_bundle

PASSPHRASE = "correct horse battery staple"
READER, TRAINEE = "Dr Ada Byron", "Dr Émile Núñez"
MEANING = "I am the author of this report."
_FIRST_MOMENT = datetime(2026, 3, 20, 8, tzinfo=UTC)
_SAME = "Small left pleural effusion."


class _Clock:
    """Each call returns a moment one second later."""

    def __init__(self) -> None:
        self._seconds = itertools.count()

    def __call__(self) -> datetime:
        return _FIRST_MOMENT + timedelta(seconds=next(self._seconds))


def write(folder: Path) -> None:
    """Write the workspace, its backup, the bundle and `held.json` into the folder."""
    bundle, root = folder / "bundle", folder / "workspace"
    bundle.mkdir(parents=True)
    write_tiny_bundle(bundle)
    clock = _Clock()
    opened = Workspace.create(root, user_name=READER, passphrase=PASSPHRASE, clock=clock)
    with opened as workspace:
        studies = _index(workspace)
        _report_in_review(workspace, studies[0], clock)
        _signed_and_added_to(workspace, studies[1])
        _withdrawn(workspace, studies[2])
        _annotations(workspace, studies[0], clock())
        workspace.writing.keep_macro(Macro(shortcut="nlh", text="Normal heart.", key="Ctrl+Alt+H"))
        workspace.writing.learn("Kerley")
        _preliminary(workspace, studies[3], clock)
        workspace.access.sign_in(READER, PASSPHRASE)
        shutil.rmtree(root / "backups")
        workspace.backup()
        held = json.dumps(held_in(workspace), ensure_ascii=False, indent=1)
    for needless in ("workspace.lock", "attempts.json"):
        (root / needless).unlink(missing_ok=True)
    (folder / "held.json").write_text(held + "\n", encoding="utf-8")


def held_in(workspace: Workspace) -> dict[str, Any]:
    """Everything that a workspace stores, read through its services, as JSON."""
    studies = [workspace.library.study(row.uid) for row in workspace.library.studies()]
    summaries = workspace.past_reports.find()
    aids = workspace.writing.aids()
    return {
        "users": _plain(workspace.access.users()),
        "studies": _plain(studies),
        "presentations": [_plain(workspace.library.presentations(s.uid)) for s in studies],
        "documents": [_plain(workspace.library.documents(s.uid)) for s in studies],
        "drafts": [_plain(workspace.drafting.drafts(s.uid)) for s in studies],
        "marks": [_plain(workspace.annotating.annotations(s.uid)) for s in studies],
        "past reports": [_without(summary, "excerpt") for summary in summaries],
        "reports": {row.id: _report(workspace, row.id) for row in summaries},
        "macros": _plain([macro for macro in aids.macros if macro.key]),
        "words": sorted(aids.words),
    }


def _report(workspace: Workspace, report_id: ReportId) -> dict[str, Any]:
    reporting = workspace.reporting
    steps = reporting.history(report_id)
    return {
        "as it stands": _plain(reporting.load(report_id)),
        "opened": _plain(reporting.open_for(reporting.load(report_id).study_uid)),
        "revisions": [_plain(reporting.revision(report_id, s.revision)) for s in steps],
        "history": [_without(step, "what", "changes") for step in steps],
        "ledger": [[_plain(entry), entry.digest] for entry in reporting.ledger(report_id)],
        "communications": _plain(reporting.signing.communications(report_id)),
    }


def _plain(value: Any) -> Any:
    return TypeAdapter(Any).dump_python(value, mode="json")


def _without(value: Any, *worked_out: str) -> Any:
    """A value without the fields that are computed and not stored."""
    return {name: item for name, item in _plain(value).items() if name not in worked_out}


def _index(workspace: Workspace) -> list[Study]:
    """Index the demo studies as if they were found in `/films`; newest first."""
    with DecodeClient() as client:
        found = client.scan([paths.demo_studies()]).studies
    with workspace._store.change() as unit:
        unit.studies.put([_moved(study) for study in found], workspace._store.now_text())
    studies = [workspace.library.study(row.uid) for row in workspace.library.studies()]
    newest, *_, oldest = studies
    ref = PresentationRef(
        path=Path("/films/state.dcm"),
        sop_uid=SopUid("2.25.11"),
        study_uid=newest.uid,
        patient_id=newest.patient.patient_id,
        films=(newest.images[0].sop_uid,),
        label="LOOK",
        description="Look here",
        creator=READER,
        created=_FIRST_MOMENT.date(),
    )
    document = PriorDocument(
        path=Path("/films/report.dcm"),
        sop_uid=SopUid("2.25.12"),
        study_uid=oldest.uid,
        kind=DocumentKind.PDF,
        patient=oldest.patient,
        title="Diagnostic imaging report",
        study_date=date(2026, 1, 2),
    )
    with workspace._store.change() as unit:
        unit.presentations.put(ref)
        unit.documents.put(document)
    return studies


def _moved(study: Study) -> Study:
    folder = Path("/films")
    series = tuple(
        replace(s, images=tuple(replace(i, path=folder / i.path.name) for i in s.images))
        for s in study.series
    )
    return replace(study, series=series)


def _draft(workspace: Workspace, study: Study, *texts: str) -> Draft:
    """A draft with evidence for every sentence and an alternative for the second."""
    film = study.images[0].sop_uid
    draft = Draft(
        id=DraftId(f"draft-{study.uid}"),
        study_uid=study.uid,
        created=workspace._store.clock(),
        bundle_id="cmcrl-test",
        bundle_version="0.1",
        bundle_sha256="b" * 64,
        provider="CPUExecutionProvider",
        images=(film,),
        input_sha256="a" * 64,
        seconds=DraftSeconds(decode=0.1, encode=0.2, words=0.3, total=0.6),
        sentences=tuple(
            DraftSentence(
                text=text,
                raw=f"{number} {text.lower()}",
                log_prob=-1.5,
                tokens=4,
                alternative="No pleural effusion." if number == 1 else "",
            )
            for number, text in enumerate(texts)
        ),
        warnings=("No lateral film.",),
        evidence=tuple(_evidence(film, number) for number in range(len(texts))),
        draws_cells=True,
    )
    with workspace._store.change() as unit:
        unit.drafts.add(draft)
    return draft


def _evidence(film: SopUid, number: int) -> Evidence:
    left = 100.0 * number
    region = Region(film=film, left=left, top=10.0, right=left + 50, bottom=60.0, weight=0.5)
    return Evidence(
        sentence=number,
        grade=list(EvidenceGrade)[number % 2],
        drop=1.0,
        control_drop=0.5,
        regions=(region,),
    )


def _report_in_review(workspace: Workspace, study: Study, clock: _Clock) -> None:
    """Accepted, edited, rejected, split and added sentences, saved twice; then unsaved typing."""
    draft = _draft(
        workspace,
        study,
        "The heart is normal in size.",
        _SAME,
        "The lungs are clear.",
        _SAME,
        "No pneumothorax or rib fracture.",
    )
    report = workspace.reporting.open_for(study.uid).report.with_draft(draft, clock())
    heart, effusion, lungs, _again, last = (sentence.id for sentence in report.sentences)
    report = workspace.reporting.save(report.with_accepted(heart, clock()))
    report = report.with_text(effusion, "Small left pleural effusion, new.", clock())
    report = report.with_rejected(lungs, clock(), reason="not there")
    report = with_split(report, last, len("No pneumothorax"), clock())
    report = report.with_sentence(Section.IMPRESSION, "Effusion on the left.", clock())
    report = workspace.reporting.save(report)
    typed = report.sentences[-1].id
    workspace.reporting.keep(report.with_text(typed, "Effusion on the left, sm", clock()))


def _signed_and_added_to(workspace: Workspace, study: Study) -> None:
    draft = _draft(workspace, study, "The heart is normal in size.", "The lungs are clear.")
    now = workspace._store.clock
    report = workspace.reporting.open_for(study.uid).report.with_draft(draft, now())
    report = _reviewed(report, now())
    signing = workspace.reporting.signing
    report = signing.final(report, passphrase=PASSPHRASE, meaning=MEANING)
    signing.communicated(
        CriticalCommunication(
            report_id=report.id,
            finding="A line lies too deep.",
            told="Dr Ward",
            told_at=now(),
            means=Means.TELEPHONE,
            urgency=Urgency.HOURS,
            read_back=True,
            recorded_by=READER,
            recorded_at=now(),
        )
    )
    signing.addendum(report.id, "Compared with the outside films.", passphrase=PASSPHRASE)


def _withdrawn(workspace: Workspace, study: Study) -> None:
    report = workspace.reporting.open_for(study.uid).report
    report = report.with_sentence(Section.FINDINGS, "The lungs are clear.", report.created)
    signing = workspace.reporting.signing
    signed = signing.final(report, passphrase=PASSPHRASE, meaning=MEANING)
    signing.withdraw(signed.id, "Written about another patient.", passphrase=PASSPHRASE)


def _preliminary(workspace: Workspace, study: Study, clock: _Clock) -> None:
    """A trainee's report, with a first reading from before the draft was shown."""
    user = User(name=TRAINEE, role=Role.TRAINEE)
    workspace.access.add_user(user, "another passphrase", passphrase=PASSPHRASE)
    workspace.access.sign_in(TRAINEE, "another passphrase")
    report = workspace.reporting.open_for(study.uid).report
    reading = FirstReading(
        call=FirstCall.NORMAL, impression="No acute disease.", reader=TRAINEE, at=clock()
    )
    report = report.with_first_reading(reading, clock())
    draft = _draft(workspace, study, "The lungs are clear.")
    report = _reviewed(report.with_draft(draft, clock()), clock())
    workspace.reporting.signing.preliminary(
        report, passphrase="another passphrase", meaning=MEANING
    )


def _reviewed(report: Report, now: datetime) -> Report:
    for sentence in report.sentences:
        if sentence.state is SentenceState.AI_UNREVIEWED:
            report = report.with_accepted(sentence.id, now)
    return report


def _annotations(workspace: Workspace, study: Study, now: datetime) -> None:
    """An annotation of each of the first kinds, a calibration, a key image and a turn."""
    image, annotating = study.images[0], workspace.annotating
    counts = {"length": 2, "angle": 3, "cobb": 4, "cardiothoracic": 6, "ellipse": 2, "probe": 1}
    counts |= {"rectangle": 2, "text": 1, "arrow": 2}
    for name, count in counts.items():
        points = [Point(x=10.0 + 7 * n, y=20.0 + 5 * n * n) for n in range(count)]
        text = "here" if name in {"text", "arrow"} else ""
        kind = AnnotationKind(name)
        annotating.put(new_annotation(kind, image, points, author=READER, now=now, text=text))
    facts = {"study_uid": study.uid, "sop_uid": image.sop_uid}
    spacing = PixelSpacing(row_mm=0.2, column_mm=0.2, kind=SpacingKind.CALIBRATED)
    annotating.calibrate(
        Calibration(**facts, reference_mm=25.0, spacing=spacing, author=READER, created=now)
    )
    annotating.set_key(KeyImage(**facts, author=READER, created=now))
    annotating.turn(FilmTurn(**facts, quarter_turns=1, mirrored=True))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
