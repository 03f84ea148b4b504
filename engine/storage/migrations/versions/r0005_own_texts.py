"""Macros, imported templates and the own words of each user's spelling check."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table."""
    op.execute(
        """CREATE TABLE own_texts (
            owner VARCHAR NOT NULL,
            kind VARCHAR NOT NULL,
            name VARCHAR NOT NULL,
            content VARCHAR NOT NULL,
            PRIMARY KEY (owner, kind, name))"""
    )
