"""Export a report as PDF, DICOM object, FHIR bundle or text, written whole or not at all.

The writers import their libraries at their first use: pydicom, typst and fonts take a quarter of a
second, and a workspace opens without them.
"""

from __future__ import annotations

import errno
import hashlib
import importlib
import logging
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from engine.documents.json_text import json_text
from engine.documents.letter import ReportDocument, ReportEvidence, ReportFilm
from engine.documents.logo import logo_drawing
from engine.documents.plain_text import plain_text
from engine.domain.annotation import StudyAnnotations
from engine.domain.audit import AuditAction, TrailMark
from engine.domain.critical import CriticalCommunication
from engine.domain.evidence import Evidence
from engine.domain.export import ExportForm
from engine.domain.image import PixelImage
from engine.domain.lifecycle import is_sound
from engine.domain.report import Draft, DraftId, Report, ReportId
from engine.domain.study import ImageRef, SopUid, Study, StudyUid
from engine.domain.tested import evidence_for
from engine.errors import ExportError, InputError, StorageError, WorkerError
from engine.files import write_atomically
from engine.settings import Settings

if TYPE_CHECKING:
    from engine.documents.dicom.reference import ReportObject

_LOG = logging.getLogger(__name__)
_MOST_FILMS = 4
# Names of `StructuredReportClass`.
_SR_CLASSES = {
    ExportForm.BASIC_TEXT_SR: "basic text",
    ExportForm.STRUCTURED_REPORT: "enhanced",
    ExportForm.COMPREHENSIVE_SR: "comprehensive",
}
_WITH_CERTIFICATE = "pdf with certificate"
_TO_CLIPBOARD = "text to the clipboard"

_BY_HIGHDICOM = {
    *_SR_CLASSES,
    ExportForm.KEY_OBJECTS,
    ExportForm.MEASUREMENTS,
    ExportForm.AI_RESULT,
    ExportForm.REJECTION,
}

RecordEvent = Callable[[AuditAction, str, Mapping[str, object]], None]
"""Adds an entry to the audit trail: action, subject, details."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSources:
    """Where the parts of a document come from.

    Attributes:
        study_of: The study of a report; raises `NotFoundError`.
        draft_of: The draft that a report came from; raises `NotFoundError`.
        pixels_of: Decodes a film; raises `InputError` or `WorkerError`.
        critical_of: Log of the critical findings of a report.
        annotations_of: What readers drew and flagged on the films of a study.
        revision_of: A saved revision of a report; raises `NotFoundError`.
        handed_out: Form and revision of each document of a report that was exported or delivered.
        mark_of: The entry of the audit trail that stored a report's revision.
    """

    study_of: Callable[[StudyUid], Study]
    draft_of: Callable[[DraftId], Draft]
    pixels_of: Callable[[ImageRef], PixelImage]
    critical_of: Callable[[ReportId], tuple[CriticalCommunication, ...]]
    annotations_of: Callable[[StudyUid], StudyAnnotations]
    revision_of: Callable[[ReportId, int], Report]
    handed_out: Callable[[ReportId], tuple[tuple[ExportForm, int], ...]]
    mark_of: Callable[[Report], TrailMark | None] = lambda _report: None


class Exporting:
    """Makes documents from reports. Every method may block: call it off the GUI thread.

    Args:
        sources: Where the parts of a document come from.
        record: Adds to the audit trail.
        settings: Gives the current settings, for the letterhead.
        is_demo: Whether documents are marked as a demonstration.
    """

    def __init__(
        self,
        sources: ReportSources,
        *,
        record: RecordEvent,
        settings: Callable[[], Settings],
        is_demo: bool,
    ) -> None:
        self._sources = sources
        self._record = record
        self._settings = settings
        self._is_demo = is_demo
        self._writers: dict[ExportForm, Callable[[Report], bytes]] = {
            ExportForm.PDF: self._pdf,
            ExportForm.DICOM_PDF: self._dicom_pdf,
            **{form: partial(self._sr, kind) for form, kind in _SR_CLASSES.items()},
            ExportForm.KEY_OBJECTS: self._key_objects,
            ExportForm.MEASUREMENTS: self._measurements,
            ExportForm.AI_RESULT: self._ai_result,
            ExportForm.REJECTION: self._rejection,
            ExportForm.FHIR: self._fhir,
            ExportForm.HL7: self._hl7,
            ExportForm.TEXT: lambda report: plain_text(report).encode(errors="replace"),
            ExportForm.JSON: self._json,
        }

    def pdf(self, report: Report, to: Path) -> Path:
        """Write the report as PDF/A-2b by temporary file, fsync and rename, and record the export.

        A film that cannot be read is left out and counted in the document. Raises `ExportError`, or
        `NotFoundError` if the study or the draft is not in the workspace.
        """
        return self.export(report, to, ExportForm.PDF)

    def export(self, report: Report, to: Path, form: ExportForm) -> Path:
        """Write the report in that form by temporary file, fsync and rename, and record the export.

        Raises `ExportError` or `NotFoundError`.
        """
        _require_sound(report)
        return self._hand_out(report, to, form.value, self._writers[form](report))

    def content(self, report: Report, form: ExportForm) -> bytes:
        """The report in that form, neither written nor recorded.

        Raises `ExportError`, `NotFoundError`, or `ReportStateError` if the report has nothing to
        say in that form.
        """
        _require_sound(report)
        return self._writers[form](report)

    def signed_pdf(self, report: Report, to: Path, *, certificate: bytes, passphrase: str) -> Path:
        """Write the PDF with a PAdES signature by the user's own certificate.

        Args:
            report: A report signed in the workspace: the certificate signs the final letter.
            to: The file.
            certificate: A PKCS #12 file.
            passphrase: Of the PKCS #12 file, not of the workspace.

        Raises `ExportError`.
        """
        from engine.documents.pades import signed_pdf  # noqa: PLC0415  rarely used, slow to import

        _require_sound(report)
        if report.signature is None:
            raise ExportError(
                "Only a final report takes a certificate's signature.",
                what_to_do="Sign the report first.",
            )
        reason = report.signature.meaning
        content = signed_pdf(self._pdf(report), certificate, passphrase, reason=reason)
        return self._hand_out(report, to, _WITH_CERTIFICATE, content)

    def _pdf(self, report: Report) -> bytes:
        from engine.documents.pdf import render_pdf  # noqa: PLC0415  slow to import

        return render_pdf(self._document(report))

    def _dicom_pdf(self, report: Report) -> bytes:
        from engine.documents.dicom.encapsulated_pdf import (  # noqa: PLC0415  slow to import
            encapsulated_pdf,
        )

        return encapsulated_pdf(self._object(report), self._pdf(report))

    def _sr(self, of_class: str, report: Report) -> bytes:
        from engine.documents.dicom.reference import StructuredReportClass  # noqa: PLC0415
        from engine.documents.dicom.structured_report import (  # noqa: PLC0415  slow to import
            structured_report,
        )

        return structured_report(self._object(report), StructuredReportClass(of_class))

    def _key_objects(self, report: Report) -> bytes:
        from engine.documents.dicom.key_objects import (  # noqa: PLC0415  slow to import
            key_object_selection,
        )

        keys = self._sources.annotations_of(report.study_uid).key_images
        return key_object_selection(self._object(report), keys)

    def _measurements(self, report: Report) -> bytes:
        from engine.documents.dicom.measurements import (  # noqa: PLC0415  slow to import
            MeasuredFilm,
            measurement_report,
        )

        source, drawn = self._object(report), self._sources.annotations_of(report.study_uid)
        spacings = {each.sop_uid: each.spacing for each in drawn.calibrations}
        films = []
        for image in source.study.images:
            on_film = tuple(a for a in drawn.annotations if a.sop_uid == image.sop_uid)
            if any(each.measures for each in on_film):
                pixels = self._sources.pixels_of(image)
                spacing = spacings.get(image.sop_uid) or pixels.spacing
                films.append(
                    MeasuredFilm(image=image, pixels=pixels, spacing=spacing, annotations=on_film)
                )
        return measurement_report(source, films)

    def _ai_result(self, report: Report) -> bytes:
        from engine.documents.dicom.ai_result import ai_result  # noqa: PLC0415  slow to import

        return ai_result(self._object(report), self._draft(report))

    def _rejection(self, report: Report) -> bytes:
        from engine.documents.dicom.encapsulated_pdf import pdf_identity  # noqa: PLC0415
        from engine.documents.dicom.reference import StructuredReportClass  # noqa: PLC0415
        from engine.documents.dicom.rejection_note import (  # noqa: PLC0415  slow to import
            rejection_note,
        )
        from engine.documents.dicom.structured_report import sr_identity  # noqa: PLC0415

        gone = []
        for form, revision in self._sources.handed_out(report.id):
            if revision >= report.revision:
                continue  # what says itself that the report was withdrawn
            source = self._object(self._sources.revision_of(report.id, revision))
            if form is ExportForm.DICOM_PDF:
                gone.append(pdf_identity(source))
            elif form in _SR_CLASSES:
                gone.append(sr_identity(source, StructuredReportClass(_SR_CLASSES[form])))
        return rejection_note(self._object(report), gone)

    def _fhir(self, report: Report) -> bytes:
        from engine.documents.fhir import fhir_bundle  # noqa: PLC0415  slow to import

        study, draft = self._sources.study_of(report.study_uid), self._draft(report)
        pdf = self._pdf(report)
        return fhir_bundle(report, study, draft, text=plain_text(report), pdf=pdf)

    def _hl7(self, report: Report) -> bytes:
        from engine.documents.hl7_result import (  # noqa: PLC0415  slow to import
            Sender,
            result_message,
        )

        settings = self._settings()
        return result_message(
            report,
            self._sources.study_of(report.study_uid),
            self._draft(report),
            pdf=self._pdf(report),
            sender=Sender(
                institution=settings.institution,
                is_demo=self._is_demo,
                characters=settings.hl7_character_set,
            ),
        )

    def _json(self, report: Report) -> bytes:
        study = self._sources.study_of(report.study_uid)
        return json_text(report, study, self._draft(report)).encode(errors="replace")

    def _object(self, report: Report) -> ReportObject:
        from engine.documents.dicom.reference import ReportObject  # noqa: PLC0415  slow to import

        return ReportObject(
            report=report,
            study=self._sources.study_of(report.study_uid),
            institution=self._settings().institution[:64],
            software=version("negatoscope"),
        )

    def picture(self, content: bytes, to: Path, uid: StudyUid, what: str) -> Path:
        """Write a picture of a study's films, e.g. a PNG, recorded like a report.

        Args:
            content: The file's bytes.
            to: The file.
            uid: The study.
            what: What it shows, for the audit trail: "film" or "view".

        Raises `ExportError`.
        """
        details = {"what": what, "sha256": hashlib.sha256(content).hexdigest()}
        self._record(AuditAction.PICTURE_EXPORTED, uid, details)
        self._write(to, content, uid)
        return to

    def picture_printed(self, uid: StudyUid) -> None:
        """Record that a study's film is about to be printed; print only if this does not raise."""
        self._record(AuditAction.PICTURE_PRINTED, uid, {})

    def _hand_out(self, report: Report, to: Path, form: str, content: bytes) -> Path:
        # Recorded first: what cannot be recorded must not leave the workspace.
        self._log(report, form, content)
        self._write(to, content, report.id)
        return to

    def _write(self, to: Path, content: bytes, subject: str) -> None:
        try:
            _write(to, content)
        except ExportError:
            # The trail already says that it was exported: add that it failed, if that can be
            # stored.
            with suppress(StorageError):
                self._record(AuditAction.EXPORT_FAILED, subject, {})
            raise

    def _log(self, report: Report, form: str, content: bytes) -> None:
        details = {
            "format": form,
            "sha256": hashlib.sha256(content).hexdigest(),
            "revision": report.revision,
            "status": report.status.value,
        }
        self._record(AuditAction.REPORT_EXPORTED, report.id, details)
        _LOG.info("report exported as %s, %d bytes", form, len(content))

    def clipboard_text(self, report: Report) -> str:
        """The report's plain text for the clipboard, recorded like a file; raises `ExportError`."""
        _require_sound(report)
        content = plain_text(report)
        self._log(report, _TO_CLIPBOARD, content.encode(errors="replace"))
        return content

    def _document(self, report: Report) -> ReportDocument:
        study = self._sources.study_of(report.study_uid)
        draft = self._draft(report)
        flags = self._sources.annotations_of(report.study_uid).key_images
        keys = frozenset(key.sop_uid for key in flags)
        wanted = films_of_letter(study, draft, keys)
        pixels = _Pixels(self._sources.pixels_of)
        films = tuple(
            ReportFilm(image=image, pixels=found, is_key=image.sop_uid in keys)
            for image in wanted
            if (found := pixels.of(image)) is not None
        )
        settings = self._settings()
        return ReportDocument(
            report=report,
            study=study,
            draft=draft,
            films=films,
            institution=settings.institution,
            letterhead=tuple(settings.letterhead.splitlines()),
            logo=_logo_of(settings),
            is_demo=self._is_demo,
            unreadable_films=len(wanted) - len(films),
            critical=self._sources.critical_of(report.id),
            evidence=_evidence_of(report, draft, study, pixels),
            mark=self._sources.mark_of(report),
        )

    def _draft(self, report: Report) -> Draft | None:
        return None if report.draft_id is None else self._sources.draft_of(report.draft_id)


def letterhead_picture(institution: str, letterhead: str, logo: str) -> bytes:
    """The head of a report's letter as a PNG picture, from settings that may not be stored yet.

    Raises `ExportError` with the reason if the logo cannot be used.
    """
    from engine.documents.pdf import render_letterhead  # noqa: PLC0415  slow to import

    drawing = logo_drawing(Path(logo)) if logo else ""
    return render_letterhead(institution, letterhead.splitlines(), drawing)


def _logo_of(settings: Settings) -> str:
    """The logo's drawing; empty if it cannot be read, because the report matters more."""
    if not settings.logo:
        return ""
    try:
        return logo_drawing(Path(settings.logo))
    except ExportError:
        _LOG.warning("a report is written without its logo", exc_info=True)
        return ""


class _Pixels:
    """Decodes each film once. A film that cannot be read does not stop the export."""

    def __init__(self, decode: Callable[[ImageRef], PixelImage]) -> None:
        self._decode = decode
        self._known: dict[SopUid, PixelImage | None] = {}

    def of(self, image: ImageRef) -> PixelImage | None:
        """The film's pixels; None if it cannot be read."""
        if image.sop_uid not in self._known:
            try:
                self._known[image.sop_uid] = self._decode(image)
            except (InputError, WorkerError):
                _LOG.warning("a film cannot be read for the export", exc_info=True)
                self._known[image.sop_uid] = None
        return self._known[image.sop_uid]


def films_of_letter(
    study: Study, draft: Draft | None, keys: frozenset[SopUid]
) -> tuple[ImageRef, ...]:
    """The films that a letter shows: the key images.

    Without key images, the films that the draft used; without a draft, the first frontal and
    lateral.
    """
    if chosen := [image for image in study.images if image.sop_uid in keys]:
        return tuple(chosen)[:_MOST_FILMS]
    if draft is None:
        return tuple(image for image in (study.frontal, study.lateral) if image is not None)
    by_uid = {image.sop_uid: image for image in study.images}
    return tuple(by_uid[uid] for uid in draft.images if uid in by_uid)[:_MOST_FILMS]


def _evidence_of(
    report: Report, draft: Draft | None, study: Study, pixels: _Pixels
) -> tuple[ReportEvidence, ...]:
    """Evidence of the draft's sentences whose words are as tested, in the report's order."""
    if draft is None:
        return ()
    images = {image.sop_uid: image for image in study.images}
    found = []
    for sentence in report.kept():
        evidence = evidence_for(draft, sentence)
        if evidence is None:
            continue
        image = images.get(_most_looked_at(evidence)) if draft.draws_cells else None
        shown = pixels.of(image) if image is not None else None
        film = ReportFilm(image=image, pixels=shown) if image and shown is not None else None
        found.append(ReportEvidence(text=sentence.text, evidence=evidence, film=film))
    return tuple(found)


def _most_looked_at(evidence: Evidence) -> SopUid:
    """The film whose cells weigh most; an empty UID if there are no cells."""
    weights: dict[SopUid, float] = {}
    for region in evidence.regions:
        weights[region.film] = weights.get(region.film, 0.0) + region.weight
    return max(weights, key=lambda film: weights[film], default=SopUid(""))


def _require_sound(report: Report) -> None:
    if not is_sound(report):
        raise ExportError("This report is not the one that was signed, so it is not exported.")


def _write(to: Path, content: bytes) -> None:
    try:
        write_atomically(to, content)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise ExportError(
                "There is no room left to save the document.",
                what_to_do="Free some space or choose another folder.",
            ) from error
        raise ExportError(
            "The document could not be saved there.",
            what_to_do="Choose a folder that exists and that you may write to.",
        ) from error


def load_libraries(forms: Collection[ExportForm]) -> None:
    """Import what documents of these forms need, which the first of them would do."""
    if _BY_HIGHDICOM.intersection(forms):
        importlib.import_module("engine.documents.dicom.ai_result")
        importlib.import_module("engine.documents.dicom.structured_report")
    if ExportForm.FHIR in forms:
        importlib.import_module("engine.documents.fhir")
