"""Adds tables for counted reviews, so that no report is read twice for a reader's figures."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"

_STATEMENTS = (
    """CREATE TABLE review_records (
        actor VARCHAR NOT NULL,
        report_id VARCHAR NOT NULL REFERENCES reports (id),
        record VARCHAR NOT NULL,
        PRIMARY KEY (actor, report_id))""",
    """CREATE TABLE review_marks (
        actor VARCHAR NOT NULL PRIMARY KEY,
        counted INTEGER NOT NULL)""",
)


def upgrade() -> None:
    """Create the tables; they are filled when a reader asks for figures."""
    for statement in _STATEMENTS:
        op.execute(statement)
