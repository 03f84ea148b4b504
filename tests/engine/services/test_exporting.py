"""Exports: what is asked of the workspace, what is written, what is recorded."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pikepdf
import psutil
import pytest
from testkit.presentation_states import annotations_on
from testkit.report_documents import (
    FILM_UID,
    MODEL_SENTENCES,
    NOW,
    draft_of,
    drafted_report,
    image_ref,
    pixel_image,
    report_of,
    signed,
    study_of,
)
from testkit.soak import figure, tries

from engine.domain.annotation import Annotation, KeyImage, StudyAnnotations
from engine.domain.annotation_kind import AnnotationKind
from engine.domain.audit import AuditAction
from engine.domain.evidence import Evidence, EvidenceGrade, Region
from engine.domain.export import ExportForm
from engine.domain.image import PixelImage
from engine.domain.lifecycle import addition_sha256, withdrawn
from engine.domain.report import Draft, DraftId, Report, ReportSentence
from engine.domain.study import ImageRef, SopUid, Study, StudyUid, View
from engine.errors import DamagedFileError, DiskFullError, ExportError, NotFoundError
from engine.services.exporting import Exporting, ReportSources
from engine.settings import Settings


def flags_of(films: tuple[SopUid, ...]) -> tuple[KeyImage, ...]:
    return tuple(
        KeyImage(study_uid=study_of().uid, sop_uid=film, author="Dr Test", created=NOW)
        for film in films
    )


@dataclass
class Desk:
    """The collaborators of an export, held in memory."""

    study: Study = field(default_factory=study_of)
    draft: Draft = field(default_factory=draft_of)
    unreadable: frozenset[SopUid] = frozenset()
    events: list[tuple[AuditAction, str, Mapping[str, object]]] = field(default_factory=list)
    decoded: list[SopUid] = field(default_factory=list)
    keys: tuple[SopUid, ...] = ()
    drawn: tuple[Annotation, ...] = ()
    handed_out: tuple[tuple[ExportForm, int], ...] = ()

    def exporting(self) -> Exporting:
        return Exporting(
            ReportSources(
                study_of=self.study_of,
                draft_of=self.draft_of,
                pixels_of=self.pixels_of,
                critical_of=lambda _report: (),
                annotations_of=lambda _study: StudyAnnotations(
                    annotations=self.drawn, key_images=flags_of(self.keys)
                ),
                revision_of=lambda _report, _number: signed(drafted_report()),
                handed_out=lambda _report: self.handed_out,
            ),
            record=lambda action, subject, details: self.events.append((action, subject, details)),
            settings=lambda: Settings(institution="St. Example Hospital"),
            is_demo=False,
        )

    def study_of(self, uid: StudyUid) -> Study:
        if uid != self.study.uid:
            raise NotFoundError("That study is not in the workspace.")
        return self.study

    def draft_of(self, uid: DraftId) -> Draft:
        assert uid == self.draft.id
        return self.draft

    def pixels_of(self, image: ImageRef) -> PixelImage:
        if image.sop_uid in self.unreadable:
            raise DamagedFileError("The file is cut short.")
        self.decoded.append(image.sop_uid)
        return pixel_image()


def images_in(path: Path) -> int:
    with pikepdf.open(path) as pdf:
        return sum(len(page.get_images()) for page in pdf.pages)


def test_the_pdf_is_written_and_recorded_without_a_word_about_the_patient(tmp_path: Path) -> None:
    desk = Desk()
    report = signed(drafted_report())
    path = desk.exporting().pdf(report, tmp_path / "report.pdf")
    assert images_in(path) == 1
    ((action, subject, details),) = desk.events
    assert action is AuditAction.REPORT_EXPORTED
    assert subject == report.id
    assert details == {
        "format": "pdf",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "revision": 1,
        "status": "final",
    }
    assert [found.name for found in tmp_path.iterdir()] == ["report.pdf"]


def test_an_older_file_is_replaced_and_equal_reports_give_equal_files(tmp_path: Path) -> None:
    exporting = Desk().exporting()
    first = exporting.pdf(drafted_report(), tmp_path / "a.pdf").read_bytes()
    (tmp_path / "b.pdf").write_bytes(b"old")
    second = exporting.pdf(drafted_report(), tmp_path / "b.pdf").read_bytes()
    assert first == second


def test_the_films_are_those_that_the_model_read() -> None:
    lateral, second = SopUid("2.25.7"), SopUid("2.25.8")
    images = (image_ref(), image_ref(second), image_ref(lateral, view=View.LATERAL))
    desk = Desk(study=study_of(images=images), draft=draft_of(images=(second, lateral)))
    desk.exporting()._document(drafted_report())
    assert desk.decoded == [second, lateral]


def test_without_a_draft_the_films_are_the_first_frontal_and_lateral() -> None:
    lateral = SopUid("2.25.7")
    images = (image_ref(lateral, view=View.LATERAL), image_ref(), image_ref(SopUid("2.25.8")))
    desk = Desk(study=study_of(images=images))
    desk.exporting()._document(report_of("Clear."))
    assert desk.decoded == [FILM_UID, lateral]


def test_a_film_that_is_gone_does_not_stop_the_report(tmp_path: Path) -> None:
    desk = Desk(unreadable=frozenset({FILM_UID}))
    path = desk.exporting().pdf(drafted_report(), tmp_path / "report.pdf")
    assert images_in(path) == 0


def test_a_signed_report_that_was_changed_is_not_exported(tmp_path: Path) -> None:
    report = signed(drafted_report())
    changed: tuple[ReportSentence, ...] = (
        replace(report.sentences[0], text="Changed."),
        *report.sentences[1:],
    )
    desk = Desk()
    with pytest.raises(ExportError, match="not the one that was signed"):
        desk.exporting().pdf(replace(report, sentences=changed), tmp_path / "report.pdf")
    assert list(tmp_path.iterdir()) == []
    assert desk.events == []


def test_a_folder_that_is_not_there_is_an_error_in_words(tmp_path: Path) -> None:
    desk = Desk()
    with pytest.raises(ExportError, match="could not be saved there") as caught:
        desk.exporting().pdf(report_of("Clear."), tmp_path / "none" / "report.pdf")
    assert isinstance(caught.value.__cause__, OSError)


def test_a_full_disk_is_an_error_in_words(small_disk: Path) -> None:
    (small_disk / "film").write_bytes(bytes(shutil.disk_usage(small_disk).free - 8 * 1024))
    with pytest.raises(ExportError, match="no room left") as caught:
        Desk().exporting().pdf(report_of("Clear."), small_disk / "report.pdf")
    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.__cause__.errno == errno.ENOSPC
    assert [path.name for path in small_disk.iterdir()] == ["film"]


def test_unknown_studies_are_not_found(tmp_path: Path) -> None:
    report = replace(report_of("Clear."), study_uid=StudyUid("2.25.404"))
    with pytest.raises(NotFoundError):
        Desk().exporting().pdf(report, tmp_path / "report.pdf")


def test_the_clipboards_text_is_the_report_alone_and_is_logged() -> None:
    desk = Desk()
    text = desk.exporting().clipboard_text(report_of("Clear lungs."))
    assert "FINDINGS\nClear lungs." in text
    ((action, _subject, details),) = desk.events
    assert action is AuditAction.REPORT_EXPORTED
    assert details["format"] == "text to the clipboard"
    assert details["sha256"] == hashlib.sha256(text.encode()).hexdigest()


def test_key_images_are_shown_in_place_of_what_the_model_read() -> None:
    second, lateral = SopUid("2.25.8"), SopUid("2.25.7")
    images = (image_ref(), image_ref(second), image_ref(lateral, view=View.LATERAL))
    desk = Desk(study=study_of(images=images), keys=(lateral, SopUid("2.25.404")))
    document = desk.exporting()._document(drafted_report())
    assert [(film.image.sop_uid, film.is_key) for film in document.films] == [(lateral, True)]
    assert document.unreadable_films == 0


@pytest.mark.parametrize("draws_cells", [True, False])
def test_evidence_is_shown_of_sentences_that_stand_as_they_were_tested(
    draws_cells: bool, tmp_path: Path
) -> None:
    draft = replace(
        draft_of(),
        evidence=tuple(evidence_of(number) for number in range(3)),
        draws_cells=draws_cells,
    )
    desk = Desk(draft=draft)
    document = desk.exporting()._document(drafted_report())
    # The second sentence was edited: what was tested are not its words.
    assert [one.text for one in document.evidence] == [MODEL_SENTENCES[0], MODEL_SENTENCES[2]]
    assert [one.film is not None for one in document.evidence] == [draws_cells] * 2
    assert desk.decoded == [FILM_UID]
    path = desk.exporting().pdf(drafted_report(), tmp_path / "report.pdf")
    # The two small ones are the same film with the same cells: the file holds it once.
    assert images_in(path) == (2 if draws_cells else 1)


def test_evidence_on_a_film_that_is_gone_is_its_grade() -> None:
    draft = replace(draft_of(), evidence=(evidence_of(0),), draws_cells=True)
    desk = Desk(draft=draft, unreadable=frozenset({FILM_UID}))
    (one,) = desk.exporting()._document(drafted_report()).evidence
    assert one.film is None


def evidence_of(sentence: int) -> Evidence:
    cell = Region(film=FILM_UID, left=10, top=20, right=60, bottom=70, weight=0.4)
    return Evidence(
        sentence=sentence,
        grade=EvidenceGrade.RESTS_ON,
        drop=2.0,
        control_drop=0.1,
        regions=(cell,),
    )


WRITER = """
import os
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from testkit.report_documents import draft_of, pixel_image, report_of, study_of
from engine.domain.annotation import StudyAnnotations
from engine.services.exporting import Exporting, ReportSources
from engine.settings import Settings
exporting = Exporting(
    ReportSources(
        study_of=lambda uid: study_of(),
        draft_of=lambda uid: draft_of(),
        pixels_of=lambda image: pixel_image(),
        critical_of=lambda report: (),
        annotations_of=lambda study: StudyAnnotations(),
        revision_of=lambda report, number: report_of("First."),
        handed_out=lambda report: (),
    ),
    record=lambda *event: None,
    settings=lambda: Settings(institution="St. Example Hospital"),
    is_demo=False,
)
reports = [report_of("First."), report_of("Second, a little longer.")]
for _line in sys.stdin:
    child = os.fork()
    number = 0
    while child == 0:
        exporting.pdf(reports[number % 2], Path(sys.argv[1]))
        number += 1
    print(child, flush=True)
    os.waitpid(child, 0)
    print("gone", flush=True)
"""


@pytest.mark.timeout(1800)
@pytest.mark.skipif(sys.platform == "win32", reason="kills by signal")
def test_r49_killed_at_any_moment_the_file_is_whole(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[3]
    target = tmp_path / "report.pdf"
    whole = set()
    for text in ("First.", "Second, a little longer."):
        whole.add(Desk().exporting().pdf(report_of(text), target).read_bytes())
    moments = random.Random(7)  # noqa: S311 - moments, no secrets
    kills = tries(2, 100)
    command = [sys.executable, "-c", WRITER, str(target), str(root), str(root / "tests/support")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        for _ in range(kills):
            target.unlink()
            writer.stdin.write("again\n")
            writer.stdin.flush()
            child = int(writer.stdout.readline())
            try:
                deadline = time.monotonic() + 60
                while not target.exists():
                    assert psutil.pid_exists(child), "the writer ended by itself"
                    assert time.monotonic() < deadline
                    time.sleep(0.005)
                time.sleep(moments.uniform(0, 0.3))
            finally:
                os.kill(child, signal.SIGKILL)
                assert writer.stdout.readline() == "gone\n"
            assert target.read_bytes() in whole
        writer.stdin.close()
    figure("R49", f"{kills} kills while a PDF was written: each left a whole one")


def taken_back(report: Report) -> Report:
    assert report.signature is not None
    hashed = addition_sha256(report, "Wrong patient")
    return withdrawn(report, "Wrong patient", replace(report.signature, report_sha256=hashed))


@pytest.mark.parametrize("form", ExportForm)
def test_each_form_is_written_whole_recorded_and_the_same_again(
    form: ExportForm, tmp_path: Path
) -> None:
    desk = Desk(
        keys=(FILM_UID,),
        drawn=annotations_on(image_ref(), AnnotationKind.LENGTH),
        handed_out=((ExportForm.DICOM_PDF, 1), (ExportForm.FHIR, 1)),
    )
    report = signed(drafted_report())
    if form is ExportForm.REJECTION:
        report = replace(taken_back(report), revision=2)
    once, again = (
        desk.exporting().export(report, tmp_path / name, form).read_bytes()
        for name in ("one", "two")
    )
    assert once == again
    assert [details["format"] for _action, _subject, details in desk.events] == [form.value] * 2
    assert {path.name for path in tmp_path.iterdir()} == {"one", "two"}


def test_a_certificate_needs_a_final_report(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="final"):
        Desk().exporting().signed_pdf(
            drafted_report(), tmp_path / "x.pdf", certificate=b"", passphrase=""
        )


def test_r28_what_cannot_be_recorded_does_not_leave_the_house(tmp_path: Path) -> None:
    desk = Desk()
    exporting = desk.exporting()

    def full(*_: object) -> None:
        raise DiskFullError("There is no room left.")

    exporting._record = full
    for export in (
        lambda: exporting.pdf(drafted_report(), tmp_path / "a.pdf"),
        lambda: exporting.picture(b"PNG", tmp_path / "a.png", desk.study.uid, "view"),
        lambda: exporting.clipboard_text(drafted_report()),
        lambda: exporting.picture_printed(desk.study.uid),
    ):
        with pytest.raises(DiskFullError):
            export()
    assert list(tmp_path.iterdir()) == []


def test_r28_pictures_and_prints_are_recorded(tmp_path: Path) -> None:
    desk = Desk()
    exporting = desk.exporting()
    exporting.picture(b"PNG", tmp_path / "a.png", desk.study.uid, "view")
    exporting.picture_printed(desk.study.uid)
    assert (tmp_path / "a.png").read_bytes() == b"PNG"
    assert (tmp_path / "a.png").stat().st_mode & 0o077 == 0
    assert [event[0] for event in desk.events] == [
        AuditAction.PICTURE_EXPORTED,
        AuditAction.PICTURE_PRINTED,
    ]


def test_an_export_that_fails_says_so_in_the_trail(tmp_path: Path) -> None:
    desk = Desk()
    with pytest.raises(ExportError):
        desk.exporting().pdf(drafted_report(), tmp_path / "nowhere" / "a.pdf")
    assert [event[0] for event in desk.events] == [
        AuditAction.REPORT_EXPORTED,
        AuditAction.EXPORT_FAILED,
    ]
