"""Preliminary, addended and withdrawn reports, users besides the owner, critical findings."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"

_STAGES = "('draft', 'preliminary', 'final', 'addended', 'withdrawn')"

_TABLES = (
    """CREATE TABLE users (
        name VARCHAR NOT NULL PRIMARY KEY,
        role VARCHAR NOT NULL,
        added VARCHAR NOT NULL)""",
    """CREATE TABLE critical_communications (
        id INTEGER NOT NULL PRIMARY KEY,
        report_id VARCHAR NOT NULL REFERENCES reports (id),
        finding VARCHAR NOT NULL,
        told VARCHAR NOT NULL,
        told_at VARCHAR NOT NULL,
        means VARCHAR NOT NULL,
        urgency INTEGER NOT NULL,
        read_back BOOLEAN NOT NULL,
        recorded_by VARCHAR NOT NULL,
        recorded_at VARCHAR NOT NULL)""",
    "CREATE INDEX ix_critical_communications_report_id ON critical_communications (report_id)",
)

# What may follow a signed report: the very same text, with an addition beside it.
_LAST = (
    "(SELECT content FROM report_revisions WHERE report_id = NEW.report_id "
    "ORDER BY revision DESC LIMIT 1)"
)
# ruff: noqa: S608 - made of this file's own constants
_ADDS_ONLY = (
    "NEW.status IN ('addended', 'withdrawn') "
    f"AND json_extract({_LAST}, '$.status') IN ('final', 'addended') "
    f"AND json_extract(NEW.content, '$.sentences') IS json_extract({_LAST}, '$.sentences') "
    f"AND json_extract(NEW.content, '$.signature') IS json_extract({_LAST}, '$.signature') "
    f"AND NOT EXISTS (SELECT 1 FROM json_each({_LAST}, '$.addenda') AS was "
    "WHERE json_extract(NEW.content, '$.addenda[' || was.key || ']') IS NOT was.value)"
)
_SIGNED = "EXISTS (SELECT 1 FROM reports WHERE id = NEW.report_id AND status = 'final')"
_NEXT_STAGE = (
    "NEW.status = 'final' AND OLD.stage IN ('final', 'addended') "
    "AND NEW.stage IN ('addended', 'withdrawn') AND NEW.author = OLD.author "
    "AND NEW.created = OLD.created AND NEW.revision = OLD.revision + 1 "
    "AND EXISTS (SELECT 1 FROM report_revisions AS r WHERE r.report_id = OLD.id "
    "AND r.revision = NEW.revision AND r.status = NEW.stage)"
)
_FITS = (
    "(NEW.status = 'draft' AND NEW.stage IN ('draft', 'preliminary')) "
    "OR (NEW.status = 'final' AND NEW.stage IN ('final', 'addended', 'withdrawn'))"
)

_GUARDS = (
    (
        "revisions_signed",
        f"BEFORE INSERT ON report_revisions WHEN {_SIGNED} AND NOT ({_ADDS_ONLY})",
        "signed report",
    ),
    (
        "reports_signed",
        f"BEFORE UPDATE ON reports WHEN OLD.status = 'final' AND NOT ({_NEXT_STAGE})",
        "signed report",
    ),
    ("reports_stage", f"BEFORE UPDATE ON reports WHEN NOT ({_FITS})", "stage does not fit"),
    ("reports_stage_new", f"BEFORE INSERT ON reports WHEN NOT ({_FITS})", "stage does not fit"),
    ("critical_no_update", "BEFORE UPDATE ON critical_communications", "immutable"),
    ("critical_no_delete", "BEFORE DELETE ON critical_communications", "immutable"),
    (
        "critical_no_replace",
        (
            "BEFORE INSERT ON critical_communications WHEN EXISTS (SELECT 1 FROM "
            "critical_communications WHERE id = NEW.id)"
        ),
        "immutable",
    ),
    ("users_no_delete", "BEFORE DELETE ON users", "immutable"),
)


def upgrade() -> None:
    """Add the stage and the tables, and let signed reports take additions only."""
    for name in ("revisions_signed", "reports_signed"):
        op.execute(f"DROP TRIGGER {name}")
    op.execute(
        "ALTER TABLE reports ADD COLUMN stage VARCHAR NOT NULL DEFAULT 'draft' "
        f"CHECK (stage IN {_STAGES})"
    )
    op.execute("UPDATE reports SET stage = status")
    for statement in _TABLES:
        op.execute(statement)
    for name, when, message in _GUARDS:
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{message}'); END")
