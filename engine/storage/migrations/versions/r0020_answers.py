"""What receivers answered to deliveries, and which files were read for it."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"

_STATEMENTS = (
    """CREATE TABLE delivery_answers (
        id INTEGER NOT NULL PRIMARY KEY,
        delivery_id INTEGER NOT NULL REFERENCES deliveries (id),
        is_accepted BOOLEAN NOT NULL,
        words VARCHAR NOT NULL,
        read VARCHAR NOT NULL)""",
    "CREATE INDEX ix_delivery_answers_delivery_id ON delivery_answers (delivery_id)",
    "CREATE INDEX delivery_answers_refused ON delivery_answers (delivery_id) WHERE NOT is_accepted",
    """CREATE TABLE answer_files (
        path BLOB NOT NULL PRIMARY KEY,
        size INTEGER NOT NULL,
        modified INTEGER NOT NULL)""",
    """CREATE TRIGGER delivery_answers_stay BEFORE DELETE ON delivery_answers
        BEGIN SELECT RAISE(ABORT, 'an answer stays'); END""",
    """CREATE TRIGGER delivery_answers_same BEFORE UPDATE ON delivery_answers
        BEGIN SELECT RAISE(ABORT, 'an answer stays what it is'); END""",
)


def upgrade() -> None:
    """Create the tables; they are filled when a folder of acknowledgements is read."""
    for statement in _STATEMENTS:
        op.execute(statement)
