"""The tables, as the code sees them; the migrations say how they came to be.

Times are ISO 8601 text with their offset (UTC). What must never change (drafts, revisions, the
audit trail, signed reports) is guarded by triggers of the database itself, made in the migrations.
"""

from __future__ import annotations

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Registry of the tables."""


class SchemaInfoRow(Base):
    """The workspace itself; one row."""

    __tablename__ = "schema_info"

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[str]
    user_name: Mapped[str]
    is_demo: Mapped[bool]
    created: Mapped[str]
    minimum_app_version: Mapped[str]


class PatientRow(Base):
    """A person as headers name them; the same id with another name is another row."""

    __tablename__ = "patients"
    __table_args__ = (UniqueConstraint("patient_id", "name", "birth_date", "sex"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    birth_date: Mapped[str]
    sex: Mapped[str]


class StudyRow(Base):
    """A study of the index."""

    __tablename__ = "studies"

    uid: Mapped[str] = mapped_column(primary_key=True)
    patient: Mapped[int] = mapped_column(ForeignKey("patients.id"), index=True)
    study_date: Mapped[str]
    study_time: Mapped[str]
    accession: Mapped[str]
    description: Mapped[str]
    referring: Mapped[str]
    patient_age: Mapped[str]
    added: Mapped[str]


class SeriesRow(Base):
    """A series; its uid alone is not trusted to be unique over studies."""

    __tablename__ = "series"

    study_uid: Mapped[str] = mapped_column(ForeignKey("studies.uid"), primary_key=True)
    uid: Mapped[str] = mapped_column(primary_key=True)
    modality: Mapped[str]
    description: Mapped[str]
    number: Mapped[int]


class ImageRow(Base):
    """Where an image lies and what its header says; `facts` is JSON of `ImageRef`.

    The path is kept as the file system's bytes, which need not be text.
    """

    __tablename__ = "images"
    __table_args__ = (
        ForeignKeyConstraint(["study_uid", "series_uid"], ["series.study_uid", "series.uid"]),
    )

    study_uid: Mapped[str] = mapped_column(primary_key=True)
    series_uid: Mapped[str] = mapped_column(primary_key=True)
    sop_uid: Mapped[str] = mapped_column(primary_key=True)
    instance_number: Mapped[int]
    path: Mapped[bytes]
    facts: Mapped[str]


class DraftRow(Base):
    """What the model said; never changed."""

    __tablename__ = "drafts"

    id: Mapped[str] = mapped_column(primary_key=True)
    study_uid: Mapped[str] = mapped_column(ForeignKey("studies.uid"), index=True)
    created: Mapped[str]
    content: Mapped[str]
    sha256: Mapped[str]


class ReportRow(Base):
    """A report's present state; its words are in its revisions and its working copy.

    `status` says whether it is open ("draft") or signed ("final"), which the triggers go by;
    `stage` is the status of its life.
    """

    __tablename__ = "reports"

    id: Mapped[str] = mapped_column(primary_key=True)
    study_uid: Mapped[str] = mapped_column(ForeignKey("studies.uid"), index=True)
    author: Mapped[str]
    created: Mapped[str]
    updated: Mapped[str]
    status: Mapped[str]
    revision: Mapped[int]
    is_reviewed: Mapped[bool]
    stage: Mapped[str]


class UserRow(Base):
    """A user beside the one who made the workspace."""

    __tablename__ = "users"

    name: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    added: Mapped[str]


class CriticalRow(Base):
    """An entry of the log of critical findings; never changed."""

    __tablename__ = "critical_communications"

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[str] = mapped_column(ForeignKey("reports.id"), index=True)
    finding: Mapped[str]
    told: Mapped[str]
    told_at: Mapped[str]
    means: Mapped[str]
    urgency: Mapped[int]
    read_back: Mapped[bool]
    recorded_by: Mapped[str]
    recorded_at: Mapped[str]


class RevisionRow(Base):
    """A saved revision; never changed."""

    __tablename__ = "report_revisions"

    report_id: Mapped[str] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    saved: Mapped[str]
    author: Mapped[str]
    status: Mapped[str]
    report_sha256: Mapped[str]
    content: Mapped[str]
    sha256: Mapped[str]


class WorkingCopyRow(Base):
    """Typing that is not a revision yet; one row a report."""

    __tablename__ = "working_copies"

    report_id: Mapped[str] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    saved: Mapped[str]
    content: Mapped[str]
    sha256: Mapped[str]


class SentenceEditRow(Base):
    """An entry of a report's ledger of sentences; never changed. `sentence` is JSON."""

    __tablename__ = "sentence_edits"

    report_id: Mapped[str] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[str]
    actor: Mapped[str]
    kind: Mapped[str]
    position: Mapped[int]
    sentence: Mapped[str]
    previous: Mapped[str]
    digest: Mapped[str]


class AnnotationRow(Base):
    """A mark on a film; `content` is JSON of `Annotation`."""

    __tablename__ = "annotations"

    id: Mapped[str] = mapped_column(primary_key=True)
    study_uid: Mapped[str] = mapped_column(ForeignKey("studies.uid"), index=True)
    created: Mapped[str]
    content: Mapped[str]


class CalibrationRow(Base):
    """A film's spacing as a reader set it; the newest of a film holds, the others stay."""

    __tablename__ = "calibrations"

    id: Mapped[int] = mapped_column(primary_key=True)
    study_uid: Mapped[str] = mapped_column(ForeignKey("studies.uid"), index=True)
    sop_uid: Mapped[str]
    content: Mapped[str]


class KeyImageRow(Base):
    """A film that the reader marked."""

    __tablename__ = "key_images"

    study_uid: Mapped[str] = mapped_column(ForeignKey("studies.uid"), primary_key=True)
    sop_uid: Mapped[str] = mapped_column(primary_key=True)
    author: Mapped[str]
    created: Mapped[str]


class OwnTextRow(Base):
    """A macro, an imported template or a word of one user."""

    __tablename__ = "own_texts"

    owner: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[str]


class TurnRow(Base):
    """How a reader turned a film."""

    __tablename__ = "film_turns"

    study_uid: Mapped[str] = mapped_column(ForeignKey("studies.uid"), primary_key=True)
    sop_uid: Mapped[str] = mapped_column(primary_key=True)
    quarter_turns: Mapped[int]
    mirrored: Mapped[bool]


class PresentationRow(Base):
    """Where a presentation state lies; `facts` is JSON of `PresentationRef`.

    The path is kept as the file system's bytes, which need not be text.
    """

    __tablename__ = "presentation_states"

    study_uid: Mapped[str] = mapped_column(ForeignKey("studies.uid"), primary_key=True)
    sop_uid: Mapped[str] = mapped_column(primary_key=True)
    path: Mapped[bytes]
    facts: Mapped[str]


class DocumentRow(Base):
    """Where a report of another system lies; `facts` is JSON of `PriorDocument`.

    Found by its patient, since the films of its study may never have been here.
    """

    __tablename__ = "prior_documents"

    sop_uid: Mapped[str] = mapped_column(primary_key=True)
    patient_id: Mapped[str] = mapped_column(primary_key=True)
    birth_date: Mapped[str] = mapped_column(primary_key=True)
    study_uid: Mapped[str]
    path: Mapped[bytes]
    facts: Mapped[str]

    __table_args__ = (Index("prior_documents_patient", "patient_id", "birth_date"),)


class AuditRow(Base):
    """An entry of the audit trail; never changed."""

    __tablename__ = "audit_events"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[str]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    details: Mapped[str]
    previous: Mapped[str]
    digest: Mapped[str]


class AuditHeadRow(Base):
    """Length and last hash of the trail under a keyed hash, so that a cut tail shows; one row."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    digest: Mapped[str]
    mac: Mapped[str]
