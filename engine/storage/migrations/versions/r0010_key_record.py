"""What the key file was when last written, and users who were removed."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create the table, whose row is made at the first opening, and the column."""
    op.execute(
        """CREATE TABLE key_record (
            id INTEGER NOT NULL PRIMARY KEY,
            mac VARCHAR NOT NULL,
            pending VARCHAR NOT NULL,
            users VARCHAR NOT NULL)"""
    )
    op.execute("ALTER TABLE users ADD COLUMN removed VARCHAR NOT NULL DEFAULT ''")
