"""What readers put on films: annotations, calibrations, key images."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

_TABLES = (
    """CREATE TABLE annotations (
        id VARCHAR NOT NULL PRIMARY KEY,
        study_uid VARCHAR NOT NULL REFERENCES studies (uid),
        created VARCHAR NOT NULL,
        content VARCHAR NOT NULL)""",
    "CREATE INDEX ix_annotations_study_uid ON annotations (study_uid)",
    """CREATE TABLE calibrations (
        id INTEGER NOT NULL PRIMARY KEY,
        study_uid VARCHAR NOT NULL REFERENCES studies (uid),
        sop_uid VARCHAR NOT NULL,
        content VARCHAR NOT NULL)""",
    "CREATE INDEX ix_calibrations_study_uid ON calibrations (study_uid)",
    """CREATE TABLE key_images (
        study_uid VARCHAR NOT NULL REFERENCES studies (uid),
        sop_uid VARCHAR NOT NULL,
        author VARCHAR NOT NULL,
        created VARCHAR NOT NULL,
        PRIMARY KEY (study_uid, sop_uid))""",
    """CREATE TRIGGER calibrations_no_update BEFORE UPDATE ON calibrations
        BEGIN SELECT RAISE(ABORT, 'immutable'); END""",
    """CREATE TRIGGER calibrations_no_delete BEFORE DELETE ON calibrations
        BEGIN SELECT RAISE(ABORT, 'immutable'); END""",
)


def upgrade() -> None:
    """Create the tables."""
    for statement in _TABLES:
        op.execute(statement)
