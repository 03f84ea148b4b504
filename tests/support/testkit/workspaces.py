"""Workspaces, drafts and reports for tests of storage, without Argon2 and without workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

from engine.domain.annotation import StudyAnnotations
from engine.domain.audit import AuditAction
from engine.domain.image import PixelImage
from engine.domain.report import (
    Draft,
    DraftId,
    DraftSeconds,
    DraftSentence,
    Report,
    Section,
    new_report,
)
from engine.domain.study import (
    ImageRef,
    Patient,
    Series,
    SeriesUid,
    SopUid,
    Study,
    StudyUid,
    View,
)
from engine.errors import DamagedFileError
from engine.services.exporting import Exporting, ReportSources
from engine.services.past_reports import PastReports
from engine.services.report_sources import mark_of
from engine.settings import Settings
from engine.storage.folder import WorkspaceFolder
from engine.storage.keys import demo_key, read_key_file
from engine.storage.unit_of_work import Store, utc_now

NOW = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
LATER_TABLES = (
    *("report_listing", "report_findings", "review_records", "review_marks"),
    *("orders", "order_files", "inbox_files", "incoming_studies"),
    *("delivery_answers", "answer_files", "deliveries"),
)
"""Made since revision 11, in an order in which they can be dropped, to make a workspace older."""


def any_study(
    uid: str = "1.2.3",
    *,
    name: str = "Test, Person",
    patient_id: str = "P1",
    taken: date | None = date(2026, 3, 18),
    at: time | None = time(9, 15),
) -> Study:
    """A study of one frontal film."""
    image = ImageRef(
        path=Path(f"/films/{uid}.dcm"),
        sop_uid=SopUid(f"{uid}.1.1"),
        sop_class="1.2.840.10008.5.1.4.1.1.1.1",
        series_uid=SeriesUid(f"{uid}.1"),
        study_uid=StudyUid(uid),
        modality="DX",
        view=View.FRONTAL,
        patient_orientation=("L", "F"),
        rows=64,
        columns=48,
    )
    series = Series(
        uid=SeriesUid(f"{uid}.1"), modality="DX", description="Chest", number=1, images=(image,)
    )
    return Study(
        uid=StudyUid(uid),
        patient=Patient(patient_id=patient_id, name=name, birth_date=date(1961, 4, 9), sex="F"),
        study_date=taken,
        study_time=at,
        accession="ACC7",
        description="Chest PA",
        referring="Referrer",
        patient_age="064Y",
        series=(series,),
    )


def any_draft(study_uid: str = "1.2.3", *texts: str, draft_id: str = "draft-1") -> Draft:
    """A draft with the given sentences."""
    return Draft(
        id=DraftId(draft_id),
        study_uid=StudyUid(study_uid),
        created=NOW,
        bundle_id="cmcrl-test",
        bundle_version="0.1",
        bundle_sha256="b" * 64,
        provider="CPUExecutionProvider",
        images=(SopUid(f"{study_uid}.1.1"),),
        input_sha256="a" * 64,
        seconds=DraftSeconds(decode=0.1, encode=0.2, words=0.3, total=0.6),
        sentences=tuple(
            DraftSentence(text=text, raw=text.lower(), log_prob=-1.5, tokens=4)
            for text in texts or ("The heart size is normal.", "The lungs are clear.")
        ),
        warnings=("No lateral film.",),
    )


def any_report(study_uid: str = "1.2.3", *texts: str, author: str = "Dr Test") -> Report:
    """A report of the author's own sentences."""
    report = new_report(StudyUid(study_uid), author, NOW)
    for text in texts:
        report = report.with_sentence(Section.FINDINGS, text, NOW)
    return report


def typed(report: Report, text: str) -> Report:
    """The report with its first sentence replaced."""
    return report.with_text(report.sentences[0].id, text, NOW)


def moved_films(study: Study, folder: Path) -> Study:
    """The same study, found in another folder."""
    series = tuple(
        replace(s, images=tuple(replace(i, path=folder / i.path.name) for i in s.images))
        for s in study.series
    )
    return replace(study, series=series)


@contextmanager
def open_store(
    root: Path, clock: Callable[[], datetime] = utc_now, *, studies: tuple[Study, ...] = ()
) -> Iterator[Store]:
    """The store of the workspace in a folder, made if needed, with an open key."""
    folder = WorkspaceFolder(root=root)
    folder.prepare()
    if not folder.exists:
        folder.create(user_name="Dr Test", passphrase=None, clock=clock)
    database, _recovered = folder.open(demo_key(read_key_file(folder.key)), clock)
    try:
        store = Store(database, clock)
        if studies:
            with store.change() as unit:
                unit.studies.put(studies, store.now_text())
        yield store
    finally:
        database.close()


def past_reports_of(store: Store, *, hides_names: bool = False) -> PastReports:
    """The past reports of a store whose films cannot be read."""
    return PastReports(store, exporting_of(store), hides_names=lambda: hides_names)


def exporting_of(store: Store) -> Exporting:
    """Documents of the reports of a store whose films cannot be read."""

    def unreadable(_image: ImageRef) -> PixelImage:
        raise DamagedFileError("The file is cut short.")

    def study_of(uid: StudyUid) -> Study:
        with store.look() as unit:
            return unit.studies.get(uid)

    def draft_of(draft_id: DraftId) -> Draft:
        with store.look() as unit:
            return unit.drafts.get(draft_id)

    def record(action: AuditAction, subject: str, details: Mapping[str, object]) -> None:
        with store.change() as unit:
            unit.audit.record(action, subject, details)

    sources = ReportSources(
        study_of=study_of,
        draft_of=draft_of,
        pixels_of=unreadable,
        critical_of=lambda _report: (),
        annotations_of=lambda _study: StudyAnnotations(),
        revision_of=lambda _report, _number: any_report(),
        handed_out=lambda _report: (),
        mark_of=lambda report: mark_of(store, report),
    )
    return Exporting(sources, record=record, settings=Settings, is_demo=False)
