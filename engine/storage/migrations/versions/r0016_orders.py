"""Orders of other systems, and which files were read for them."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"

_STATEMENTS = (
    """CREATE TABLE orders (
        id INTEGER NOT NULL PRIMARY KEY,
        placer VARCHAR NOT NULL,
        filler VARCHAR NOT NULL,
        accession VARCHAR NOT NULL,
        study_uid VARCHAR NOT NULL,
        day VARCHAR NOT NULL,
        content VARCHAR NOT NULL,
        answers VARCHAR NOT NULL,
        updated VARCHAR NOT NULL)""",
    *(
        f"CREATE INDEX ix_orders_{column} ON orders ({column})"
        for column in ("placer", "filler", "accession", "study_uid", "day")
    ),
    """CREATE TABLE order_files (
        path BLOB NOT NULL PRIMARY KEY,
        size INTEGER NOT NULL,
        modified INTEGER NOT NULL,
        digest VARCHAR NOT NULL,
        problem VARCHAR NOT NULL,
        read VARCHAR NOT NULL)""",
)


def upgrade() -> None:
    """Create the tables; they are filled when an orders folder is read."""
    for statement in _STATEMENTS:
        op.execute(statement)
