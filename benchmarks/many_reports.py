"""What grows with the number of signed reports, in processor time: lists, search, save, sign.

The workspace is filled by the store's own code, some hundred reports per transaction. Each report
has a draft, decided sentences, a ledger, a signature, and entries in the audit trail.

    python -m benchmarks.many_reports [NUMBER ...]
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psutil

from benchmarks.planting import SIDE_WORD
from engine.domain.audit import AuditAction
from engine.domain.finding import Polarity
from engine.domain.past_reports import EditRange, ReportQuery
from engine.domain.report import (
    Draft,
    DraftId,
    DraftSeconds,
    DraftSentence,
    Report,
    ReportId,
    new_report,
)
from engine.domain.signature import Signature
from engine.domain.study import (
    ImageRef,
    Patient,
    Series,
    SeriesUid,
    SopUid,
    Study,
    StudyQuery,
    StudyUid,
    View,
)
from engine.services.reporting import Reporting
from engine.services.signing import revision_details
from engine.services.workspace import Workspace
from engine.storage.convert import draft_sha256
from engine.storage.folder import WorkspaceFolder
from engine.storage.keys import demo_key, read_key_file
from engine.storage.unit_of_work import Store

NUMBERS = (2_000, 10_000, 20_000)
SEED = 20260318
RUNS = 7
_AT_ONCE = 400
_BEGIN = datetime(2016, 1, 4, 8, tzinfo=UTC)
_MEANING = "I am the author of this report."
_SENTENCES = (
    "The heart is {0} in size.",
    "There is a {0} {1} pleural effusion.",
    "No pleural effusion.",
    "No pneumothorax.",
    "There is {0} opacity in the {1} lower lobe.",
    "The mediastinal contours are {0}.",
    "A {0} calcified granuloma is seen in the {1} upper lobe, {2} mm.",
    "{0} degenerative changes of the thoracic spine.",
    "The lungs are clear.",
    "The {1} hemidiaphragm is elevated.",
)
_DEGREES = ("normal", "mildly enlarged", "small", "moderate", "large", "subtle", "stable", "mild")


def main() -> None:
    """Measure each number of reports in a workspace of its own."""
    for number in [int(word) for word in sys.argv[1:]] or NUMBERS:
        with tempfile.TemporaryDirectory() as home:
            root = Path(home) / "workspace"
            start = time.process_time()
            build(root, number)
            made = time.process_time() - start
            size = (root / "workspace.db").stat().st_size / 2**20
            print(f"\n{number} signed reports, {size:.0f} MiB, made in {made:.0f} s", flush=True)
            _measure(root, number)


def build(root: Path, number: int) -> None:
    """Make a demo workspace with `number` signed reports."""
    with Workspace.open_demo(root):
        pass
    folder = WorkspaceFolder(root=root)
    database, _recovered = folder.open(demo_key(read_key_file(folder.key)), _now)
    chance = random.Random(SEED)  # noqa: S311 - no secret
    try:
        store = Store(database)
        for first in range(0, number, _AT_ONCE):
            _add(store, range(first, min(number, first + _AT_ONCE)), chance)
    finally:
        database.close()


def _add(store: Store, numbers: range, chance: random.Random) -> None:
    studies = [study_of(number) for number in numbers]
    with store.change() as unit:
        unit.studies.put(studies, store.now_text())
        for number, study in zip(numbers, studies, strict=True):
            moment = _BEGIN + timedelta(minutes=20 * number)
            draft = _draft(study, moment, chance)
            unit.drafts.add(draft)
            details = {"content_sha256": draft_sha256(draft)}
            unit.audit.record(AuditAction.DRAFT_STORED, draft.id, details)
            report = _decided(new_report(study.uid, store.actor, moment), draft, chance)
            report = unit.reports.append(report, moment.isoformat())
            unit.audit.record(AuditAction.REPORT_SAVED, report.id, revision_details(report))
            signed = unit.reports.append(_signed(report, moment), moment.isoformat())
            unit.studies.index_report(signed)
            details = {**revision_details(signed), "signed_sha256": report.sha256}
            unit.audit.record(AuditAction.REPORT_SIGNED, signed.id, details)


def study_of(number: int) -> Study:
    """Make a study of two films; two studies in a row share a patient."""
    uid = StudyUid(f"1.2.826.0.1.3680043.9.2.{number}")
    series = SeriesUid(f"{uid}.1")
    images = tuple(
        ImageRef(
            path=Path(f"/films/{number}-{view.value}.dcm"),
            sop_uid=SopUid(f"{series}.{index}"),
            sop_class="1.2.840.10008.5.1.4.1.1.1.1",
            series_uid=series,
            study_uid=uid,
            modality="DX",
            view=view,
            patient_orientation=("L", "F"),
            rows=2500,
            columns=2048,
        )
        for index, view in enumerate((View.FRONTAL, View.LATERAL), start=1)
    )
    person = number // 2
    return Study(
        uid=uid,
        patient=Patient(
            patient_id=f"B{person:07}",
            name=f"Bench{person % 5000}, Given{person % 701}",
            birth_date=date(1930, 1, 1) + timedelta(days=person % 25_000),
            sex="FM"[person % 2],
        ),
        study_date=(_BEGIN + timedelta(minutes=20 * number)).date(),
        study_time=None,
        accession=f"A{number:08}",
        description="Chest PA and lateral",
        referring=f"Referrer {number % 97}",
        patient_age="",
        series=(Series(uid=series, modality="DX", description="Chest", number=1, images=images),),
    )


def _draft(study: Study, moment: datetime, chance: random.Random) -> Draft:
    texts = [
        pattern.format(chance.choice(_DEGREES), chance.choice(("left", "right")), number)
        for number, pattern in enumerate(chance.sample(_SENTENCES, 6), chance.randrange(2, 30))
    ]
    return Draft(
        id=DraftId(f"draft-{study.uid}"),
        study_uid=study.uid,
        created=moment,
        bundle_id="cmcrl-bench",
        bundle_version="0.1",
        bundle_sha256="b" * 64,
        provider="CPUExecutionProvider",
        images=tuple(image.sop_uid for image in study.images),
        input_sha256="a" * 64,
        seconds=DraftSeconds(decode=0.1, encode=0.2, words=0.3, total=0.6),
        sentences=tuple(
            DraftSentence(text=text[0].upper() + text[1:], raw=text, log_prob=-1.5, tokens=8)
            for text in texts
        ),
        warnings=(),
    )


def _decided(report: Report, draft: Draft, chance: random.Random) -> Report:
    report = report.with_draft(draft, report.created)
    for sentence in report.sentences:
        fate = chance.random()
        if fate < 0.7:
            report = report.with_accepted(sentence.id, report.created)
        elif fate < 0.85:
            words = sentence.text.replace(".", f", seen {chance.randrange(10**6)} before.")
            report = report.with_text(sentence.id, words, report.created)
        else:
            report = report.with_rejected(sentence.id, report.created)
    return report


def _signed(report: Report, moment: datetime) -> Report:
    return report.signed(
        Signature(
            signer=report.author,
            meaning=_MEANING,
            signed_at=moment,
            report_sha256=report.sha256,
        )
    )


def _measure(root: Path, number: int) -> None:
    start = time.perf_counter()
    with Workspace.open_demo(root) as workspace:
        wall = time.perf_counter() - start
        print(f"  open {wall * 1000:.0f} ms wall", flush=True)
        find, list_of = workspace.past_reports.find, workspace.library.studies
        rare = f"Bench{number // 7 % 5000}"
        questions: dict[str, Callable[[], object]] = {
            "reports, default": find,
            "reports, edit range 0.4 to 0.5": lambda: find(
                ReportQuery(edited=EditRange(least=0.4, most=0.5))
            ),
            "reports, edit range of none": lambda: find(
                ReportQuery(edited=EditRange(least=0.995, most=1.0))
            ),
            "reports, a finding": lambda: find(
                ReportQuery(finding="Pleural Effusion", polarity=Polarity.ASSERTED)
            ),
            "reports, a finding of none": lambda: find(ReportQuery(finding="Pneumomediastinum")),
            "reports, a name": lambda: find(ReportQuery(text=rare)),
            "reports, two words": lambda: find(ReportQuery(text="granuloma calcified")),
            "studies, default": list_of,
            "studies, a name": lambda: list_of(StudyQuery(text=rare)),
            "studies, two words": lambda: list_of(StudyQuery(text="granuloma calcified")),
            "authors": workspace.past_reports.authors,
        }
        for name, ask in questions.items():
            _show(name, [_taken(ask) for _ in range(RUNS)])
        _measure_writing(workspace.reporting, number)
        for name, work in {
            "own figures": workspace.analytics.own,
            "own figures again": workspace.analytics.own,
            "verify-db": workspace.verify,
        }.items():
            _show(name, [_taken(work)])
        peak = psutil.Process().memory_info().rss / 2**20
        print(f"  memory at the end {peak:.0f} MiB", flush=True)


def _measure_writing(reporting: Reporting, number: int) -> None:
    chance = random.Random(SEED + number)  # noqa: S311 - no secret
    kept, saved, signed = [], [], []
    for _ in range(RUNS):
        study = study_of(chance.randrange(number))
        old = reporting.load(_report_of(reporting, study))
        report = replace(new_report(study.uid, old.author, _now()), draft_id=old.draft_id)
        # A sentence that names a side would have to be confirmed before signing.
        plain = tuple(s for s in old.sentences if not _is_asked_about(s.text))
        report = replace(report, sentences=plain)
        kept.append(_taken(lambda now=report: reporting.keep(now)))
        results: list[Report] = []
        saved.append(_taken(lambda now=report, to=results: to.append(reporting.save(now))))
        last = results[-1]
        signed.append(
            _taken(lambda now=last: reporting.sign(now, passphrase="demo", meaning=_MEANING))  # noqa: S106 - the demo has it in its manual
        )
    _show("keep", kept)
    _show("save", saved)
    _show("sign (with the passphrase's Argon2)", signed)


def _is_asked_about(text: str) -> bool:
    """Whether a side must be confirmed or a comparison settled before signing."""
    return SIDE_WORD.search(text) is not None or "stable" in text.lower()


def _report_of(reporting: Reporting, study: Study) -> ReportId:
    return reporting.open_for(study.uid).report.id


def _taken(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _show(name: str, seconds: list[float]) -> None:
    median = statistics.median(seconds) * 1000
    print(f"  {name:40} {median:9.1f} ms of the processor (n={len(seconds)})", flush=True)


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    main()
