"""What the audit trail says of one thing is found without reading all of it."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the index."""
    op.execute("CREATE INDEX audit_events_subject ON audit_events (subject, action)")
