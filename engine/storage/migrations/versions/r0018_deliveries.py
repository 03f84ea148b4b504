"""Deliveries to the outbox: none is deleted, and a settled one never changes."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"

_STATEMENTS = (
    """CREATE TABLE deliveries (
        id INTEGER NOT NULL PRIMARY KEY,
        report_id VARCHAR NOT NULL,
        revision INTEGER NOT NULL,
        form VARCHAR NOT NULL,
        file_name VARCHAR NOT NULL,
        made VARCHAR NOT NULL,
        state VARCHAR NOT NULL,
        staged_in VARCHAR NOT NULL,
        sha256 VARCHAR NOT NULL,
        tries INTEGER NOT NULL,
        next_try VARCHAR NOT NULL,
        reason VARCHAR NOT NULL,
        settled VARCHAR NOT NULL,
        UNIQUE (report_id, revision, form),
        FOREIGN KEY (report_id, revision)
            REFERENCES report_revisions (report_id, revision))""",
    "CREATE INDEX deliveries_open ON deliveries (id) WHERE state IN ('waiting', 'staged')",
    """CREATE TRIGGER deliveries_stay BEFORE DELETE ON deliveries
        BEGIN SELECT RAISE(ABORT, 'a delivery stays'); END""",
    """CREATE TRIGGER deliveries_settled BEFORE UPDATE ON deliveries
        WHEN OLD.state NOT IN ('waiting', 'staged')
        BEGIN SELECT RAISE(ABORT, 'a settled delivery never changes'); END""",
    """CREATE TRIGGER deliveries_same BEFORE UPDATE ON deliveries
        WHEN NEW.id IS NOT OLD.id OR NEW.report_id IS NOT OLD.report_id
            OR NEW.revision IS NOT OLD.revision OR NEW.form IS NOT OLD.form
            OR NEW.file_name IS NOT OLD.file_name OR NEW.made IS NOT OLD.made
        BEGIN SELECT RAISE(ABORT, 'a delivery stays what it is'); END""",
)


def upgrade() -> None:
    """Create the table; what was signed before is not delivered."""
    for statement in _STATEMENTS:
        op.execute(statement)
