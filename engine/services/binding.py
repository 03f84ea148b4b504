"""Whether the films of a report are still those that it was written on.

When a film is first seen beside a stored report, the hash of its pixels goes into the audit trail,
which is append-only and chained. Pixels seen later are always compared with that first hash, so a
film that was exchanged under the same identifiers does not become right by being opened.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.audit import AuditAction
from engine.domain.report import ReportId
from engine.domain.study import SopUid
from engine.domain.user import Permission
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

        Films that the report was not bound to before are bound by this call. A report that was
        never stored is bound to nothing.

        Args:
            report_id: The report.
            seen: `PixelImage.samples_sha256` of its study's films, by SOP Instance UID.
        """
        with self._store.change(Permission.WRITE) as unit:
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
