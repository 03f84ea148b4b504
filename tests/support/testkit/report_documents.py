"""Reports, drafts and studies for tests of documents, all at one fixed moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import numpy as np

from engine.domain.image import PixelImage
from engine.domain.report import (
    Draft,
    DraftId,
    DraftSeconds,
    DraftSentence,
    Report,
    ReportId,
    Section,
)
from engine.domain.signature import Signature
from engine.domain.study import ImageRef, Patient, SeriesUid, SopUid, Study, StudyUid, View
from engine.domain.study import Series as StudySeries

NOW = datetime(2026, 3, 18, 10, 44, 5, tzinfo=UTC)
STUDY_UID = StudyUid("2.25.27184623786482")
FILM_UID = SopUid("2.25.27184623786483")
MODEL_SENTENCES = (
    "The heart is normal in size.",
    "There is a small pleural effusion on the left.",
    "There is no pneumothorax.",
)


def image_ref(uid: SopUid = FILM_UID, *, view: View = View.FRONTAL) -> ImageRef:
    return ImageRef(
        path=Path("film.dcm"),
        sop_uid=uid,
        sop_class="1.2.840.10008.5.1.4.1.1.1.1",
        series_uid=SeriesUid("2.25.1"),
        study_uid=STUDY_UID,
        view=view,
        view_position="PA" if view is View.FRONTAL else "LL",
        rows=240,
        columns=200,
    )


def pixel_image(*, rows: int = 240, columns: int = 200, monochrome1: bool = False) -> PixelImage:
    """A ramp over all 12 bits; its left edge is black, or white in MONOCHROME1."""
    ramp = np.linspace(0, 4095, columns).astype(np.uint16)
    samples = np.ascontiguousarray(np.tile(ramp, (rows, 1)))
    samples.flags.writeable = False
    return PixelImage(
        samples=samples,
        slope=1.0,
        intercept=0.0,
        bits_stored=12,
        monochrome1=monochrome1,
        inverse=monochrome1,
        padding=None,
        windows=(),
        voi_luts=(),
        spacing=None,
        samples_sha256="",
    )


def study_of(name: str = "Núñez-Åberg, Matías", *, images: tuple[ImageRef, ...] = ()) -> Study:
    patient = Patient(patient_id="DEMO-0001", name=name, birth_date=date(1961, 4, 9), sex="M")
    series = StudySeries(
        uid=SeriesUid("2.25.1"),
        modality="DX",
        description="Chest PA",
        number=1,
        images=images or (image_ref(),),
    )
    return Study(
        uid=STUDY_UID,
        patient=patient,
        study_date=date(2026, 3, 18),
        study_time=time(10, 15),
        accession="DEMO-A-1003",
        description="Chest PA, follow-up",
        referring="Demo, Referrer",
        patient_age="064Y",
        series=(series,),
    )


def draft_of(*, images: tuple[SopUid, ...] = (FILM_UID,)) -> Draft:
    return Draft(
        id=DraftId("8a3a0d2e-1111-4222-8333-444455556666"),
        study_uid=STUDY_UID,
        created=NOW,
        bundle_id="cmcrl-test",
        bundle_version="0.0",
        bundle_sha256="ab" * 32,
        provider="CPUExecutionProvider",
        images=images,
        input_sha256="cd" * 32,
        seconds=DraftSeconds(decode=0.1, encode=0.2, words=0.3, total=0.6),
        sentences=tuple(
            DraftSentence(text=text, raw=text.lower(), log_prob=-1.0, tokens=7)
            for text in MODEL_SENTENCES
        ),
        warnings=("No lateral film.",),
    )


def report_of(*sentences: str, section: Section = Section.FINDINGS) -> Report:
    """A report of the author's own sentences, unsigned."""
    report = Report(
        id=ReportId("0f0e0d0c-aaaa-4bbb-8ccc-dddddddddddd"),
        study_uid=STUDY_UID,
        author="Dr Ada Byron",
        created=NOW,
        updated=NOW,
    )
    for sentence in sentences:
        report = report.with_sentence(section, sentence, NOW)
    return report


def drafted_report() -> Report:
    """Three drafted sentences (accepted, edited, unreviewed) and one added."""
    report = report_of().with_draft(draft_of(), NOW)
    first, second, _ = (sentence.id for sentence in report.sentences)
    report = report.with_accepted(first, NOW)
    report = report.with_text(second, "A small fluffy effusion on the left.", NOW)
    return report.with_sentence(Section.IMPRESSION, "Small effusion.", NOW)


def signed(report: Report) -> Report:
    """Accept what is unreviewed, then sign."""
    for sentence in report.unreviewed:
        report = report.with_accepted(sentence.id, NOW)
    report = replace(report, revision=1)
    return report.signed(
        Signature(
            signer=report.author,
            meaning="I am the author of this report.",
            signed_at=NOW,
            report_sha256=report.sha256,
        )
    )
