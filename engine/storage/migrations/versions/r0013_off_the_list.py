"""Studies that a reader took off the list."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the column; every stored study is on the list."""
    op.execute("ALTER TABLE studies ADD COLUMN is_off_list BOOLEAN NOT NULL DEFAULT 0")
