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
from engine.dicom.objects.reference import ReportObject
from engine.domain.audit import AuditAction
from engine.domain.critical import CriticalCommunication
from engine.domain.image import PixelImage
from engine.domain.lifecycle import is_sound
from engine.domain.report import Draft, DraftId, Report, ReportId
from engine.domain.study import ImageRef, Study, StudyUid
from engine.errors import ExportError, InputError, WorkerError
from engine.files import write_atomically
from engine.report.letter import ReportDocument, ReportFilm
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
    FHIR = "fhir"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSources:
    """Where the parts of a document come from.

    Attributes:
        study_of: The study of a report; raises `NotFoundError`.
        draft_of: The draft that a report came from; raises `NotFoundError`.
        pixels_of: Decodes a film; raises `InputError` or `WorkerError`.
        critical_of: Who was told of critical findings of a report.
    """

    study_of: Callable[[StudyUid], Study]
    draft_of: Callable[[DraftId], Draft]
    pixels_of: Callable[[ImageRef], PixelImage]
    critical_of: Callable[[ReportId], tuple[CriticalCommunication, ...]]


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
        if form is ExportForm.STRUCTURED_REPORT:
            from engine.dicom.objects.structured_report import (  # noqa: PLC0415  slow to import
                structured_report,
            )

            return structured_report(self._object(report))
        pdf = render_pdf(self._document(report))
        if form is ExportForm.DICOM_PDF:
            return encapsulated_pdf(self._object(report), pdf)
        if form is ExportForm.FHIR:
            from engine.report.fhir import fhir_bundle  # noqa: PLC0415  slow to import

            study = self._sources.study_of(report.study_uid)
            return fhir_bundle(report, study, self._draft(report), text=plain_text(report), pdf=pdf)
        if form is ExportForm.PDF:
            return pdf
        raise ExportError("This form needs a certificate.")

    def _object(self, report: Report) -> ReportObject:
        return ReportObject(
            report=report,
            study=self._sources.study_of(report.study_uid),
            institution=self._settings().institution[:64],
            software=version("negatoscope"),
        )

    def _hand_out(self, report: Report, to: Path, form: ExportForm, content: bytes) -> Path:
        _write(to, content)
        details = {
            "format": form.value,
            "sha256": hashlib.sha256(content).hexdigest(),
            "revision": report.revision,
            "status": report.status.value,
        }
        self._record(AuditAction.REPORT_EXPORTED, report.id, details)
        _LOG.info("report exported as %s, %d bytes", form.value, len(content))
        return to

    def text(self, report: Report) -> str:
        """The report as plain text, for the clipboard."""
        return plain_text(report)

    def _document(self, report: Report) -> ReportDocument:
        study = self._sources.study_of(report.study_uid)
        draft = self._draft(report)
        wanted = _films_of(study, draft)
        films = self._readable(wanted)
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
        )

    def _draft(self, report: Report) -> Draft | None:
        return None if report.draft_id is None else self._sources.draft_of(report.draft_id)

    def _readable(self, images: tuple[ImageRef, ...]) -> tuple[ReportFilm, ...]:
        """A report must leave the house even if its films have been moved away."""
        films = []
        for image in images:
            try:
                films.append(ReportFilm(image=image, pixels=self._sources.pixels_of(image)))
            except (InputError, WorkerError):
                _LOG.warning("a film cannot be read for the export", exc_info=True)
        return tuple(films)


def _films_of(study: Study, draft: Draft | None) -> tuple[ImageRef, ...]:
    """The films that the model read; without a draft the first frontal and the first lateral."""
    if draft is None:
        return tuple(image for image in (study.frontal, study.lateral) if image is not None)
    by_uid = {image.sop_uid: image for image in study.images}
    return tuple(by_uid[uid] for uid in draft.images if uid in by_uid)[:_MOST_FILMS]


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
