"""The first database: index, drafts, reports, audit trail, search, and triggers on them."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

_TABLES = (
    """CREATE TABLE schema_info (
        id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
        workspace_id VARCHAR NOT NULL,
        user_name VARCHAR NOT NULL,
        is_demo BOOLEAN NOT NULL,
        created VARCHAR NOT NULL,
        minimum_app_version VARCHAR NOT NULL)""",
    """CREATE TABLE patients (
        id INTEGER NOT NULL PRIMARY KEY,
        patient_id VARCHAR NOT NULL,
        name VARCHAR NOT NULL,
        birth_date VARCHAR NOT NULL,
        sex VARCHAR NOT NULL,
        UNIQUE (patient_id, name, birth_date, sex))""",
    "CREATE INDEX ix_patients_patient_id ON patients (patient_id)",
    """CREATE TABLE studies (
        uid VARCHAR NOT NULL PRIMARY KEY,
        patient INTEGER NOT NULL REFERENCES patients (id),
        study_date VARCHAR NOT NULL,
        study_time VARCHAR NOT NULL,
        accession VARCHAR NOT NULL,
        description VARCHAR NOT NULL,
        referring VARCHAR NOT NULL,
        patient_age VARCHAR NOT NULL,
        added VARCHAR NOT NULL)""",
    "CREATE INDEX ix_studies_patient ON studies (patient)",
    """CREATE TABLE series (
        study_uid VARCHAR NOT NULL REFERENCES studies (uid),
        uid VARCHAR NOT NULL,
        modality VARCHAR NOT NULL,
        description VARCHAR NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (study_uid, uid))""",
    """CREATE TABLE images (
        study_uid VARCHAR NOT NULL,
        series_uid VARCHAR NOT NULL,
        sop_uid VARCHAR NOT NULL,
        instance_number INTEGER NOT NULL,
        path BLOB NOT NULL,
        facts VARCHAR NOT NULL,
        PRIMARY KEY (study_uid, series_uid, sop_uid),
        FOREIGN KEY (study_uid, series_uid) REFERENCES series (study_uid, uid))""",
    """CREATE TABLE drafts (
        id VARCHAR NOT NULL PRIMARY KEY,
        study_uid VARCHAR NOT NULL REFERENCES studies (uid),
        created VARCHAR NOT NULL,
        content VARCHAR NOT NULL,
        sha256 VARCHAR NOT NULL)""",
    "CREATE INDEX ix_drafts_study_uid ON drafts (study_uid)",
    """CREATE TABLE reports (
        id VARCHAR NOT NULL PRIMARY KEY,
        study_uid VARCHAR NOT NULL REFERENCES studies (uid),
        author VARCHAR NOT NULL,
        created VARCHAR NOT NULL,
        updated VARCHAR NOT NULL,
        status VARCHAR NOT NULL CHECK (status IN ('draft', 'final')),
        revision INTEGER NOT NULL,
        is_reviewed BOOLEAN NOT NULL)""",
    "CREATE INDEX ix_reports_study_uid ON reports (study_uid)",
    """CREATE TABLE report_revisions (
        report_id VARCHAR NOT NULL REFERENCES reports (id),
        revision INTEGER NOT NULL,
        saved VARCHAR NOT NULL,
        author VARCHAR NOT NULL,
        status VARCHAR NOT NULL,
        report_sha256 VARCHAR NOT NULL,
        content VARCHAR NOT NULL,
        sha256 VARCHAR NOT NULL,
        PRIMARY KEY (report_id, revision))""",
    """CREATE TABLE working_copies (
        report_id VARCHAR NOT NULL PRIMARY KEY REFERENCES reports (id),
        saved VARCHAR NOT NULL,
        content VARCHAR NOT NULL,
        sha256 VARCHAR NOT NULL)""",
    """CREATE TABLE audit_events (
        sequence INTEGER NOT NULL PRIMARY KEY,
        at VARCHAR NOT NULL,
        actor VARCHAR NOT NULL,
        action VARCHAR NOT NULL,
        subject VARCHAR NOT NULL,
        details VARCHAR NOT NULL,
        previous VARCHAR NOT NULL,
        digest VARCHAR NOT NULL)""",
    """CREATE TABLE audit_head (
        id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
        sequence INTEGER NOT NULL,
        digest VARCHAR NOT NULL,
        mac VARCHAR NOT NULL)""",
    """CREATE VIRTUAL TABLE study_search USING fts5(
        study_uid UNINDEXED, patient, details, report,
        tokenize = 'unicode61 remove_diacritics 2')""",
)

_GUARDED = ("drafts", "report_revisions", "audit_events")

_EXISTS = {
    "drafts": "SELECT 1 FROM drafts WHERE id = NEW.id",
    "report_revisions": "SELECT 1 FROM report_revisions "
    "WHERE report_id = NEW.report_id AND revision = NEW.revision",
    "audit_events": "SELECT 1 FROM audit_events WHERE sequence = NEW.sequence",
    "reports": "SELECT 1 FROM reports WHERE id = NEW.id",
}

_SIGNED = "EXISTS (SELECT 1 FROM reports WHERE id = NEW.report_id AND status = 'final')"


def _guard(name: str, when: str, message: str) -> str:
    return f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{message}'); END"


def _guards() -> list[str]:
    """Triggers that protect what must not change, against REPLACE and UPSERT too."""
    statements = [
        _guard(f"{table}_no_{verb.lower()}", f"BEFORE {verb} ON {table}", "immutable")
        for table in _GUARDED
        for verb in ("UPDATE", "DELETE")
    ]
    for table, exists in _EXISTS.items():
        # INSERT OR REPLACE deletes without firing BEFORE DELETE unless recursive_triggers is on.
        when = f"BEFORE INSERT ON {table} WHEN EXISTS ({exists})"
        statements.append(_guard(f"{table}_no_replace", when, "immutable"))
    statements += [
        _guard("reports_no_delete", "BEFORE DELETE ON reports", "immutable"),
        _guard(
            "reports_signed", "BEFORE UPDATE ON reports WHEN OLD.status = 'final'", "signed report"
        ),
        _guard(
            "reports_same",
            "BEFORE UPDATE ON reports WHEN NEW.id <> OLD.id OR NEW.study_uid <> OLD.study_uid",
            "immutable",
        ),
        _guard(
            "revisions_signed",
            f"BEFORE INSERT ON report_revisions WHEN {_SIGNED}",
            "signed report",
        ),
        _guard(
            "revisions_gapless",
            "BEFORE INSERT ON report_revisions WHEN NEW.revision <> 1 + coalesce((SELECT "
            "max(revision) FROM report_revisions WHERE report_id = NEW.report_id), 0)",
            "revision out of order",
        ),
        _guard(
            "audit_gapless",
            "BEFORE INSERT ON audit_events WHEN NEW.sequence <> 1 + coalesce((SELECT "
            "max(sequence) FROM audit_events), 0)",
            "audit entry out of order",
        ),
        _guard("audit_head_no_delete", "BEFORE DELETE ON audit_head", "immutable"),
        _guard("schema_info_no_delete", "BEFORE DELETE ON schema_info", "immutable"),
    ]
    statements += [
        _guard(
            f"working_copies_signed_{verb.lower()}",
            f"BEFORE {verb} ON working_copies WHEN {_SIGNED}",
            "signed report",
        )
        for verb in ("INSERT", "UPDATE")
    ]
    return statements


def upgrade() -> None:
    """Create all tables and triggers."""
    for statement in (*_TABLES, *_guards()):
        op.execute(statement)
