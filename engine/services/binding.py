"""Whether the films of a report are still those that it was written on.

The first time a film is seen beside a kept report, the hash of its pixels goes into the audit
trail, which is append-only and chained. Later pixels are compared with that first hash for ever: a
film that was exchanged under the same identifiers does not become right by being looked at.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.audit import AuditAction
from engine.domain.report import ReportId
from engine.domain.study import SopUid
from engine.storage.unit_of_work import Store


class FilmBinding:
    """Binds reports to pixels. The method may block: call it off the GUI thread.

    Args:
        store: The open database.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def differing(self, report_id: ReportId, seen: Mapping[SopUid, str]) -> frozenset[SopUid]:
        """Films whose pixels are not those that the report was written on.

        Films that the report was not bound to yet are bound now. A report of which nothing was
        kept is bound to nothing.

        Args:
            report_id: The report.
            seen: `PixelImage.samples_sha256` of its study's films, by SOP instance UID.
        """
        with self._store.change() as unit:
            kept = unit.reports.revision(report_id) or unit.reports.working_copy(report_id)
            if kept is None:
                return frozenset()
            bound: dict[str, str] = {}
            for event in unit.audit.about(AuditAction.FILMS_BOUND, report_id):
                bound = {**event.details["films"], **bound}
            new = {uid: sha for uid, sha in seen.items() if uid not in bound}
            if new:
                unit.audit.record(AuditAction.FILMS_BOUND, report_id, {"films": new})
        return frozenset(uid for uid, sha in seen.items() if bound.get(uid, sha) != sha)
