"""How films are turned, and where presentation states are."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"

_TABLES = (
    """CREATE TABLE film_turns (
        study_uid VARCHAR NOT NULL REFERENCES studies (uid),
        sop_uid VARCHAR NOT NULL,
        quarter_turns INTEGER NOT NULL,
        mirrored BOOLEAN NOT NULL,
        PRIMARY KEY (study_uid, sop_uid))""",
    """CREATE TABLE presentation_states (
        study_uid VARCHAR NOT NULL REFERENCES studies (uid),
        sop_uid VARCHAR NOT NULL,
        path BLOB NOT NULL,
        facts VARCHAR NOT NULL,
        PRIMARY KEY (study_uid, sop_uid))""",
)


def upgrade() -> None:
    """Create the tables."""
    for statement in _TABLES:
        op.execute(statement)
