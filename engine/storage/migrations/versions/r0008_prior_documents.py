"""Where the reports of other systems are."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"

_STATEMENTS = (
    """CREATE TABLE prior_documents (
        sop_uid VARCHAR NOT NULL,
        patient_id VARCHAR NOT NULL,
        birth_date VARCHAR NOT NULL,
        study_uid VARCHAR NOT NULL,
        path BLOB NOT NULL,
        facts VARCHAR NOT NULL,
        PRIMARY KEY (sop_uid, patient_id, birth_date))""",
    """CREATE INDEX prior_documents_patient ON prior_documents (patient_id, birth_date)""",
)


def upgrade() -> None:
    """Create the table."""
    for statement in _STATEMENTS:
        op.execute(statement)
