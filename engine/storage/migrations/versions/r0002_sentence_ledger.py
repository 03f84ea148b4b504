"""The sentence ledger: every change of every sentence, chained, never changed."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

_TABLE = """CREATE TABLE sentence_edits (
    report_id VARCHAR NOT NULL REFERENCES reports (id),
    sequence INTEGER NOT NULL,
    at VARCHAR NOT NULL,
    actor VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    sentence VARCHAR NOT NULL,
    previous VARCHAR NOT NULL,
    digest VARCHAR NOT NULL,
    PRIMARY KEY (report_id, sequence))"""

_GUARDS = (
    ("no_update", "BEFORE UPDATE ON sentence_edits", "immutable"),
    ("no_delete", "BEFORE DELETE ON sentence_edits", "immutable"),
    (
        "no_replace",
        (
            "BEFORE INSERT ON sentence_edits WHEN EXISTS (SELECT 1 FROM sentence_edits "
            "WHERE report_id = NEW.report_id AND sequence = NEW.sequence)"
        ),
        "immutable",
    ),
    (
        "gapless",
        (
            "BEFORE INSERT ON sentence_edits WHEN NEW.sequence <> 1 + coalesce((SELECT "
            "max(sequence) FROM sentence_edits WHERE report_id = NEW.report_id), 0)"
        ),
        "entry out of order",
    ),
    (
        "signed",
        (
            "BEFORE INSERT ON sentence_edits WHEN EXISTS (SELECT 1 FROM reports "
            "WHERE id = NEW.report_id AND status = 'final')"
        ),
        "signed report",
    ),
)


def upgrade() -> None:
    """Create the table and the triggers that protect it."""
    op.execute(_TABLE)
    for name, when, message in _GUARDS:
        op.execute(
            f"CREATE TRIGGER sentence_edits_{name} {when} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
