"""Exports: what is asked of the workspace, what is written, what is recorded."""

from __future__ import annotations

import errno
import hashlib
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
import pytest
from testkit.report_documents import (
    FILM_UID,
    MODEL_SENTENCES,
    draft_of,
    drafted_report,
    image_ref,
    pixel_image,
    report_of,
    signed,
    study_of,
)

from engine.domain.audit import AuditAction
from engine.domain.evidence import Evidence, EvidenceGrade, Region
from engine.domain.image import PixelImage
from engine.domain.report import Draft, DraftId, ReportSentence
from engine.domain.study import ImageRef, SopUid, Study, StudyUid, View
from engine.errors import DamagedFileError, ExportError, NotFoundError
from engine.services.exporting import ExportForm, Exporting, ReportSources
from engine.settings import Settings

FILE_FORMS = [f for f in ExportForm if f not in {ExportForm.SIGNED_PDF, ExportForm.CLIPBOARD}]


@dataclass
class Desk:
    """The collaborators of an export, held in memory."""

    study: Study = field(default_factory=study_of)
    draft: Draft = field(default_factory=draft_of)
    unreadable: frozenset[SopUid] = frozenset()
    events: list[tuple[AuditAction, str, Mapping[str, object]]] = field(default_factory=list)
    decoded: list[SopUid] = field(default_factory=list)
    keys: tuple[SopUid, ...] = ()

    def exporting(self) -> Exporting:
        return Exporting(
            ReportSources(
                study_of=self.study_of,
                draft_of=self.draft_of,
                pixels_of=self.pixels_of,
                critical_of=lambda _report: (),
                key_images_of=lambda _study: self.keys,
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
    assert desk.events == []


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
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from testkit.report_documents import draft_of, pixel_image, report_of, study_of
from engine.services.exporting import ExportForm, Exporting, ReportSources
from engine.settings import Settings
exporting = Exporting(
    ReportSources(
        study_of=lambda uid: study_of(),
        draft_of=lambda uid: draft_of(),
        pixels_of=lambda image: pixel_image(),
        critical_of=lambda report: (),
        key_images_of=lambda study: (),
    ),
    record=lambda *event: None,
    settings=lambda: Settings(institution="St. Example Hospital"),
    is_demo=False,
)
reports = [report_of("First."), report_of("Second, a little longer.")]
number = 0
while True:
    exporting.pdf(reports[number % 2], Path(sys.argv[1]))
    number += 1
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kills by signal")
def test_killed_at_any_moment_the_file_is_whole(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[3]
    target = tmp_path / "report.pdf"
    whole = set()
    for text in ("First.", "Second, a little longer."):
        whole.add(Desk().exporting().pdf(report_of(text), target).read_bytes())
    moments = random.Random(7)  # noqa: S311 - moments, no secrets
    for _ in range(4):
        target.unlink()
        command = [
            sys.executable,
            "-c",
            WRITER,
            str(target),
            str(root),
            str(root / "tests/support"),
        ]
        writer = subprocess.Popen(command)
        try:
            deadline = time.monotonic() + 60
            while not target.exists():
                assert writer.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.005)
            time.sleep(moments.uniform(0, 0.3))
        finally:
            writer.send_signal(signal.SIGKILL)
            writer.wait()
        assert target.read_bytes() in whole


@pytest.mark.parametrize("form", FILE_FORMS)
def test_each_form_is_written_whole_recorded_and_the_same_again(
    form: ExportForm, tmp_path: Path
) -> None:
    desk = Desk()
    report = signed(drafted_report())
    once, again = (
        desk.exporting().export_named(report, tmp_path / name, form.value).read_bytes()
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
    with pytest.raises(ExportError, match="certificate"):
        Desk().exporting().export(drafted_report(), tmp_path / "x.pdf", ExportForm.SIGNED_PDF)
