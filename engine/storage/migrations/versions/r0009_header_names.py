"""Names as in the header, and the study ID, so that they are exported as they came in."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the columns; older studies have them empty until they are scanned again."""
    for column in ("header_name", "header_referring", "study_id"):
        op.execute(f"ALTER TABLE studies ADD COLUMN {column} VARCHAR NOT NULL DEFAULT ''")
