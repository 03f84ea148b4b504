"""Refuse stored JSON that has a field twice: parsers differ in which of the two they take."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"

_TABLES = ("report_revisions", "working_copies", "drafts")
# Text that is not JSON at all is left to the other triggers and to the code that reads it.
_IS_TWICE = (
    "json_valid(NEW.content) "
    "AND (SELECT count(*) <> count(DISTINCT fullkey) FROM json_tree(NEW.content))"
)


def upgrade() -> None:
    """Add the triggers; what is stored already stays, and is checked when it is read."""
    for table in _TABLES:
        for name, when in (("insert", "INSERT"), ("update", "UPDATE")):
            op.execute(
                f"CREATE TRIGGER {table}_one_meaning_{name} BEFORE {when} ON {table} "
                f"WHEN {_IS_TWICE} BEGIN SELECT RAISE(ABORT, 'a field stands there twice'); END"
            )
