"""A later revision of a signed report must keep all that was signed, not only its sentences."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"

_LAST = (
    "(SELECT content FROM report_revisions WHERE report_id = NEW.report_id "
    "ORDER BY revision DESC LIMIT 1)"
)
_SIGNED = "EXISTS (SELECT 1 FROM reports WHERE id = NEW.report_id AND status = 'final')"
_MAY_CHANGE = "('status', 'revision', 'updated', 'sentences', 'addenda', 'withdrawal')"
# Field by field, because later versions write fields that a report signed earlier lacks.
# ruff: noqa: S608 - made of this file's own constants
_SAME_FACTS = (
    f"NOT EXISTS (SELECT 1 FROM json_each({_LAST}) AS was WHERE was.key NOT IN {_MAY_CHANGE} "
    "AND json_extract(NEW.content, '$.' || was.key) IS NOT was.value)"
)
_SAME_SENTENCES = (
    "json_array_length(NEW.content, '$.sentences') IS "
    f"json_array_length({_LAST}, '$.sentences') "
    f"AND NOT EXISTS (SELECT 1 FROM json_each({_LAST}, '$.sentences') AS s, "
    "json_each(s.value) AS was WHERE json_extract(NEW.content, "
    "'$.sentences[' || s.key || '].' || was.key) IS NOT was.value)"
)
_SAME_ADDENDA = (
    f"NOT EXISTS (SELECT 1 FROM json_each({_LAST}, '$.addenda') AS was "
    "WHERE json_extract(NEW.content, '$.addenda[' || was.key || ']') IS NOT was.value)"
)
_SAME_HASH = (
    "NEW.report_sha256 IS (SELECT report_sha256 FROM report_revisions "
    "WHERE report_id = NEW.report_id ORDER BY revision DESC LIMIT 1)"
)
_ADDS_ONLY = (
    "NEW.status IN ('addended', 'withdrawn') "
    f"AND json_extract({_LAST}, '$.status') IN ('final', 'addended') "
    f"AND {_SAME_FACTS} AND {_SAME_SENTENCES} AND {_SAME_ADDENDA} AND {_SAME_HASH}"
)


def upgrade() -> None:
    """Replace the trigger that compared only a part by a stricter one."""
    op.execute("DROP TRIGGER revisions_signed")
    op.execute(
        "CREATE TRIGGER revisions_signed BEFORE INSERT ON report_revisions "
        f"WHEN {_SIGNED} AND NOT ({_ADDS_ONLY}) BEGIN SELECT RAISE(ABORT, 'signed report'); END"
    )
