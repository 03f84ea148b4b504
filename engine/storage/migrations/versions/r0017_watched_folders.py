"""Adds tables for watched folders: which files were taken, and which studies still want a draft."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"

_STATEMENTS = (
    """CREATE TABLE inbox_files (
        path BLOB NOT NULL PRIMARY KEY,
        size INTEGER NOT NULL,
        changed_ns INTEGER NOT NULL)""",
    """CREATE TABLE incoming_studies (
        study_uid VARCHAR NOT NULL PRIMARY KEY REFERENCES studies (uid),
        since VARCHAR NOT NULL,
        times INTEGER NOT NULL,
        refusal VARCHAR NOT NULL)""",
)


def upgrade() -> None:
    """Create the tables; no folder was watched before."""
    for statement in _STATEMENTS:
        op.execute(statement)
