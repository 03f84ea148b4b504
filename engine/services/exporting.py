"""Hand-over: a report as PDF, DICOM object, FHIR bundle or text, written whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path

from engine.dicom.objects.encapsulated_pdf import encapsulated_pdf
from engine.dicom.objects.reference import ReportObject, StructuredReportClass
from engine.domain.audit import AuditAction
from engine.domain.critical import CriticalCommunication
from engine.domain.evidence import Evidence
from engine.domain.image import PixelImage
from engine.domain.lifecycle import is_sound
from engine.domain.report import Draft, DraftId, Report, ReportId
from engine.domain.study import ImageRef, SopUid, Study, StudyUid
from engine.errors import ExportError, InputError, WorkerError
from engine.files import write_atomically
from engine.report.json_text import json_text
from engine.report.letter import ReportDocument, ReportEvidence, ReportFilm
from engine.report.pdf import render_pdf
from engine.report.plain_text import plain_text
from engine.settings import Settings

_LOG = logging.getLogger(__name__)
_MOST_FILMS = 4

RecordEvent = Callable[[AuditAction, str, Mapping[str, object]], None]
"""Adds an entry to the audit trail: action, subject, details."""


class ExportForm(StrEnum):
    """Forms in which a report can leave the house; the value is what the audit trail says."""

    PDF = "pdf"
    SIGNED_PDF = "pdf with certificate"
    DICOM_PDF = "dicom pdf"
    STRUCTURED_REPORT = "dicom sr"
    BASIC_TEXT_SR = "dicom basic text sr"
    COMPREHENSIVE_SR = "dicom comprehensive sr"
    FHIR = "fhir"
    TEXT = "text"
    JSON = "json"
    CLIPBOARD = "text to the clipboard"


_SR_CLASSES = {
    ExportForm.BASIC_TEXT_SR: StructuredReportClass.BASIC_TEXT,
    ExportForm.STRUCTURED_REPORT: StructuredReportClass.ENHANCED,
    ExportForm.COMPREHENSIVE_SR: StructuredReportClass.COMPREHENSIVE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSources:
    """Where the parts of a document come from.

    Attributes:
        study_of: The study of a report; raises `NotFoundError`.
        draft_of: The draft that a report came from; raises `NotFoundError`.
        pixels_of: Decodes a film; raises `InputError` or `WorkerError`.
        critical_of: Who was told of critical findings of a report.
        key_images_of: Films of a study that the reader marked.
    """

    study_of: Callable[[StudyUid], Study]
    draft_of: Callable[[DraftId], Draft]
    pixels_of: Callable[[ImageRef], PixelImage]
    critical_of: Callable[[ReportId], tuple[CriticalCommunication, ...]]
    key_images_of: Callable[[StudyUid], tuple[SopUid, ...]]


class Exporting:
    """Documents made of reports. Every method may block: call it off the GUI thread.

    Args:
        sources: Where their parts come from.
        record: Adds to the audit trail.
        settings: The settings in force now, for the letterhead.
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

    def pdf(self, report: Report, to: Path) -> Path:
        """Write the report as PDF/A-2b by temporary file, fsync and rename; logs the export.

        A film that cannot be read any more is left out and counted in the document. Raises
        `ExportError`, or `NotFoundError` if the study or the draft is not in the workspace.
        """
        return self.export(report, to, ExportForm.PDF)

    def export(self, report: Report, to: Path, form: ExportForm) -> Path:
        """Write the report in that form by temporary file, fsync and rename; logs the export.

        Raises `ExportError`, `NotFoundError`, or `ReportStateError` for a form that a report of
        this status cannot have.
        """
        _require_sound(report)
        return self._hand_out(report, to, form, self._content(report, form))

    def export_named(self, report: Report, to: Path, form: str) -> Path:
        """`export` by the form's value."""
        return self.export(report, to, ExportForm(form))

    def signed_pdf(self, report: Report, to: Path, *, certificate: bytes, passphrase: str) -> Path:
        """Write the PDF with a PAdES signature of the user's own certificate.

        Args:
            report: Signed here already: the certificate's signature is over the final letter.
            to: The file.
            certificate: A PKCS #12 file.
            passphrase: Of that file, not of the workspace.

        Raises `ExportError`.
        """
        from engine.report.pades import signed_pdf  # noqa: PLC0415  seldom used, slow to import

        _require_sound(report)
        if report.signature is None:
            raise ExportError(
                "Only a final report takes a certificate's signature.",
                what_to_do="Sign the report first.",
            )
        reason = report.signature.meaning
        letter = render_pdf(self._document(report))
        content = signed_pdf(letter, certificate, passphrase, reason=reason)
        return self._hand_out(report, to, ExportForm.SIGNED_PDF, content)

    def _content(self, report: Report, form: ExportForm) -> bytes:
        if form is ExportForm.TEXT:
            return plain_text(report).encode()
        if form is ExportForm.JSON:
            study = self._sources.study_of(report.study_uid)
            return json_text(report, study, self._draft(report)).encode()
        if form in _SR_CLASSES:
            from engine.dicom.objects.structured_report import (  # noqa: PLC0415  slow to import
                structured_report,
            )

            return structured_report(self._object(report), _SR_CLASSES[form])
        pdf = render_pdf(self._document(report))
        if form is ExportForm.DICOM_PDF:
            return encapsulated_pdf(self._object(report), pdf)
        if form is ExportForm.FHIR:
            from engine.report.fhir import fhir_bundle  # noqa: PLC0415  slow to import

            study = self._sources.study_of(report.study_uid)
            return fhir_bundle(report, study, self._draft(report), text=plain_text(report), pdf=pdf)
        if form is ExportForm.PDF:
            return pdf
        raise ExportError("This form needs a certificate or is no file.")

    def _object(self, report: Report) -> ReportObject:
        return ReportObject(
            report=report,
            study=self._sources.study_of(report.study_uid),
            institution=self._settings().institution[:64],
            software=version("negatoscope"),
        )

    def _hand_out(self, report: Report, to: Path, form: ExportForm, content: bytes) -> Path:
        _write(to, content)
        self._log(report, form, content)
        return to

    def _log(self, report: Report, form: ExportForm, content: bytes) -> None:
        details = {
            "format": form.value,
            "sha256": hashlib.sha256(content).hexdigest(),
            "revision": report.revision,
            "status": report.status.value,
        }
        self._record(AuditAction.REPORT_EXPORTED, report.id, details)
        _LOG.info("report exported as %s, %d bytes", form.value, len(content))

    def clipboard_text(self, report: Report) -> str:
        """The report as plain text for the clipboard; logged like a file. Raises `ExportError`."""
        _require_sound(report)
        content = plain_text(report)
        self._log(report, ExportForm.CLIPBOARD, content.encode())
        return content

    def _document(self, report: Report) -> ReportDocument:
        study = self._sources.study_of(report.study_uid)
        draft = self._draft(report)
        keys = frozenset(self._sources.key_images_of(report.study_uid))
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
            is_demo=self._is_demo,
            unreadable_films=len(wanted) - len(films),
            critical=self._sources.critical_of(report.id),
            evidence=_evidence_of(report, draft, study, pixels),
        )

    def _draft(self, report: Report) -> Draft | None:
        return None if report.draft_id is None else self._sources.draft_of(report.draft_id)


class _Pixels:
    """Decodes each film once. A report must leave the house even if its films were moved away."""

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

    Without any those that the model read, and without a draft the first frontal and lateral.
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
    """Evidence of the draft's sentences that stand as they were tested, in the report's order."""
    if draft is None:
        return ()
    images = {image.sop_uid: image for image in study.images}
    found = []
    for sentence in report.kept():
        is_tested = bool(sentence.draft_text) and sentence.text == sentence.draft_text
        evidence = draft.evidence_of(sentence.draft_text) if is_tested else None
        if evidence is None:
            continue
        image = images.get(_most_looked_at(evidence)) if draft.draws_cells else None
        shown = pixels.of(image) if image is not None else None
        film = ReportFilm(image=image, pixels=shown) if image and shown is not None else None
        found.append(ReportEvidence(text=sentence.text, evidence=evidence, film=film))
    return tuple(found)


def _most_looked_at(evidence: Evidence) -> SopUid:
    """The film on which its cells weigh most; one of no study if there are no cells."""
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
