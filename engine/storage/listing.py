"""What the list of past reports shows and filters by, stored with each state of a report.

Reading every report for the list takes minutes in a large workspace. These rows can be rebuilt from
drafts, revisions and working copies at any time.
"""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from engine.domain.difference import draft_differences, edit_share
from engine.domain.report import Draft, Report, Section
from engine.errors import WorkspaceDamagedError
from engine.language.findings import findings_in
from engine.storage import convert
from engine.storage.schema import DraftRow, FindingRow, ListingRow

ANY_POLARITY = ""
_EXCERPT = 160


class Listing:
    """The list's rows, in the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def keep(self, report: Report) -> None:
        """Replace a report's row and findings by those of its new state."""
        draft = None if report.draft_id is None else self._draft(report.draft_id)
        updated = report.updated.isoformat()
        values = {
            "updated": updated,
            "edit_share": share_of(report, draft),
            "excerpt": excerpt_of(report),
        }
        self._session.execute(
            insert(ListingRow)
            .values(report_id=report.id, **values)
            .on_conflict_do_update(index_elements=["report_id"], set_=values)
        )
        self._session.execute(delete(FindingRow).where(FindingRow.report_id == report.id))
        found = [
            {
                "report_id": report.id,
                "category": category,
                "polarity": polarity,
                "updated": updated,
            }
            for category, polarity in findings_of(report)
        ]
        if found:
            self._session.execute(insert(FindingRow), found)

    def _draft(self, draft_id: str) -> Draft | None:
        row = self._session.get(DraftRow, draft_id)
        try:
            return None if row is None else convert.draft_of(row)
        except WorkspaceDamagedError:
            # A damaged draft must not keep its report from being saved; the checks name it.
            return None


def share_of(report: Report, draft: Draft | None) -> float | None:
    """Changed words over all words against the draft, 0 to 1; None without a draft."""
    return None if draft is None else edit_share(draft_differences(report, draft))


def excerpt_of(report: Report) -> str:
    """The first words of impression and findings."""
    parts = (report.text(Section.IMPRESSION), report.text(Section.FINDINGS))
    words = " ".join(" ".join(parts).split())
    return words if len(words) <= _EXCERPT else words[: _EXCERPT - 1].rstrip() + "…"


def findings_of(report: Report) -> tuple[tuple[str, str], ...]:
    """Category and polarity of each finding in kept sentences, and each category with any."""
    found = {
        (finding.category, polarity)
        for sentence in report.kept()
        for finding in findings_in(sentence.text)
        for polarity in (finding.polarity.value, ANY_POLARITY)
    }
    return tuple(sorted(found))
