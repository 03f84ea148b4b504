"""The tables as the code sees them; the migrations made them.

Times are ISO 8601 text with their offset (UTC). What must never change (drafts, revisions, the
audit trail, signed reports) is protected by triggers, made in the migrations.
"""

from __future__ import annotations

from sqlalchemy import REAL, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Registry of the tables."""


class SchemaInfoRow(Base):
    """The workspace itself; one row.

    `minimum_app_version` is the earliest version that can read it: a migration after which earlier
    versions would read wrongly, or not at all, raises it.
    """

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
    """A study of the index; `search_row` is the number of its row in the search table."""

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
    header_name: Mapped[str]
    header_referring: Mapped[str]
    study_id: Mapped[str]
    search_row: Mapped[int] = mapped_column(server_default="0", index=True)
    is_off_list: Mapped[bool]

    __table_args__ = (Index("studies_newest", "study_date", "study_time", "added", "uid"),)


class SeriesRow(Base):
    """A series; its uid is not trusted to be unique across studies."""

    __tablename__ = "series"

    study_uid: Mapped[str] = mapped_column(ForeignKey("studies.uid"), primary_key=True)
    uid: Mapped[str] = mapped_column(primary_key=True)
    modality: Mapped[str]
    description: Mapped[str]
    number: Mapped[int]


class ImageRow(Base):
    """Path and header facts of an image; `facts` is JSON of `ImageRef`.

    The path is stored as the file system's bytes, which need not be text.
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
    """What the model wrote; never changed."""

    __tablename__ = "drafts"

    id: Mapped[str] = mapped_column(primary_key=True)
    study_uid: Mapped[str] = mapped_column(ForeignKey("studies.uid"), index=True)
    created: Mapped[str]
    content: Mapped[str]
    sha256: Mapped[str]


class ReportRow(Base):
    """A report's present state; its text is in its revisions and its working copy.

    `status` is "draft" (open) or "final" (signed), which the triggers check; `stage` is the
    report's full status.
    """

    __tablename__ = "reports"

    id: Mapped[str] = mapped_column(primary_key=True)
    study_uid: Mapped[str] = mapped_column(ForeignKey("studies.uid"), index=True)
    author: Mapped[str] = mapped_column(index=True)
    created: Mapped[str]
    updated: Mapped[str]
    status: Mapped[str]
    revision: Mapped[int]
    is_reviewed: Mapped[bool]
    stage: Mapped[str]


class ListingRow(Base):
    """What the list of past reports shows of a report's stored state (see `listing`)."""

    __tablename__ = "report_listing"

    report_id: Mapped[str] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    updated: Mapped[str]
    edit_share: Mapped[float | None] = mapped_column(REAL)
    excerpt: Mapped[str]

    __table_args__ = (Index("report_listing_updated", "updated", "report_id", "edit_share"),)


class FindingRow(Base):
    """A category that a report mentions; an empty `polarity` stands for any."""

    __tablename__ = "report_findings"

    report_id: Mapped[str] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    polarity: Mapped[str] = mapped_column(primary_key=True)
    updated: Mapped[str]

    __table_args__ = (
        Index("report_findings_category", "category", "polarity", "updated", "report_id"),
    )


class UserRow(Base):
    """A user besides the owner; `removed` is the time of removal, empty for a present user."""

    __tablename__ = "users"

    name: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    added: Mapped[str]
    removed: Mapped[str]


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
    author: Mapped[str] = mapped_column(index=True)
    status: Mapped[str]
    report_sha256: Mapped[str]
    content: Mapped[str]
    sha256: Mapped[str]


class WorkingCopyRow(Base):
    """Typing that was not saved as a revision; one row per report."""

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


class ReviewRow(Base):
    """A reader's decisions about the draft of a report; `record` is JSON of `ReviewRecord`."""

    __tablename__ = "review_records"

    actor: Mapped[str] = mapped_column(primary_key=True)
    report_id: Mapped[str] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    record: Mapped[str]


class ReviewMarkRow(Base):
    """The last row of `sentence_edits` that is counted for a reader."""

    __tablename__ = "review_marks"

    actor: Mapped[str] = mapped_column(primary_key=True)
    counted: Mapped[int]


class AnnotationRow(Base):
    """An annotation on a film; `content` is JSON of `Annotation`."""

    __tablename__ = "annotations"

    id: Mapped[str] = mapped_column(primary_key=True)
    study_uid: Mapped[str] = mapped_column(ForeignKey("studies.uid"), index=True)
    created: Mapped[str]
    content: Mapped[str]


class CalibrationRow(Base):
    """A film's spacing as a reader set it; the newest is in force, the others stay."""

    __tablename__ = "calibrations"

    id: Mapped[int] = mapped_column(primary_key=True)
    study_uid: Mapped[str] = mapped_column(ForeignKey("studies.uid"), index=True)
    sop_uid: Mapped[str]
    content: Mapped[str]


class KeyImageRow(Base):
    """A film flagged as a key image."""

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
    """Path of a presentation state; `facts` is JSON of `PresentationRef`.

    The path is stored as the file system's bytes, which need not be text.
    """

    __tablename__ = "presentation_states"

    study_uid: Mapped[str] = mapped_column(ForeignKey("studies.uid"), primary_key=True)
    sop_uid: Mapped[str] = mapped_column(primary_key=True)
    path: Mapped[bytes]
    facts: Mapped[str]


class InboxFileRow(Base):
    """A file of a watched folder that was taken or is no film, and its state at that time.

    The path is stored as the file system's bytes, which need not be text.
    """

    __tablename__ = "inbox_files"

    path: Mapped[bytes] = mapped_column(primary_key=True)
    size: Mapped[int]
    changed_ns: Mapped[int]


class IncomingStudyRow(Base):
    """A study that came by a watched folder and has no draft; `refusal` says why, once tried.

    `times` counts how often films of it came: a draft that was begun before the last of them is not
    the one that is wanted.
    """

    __tablename__ = "incoming_studies"

    study_uid: Mapped[str] = mapped_column(ForeignKey("studies.uid"), primary_key=True)
    since: Mapped[str]
    times: Mapped[int]
    refusal: Mapped[str]


class DocumentRow(Base):
    """Path of another system's report; `facts` is JSON of `PriorDocument`.

    Keyed by its patient, since the films of its study may never have been here.
    """

    __tablename__ = "prior_documents"

    sop_uid: Mapped[str] = mapped_column(primary_key=True)
    patient_id: Mapped[str] = mapped_column(primary_key=True)
    birth_date: Mapped[str] = mapped_column(primary_key=True)
    study_uid: Mapped[str]
    path: Mapped[bytes]
    facts: Mapped[str]

    __table_args__ = (Index("prior_documents_patient", "patient_id", "birth_date"),)


class OrderRow(Base):
    """An order of another system; `content` is JSON of `Order`.

    `answers` is JSON of what readers said about studies that it may belong to, by uid.
    """

    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    placer: Mapped[str] = mapped_column(index=True)
    filler: Mapped[str] = mapped_column(index=True)
    accession: Mapped[str] = mapped_column(index=True)
    study_uid: Mapped[str] = mapped_column(index=True)
    day: Mapped[str] = mapped_column(index=True)
    content: Mapped[str]
    answers: Mapped[str]
    updated: Mapped[str]


class OrderFileRow(Base):
    """A file that was read for orders: its size in bytes, its time in ns, and what was wrong."""

    __tablename__ = "order_files"

    path: Mapped[bytes] = mapped_column(primary_key=True)
    size: Mapped[int]
    modified: Mapped[int]
    digest: Mapped[str]
    problem: Mapped[str]
    read: Mapped[str]


class DeliveryRow(Base):
    """A delivery to the outbox (see `Delivery`); a settled one never changes."""

    __tablename__ = "deliveries"

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[str]
    revision: Mapped[int]
    form: Mapped[str]
    file_name: Mapped[str]
    made: Mapped[str]
    state: Mapped[str]
    staged_in: Mapped[str]
    sha256: Mapped[str]
    tries: Mapped[int]
    next_try: Mapped[str]
    reason: Mapped[str]
    settled: Mapped[str]

    __table_args__ = (
        UniqueConstraint("report_id", "revision", "form"),
        ForeignKeyConstraint(
            ["report_id", "revision"], ["report_revisions.report_id", "report_revisions.revision"]
        ),
        Index("deliveries_open", "id", sqlite_where=text("state IN ('waiting', 'staged')")),
    )


class AnswerRow(Base):
    """What a receiver answered to a delivery; never changed."""

    __tablename__ = "delivery_answers"

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id"), index=True)
    is_accepted: Mapped[bool]
    words: Mapped[str]
    read: Mapped[str]

    __table_args__ = (
        Index("delivery_answers_refused", "delivery_id", sqlite_where=text("NOT is_accepted")),
    )


class AnswerFileRow(Base):
    """A file that was read for answers: its size in bytes and its time in ns."""

    __tablename__ = "answer_files"

    path: Mapped[bytes] = mapped_column(primary_key=True)
    size: Mapped[int]
    modified: Mapped[int]


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

    __table_args__ = (Index("audit_events_subject", "subject", "action"),)


class AuditHeadRow(Base):
    """Length and last hash of the trail with a keyed hash, which reveals a cut tail; one row."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    digest: Mapped[str]
    mac: Mapped[str]


class KeyRecordRow(Base):
    """The key file written last and the one about to be written; one row. `users` is JSON."""

    __tablename__ = "key_record"

    id: Mapped[int] = mapped_column(primary_key=True)
    mac: Mapped[str]
    pending: Mapped[str]
    users: Mapped[str]
