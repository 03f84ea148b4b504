"""What lists show and filter by, of reports and studies, in columns with an index."""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op
from sqlalchemy import text

from engine.domain.report import Draft, Report
from engine.errors import WorkspaceDamagedError
from engine.storage import convert
from engine.storage.listing import excerpt_of, findings_of, share_of
from engine.storage.schema import DraftRow, WorkingCopyRow

revision = "0012"
down_revision = "0011"

_STATEMENTS = (
    """CREATE TABLE report_listing (
        report_id VARCHAR NOT NULL PRIMARY KEY REFERENCES reports (id),
        updated VARCHAR NOT NULL,
        edit_share REAL,
        excerpt VARCHAR NOT NULL)""",
    """CREATE INDEX report_listing_updated
        ON report_listing (updated, report_id, edit_share)""",
    """CREATE TABLE report_findings (
        report_id VARCHAR NOT NULL REFERENCES reports (id),
        category VARCHAR NOT NULL,
        polarity VARCHAR NOT NULL,
        updated VARCHAR NOT NULL,
        PRIMARY KEY (report_id, category, polarity))""",
    """CREATE INDEX report_findings_category
        ON report_findings (category, polarity, updated, report_id)""",
    "ALTER TABLE studies ADD COLUMN search_row INTEGER NOT NULL DEFAULT 0",
    """UPDATE studies SET search_row = found.number
        FROM (SELECT rowid AS number, study_uid FROM study_search) AS found
        WHERE found.study_uid = studies.uid""",
    "CREATE INDEX ix_studies_search_row ON studies (search_row)",
    "CREATE INDEX studies_newest ON studies (study_date, study_time, added, uid)",
    "CREATE INDEX ix_reports_author ON reports (author)",
    "CREATE INDEX ix_report_revisions_author ON report_revisions (author)",
)
_STORED = """SELECT r.id, r.updated,
        coalesce(w.content, v.content, '') AS content, coalesce(w.sha256, v.sha256, '') AS sha256,
        coalesce(d.content, '') AS draft, coalesce(d.sha256, '') AS draft_sha256
    FROM reports AS r
    LEFT JOIN working_copies AS w ON w.report_id = r.id
    LEFT JOIN report_revisions AS v ON v.report_id = r.id AND v.revision = r.revision
    LEFT JOIN drafts AS d
        ON d.id = json_extract(coalesce(w.content, v.content, '{}'), '$.draft_id')
    WHERE r.id > :after ORDER BY r.id LIMIT 500"""


def upgrade() -> None:
    """Create tables and columns, and fill them; what cannot be read is listed without words."""
    for statement in _STATEMENTS:
        op.execute(statement)
    connection = op.get_bind()
    after = ""
    while rows := connection.execute(text(_STORED), {"after": after}).all():
        after = rows[-1].id
        for row in rows:
            report = _report(row.content, row.sha256)
            draft = _draft(row.draft, row.draft_sha256)
            connection.execute(
                text("INSERT INTO report_listing VALUES (:id, :updated, :share, :excerpt)"),
                {
                    "id": row.id,
                    "updated": row.updated,
                    "share": None if report is None else share_of(report, draft),
                    "excerpt": "" if report is None else excerpt_of(report),
                },
            )
            found = list(_findings(row.id, row.updated, report))
            if found:
                connection.execute(
                    text("INSERT INTO report_findings VALUES (:id, :category, :polarity, :at)"),
                    found,
                )


def _findings(report_id: str, updated: str, report: Report | None) -> Iterator[dict[str, str]]:
    for category, polarity in () if report is None else findings_of(report):
        yield {"id": report_id, "category": category, "polarity": polarity, "at": updated}


def _report(content: str, sha256: str) -> Report | None:
    try:
        return convert.report_of(WorkingCopyRow(content=content, sha256=sha256))
    except WorkspaceDamagedError:
        return None


def _draft(content: str, sha256: str) -> Draft | None:
    try:
        return convert.draft_of(DraftRow(content=content, sha256=sha256)) if content else None
    except WorkspaceDamagedError:
        return None
