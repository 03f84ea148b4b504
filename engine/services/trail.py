"""The audit trail, for an administrator to read, search and export."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from engine.domain.audit import AuditAction, AuditEvent, TrailMark, canonical_json
from engine.domain.progress import CancelToken
from engine.domain.user import Permission
from engine.errors import DamagedFileError, ExportError
from engine.files import writing_atomically
from engine.services.access import Access
from engine.storage.unit_of_work import Store

_MARK_WITHIN = 256 * 2**20
"""Bytes of a document that are searched for its mark."""
_COLUMNS = ("sequence", "at", "actor", "action", "subject", "details", "previous", "digest")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailQuery:
    """Filter of the trail; empty fields do not filter.

    Attributes:
        text: Words; each must occur in day, actor, action, subject or details.
        since: Start of the period, inclusive.
        until: End of the period, exclusive.
    """

    text: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def asked(self) -> dict[str, str]:
        """The filter as recorded in the trail; empty fields are left out."""
        moments = {"since": self.since, "until": self.until}
        named = {name: moment.isoformat() for name, moment in moments.items() if moment}
        return named | ({"words": self.text} if self.text else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailComparison:
    """Result of `Trail.compare`.

    Attributes:
        mark: What the document names.
        problem: A sentence; empty if the trail holds that entry.
    """

    mark: TrailMark
    problem: str

    @property
    def verdict(self) -> str:
        """What it means, in a sentence or two."""
        return self.problem or f"Entry {self.mark.sequence} of the trail is as in the document."


_MISSING = (
    "The trail ends before the entry that the document names: the workspace is an older copy of "
    "itself."
)
_ANOTHER = (
    "The trail holds another entry in the place that the document names: the workspace went on "
    "from an older copy of itself, or its trail was written anew."
)


class Trail:
    """Reads the trail; every method may block and raises `AccessError` without the right to.

    Args:
        store: The open database.
        access: Says whether the signed-in user may read the trail.
    """

    def __init__(self, store: Store, access: Access) -> None:
        self._store = store
        self._access = access

    def entries(self, query: TrailQuery | None = None) -> tuple[AuditEvent, ...]:
        """Entries that match, oldest first; the reading itself is recorded."""
        self._access.require(Permission.ADMINISTER)
        query = query or TrailQuery()
        found = tuple(self._found(query, CancelToken()))
        self._note_reading(query)
        return found

    def newest(
        self, query: TrailQuery, most: int, cancel: CancelToken | None = None
    ) -> tuple[AuditEvent, ...]:
        """At most `most` entries that match, newest first; the reading itself is recorded.

        Raises `CancelledError` if `cancel` was set.
        """
        self._access.require(Permission.ADMINISTER)
        every = self._found(query, cancel or CancelToken(), newest_first=True)
        found = tuple(islice(every, most))
        self._note_reading(query)
        return found

    def export(self, to: Path, query: TrailQuery | None = None) -> int:
        """Write entries as CSV (RFC 4180, UTF-8) and record that; returns their number.

        Raises `ExportError`.
        """
        self._access.require(Permission.ADMINISTER)
        query = query or TrailQuery()
        # Read twice, because a trail of years would not fit into memory.
        count = sum(1 for _ in self._found(query, CancelToken()))
        with self._store.change(Permission.ADMINISTER) as unit:
            unit.audit.record(AuditAction.TRAIL_EXPORTED, details={"entries": count})
        try:
            with writing_atomically(to) as file:
                stream = io.TextIOWrapper(file, "utf-8", errors="replace", newline="")
                table = csv.writer(stream)
                table.writerow(_COLUMNS)
                table.writerows(map(_row, islice(self._found(query, CancelToken()), count)))
                stream.detach()
        except OSError as error:
            raise ExportError(
                "The file could not be written.", what_to_do="Choose another place."
            ) from error
        return count

    def compare(self, document: Path) -> TrailComparison:
        """Whether the trail still goes through the entry that a document names.

        A workspace's folder that was replaced by an older copy of itself is whole, and every check
        of it passes: only what left it since tells.

        Args:
            document: A PDF of ours, by itself or in another file that holds it as it is.

        Raises:
            DamagedFileError: It cannot be read, or names no entry.
        """
        self._access.require(Permission.ADMINISTER)
        mark = _mark_in(document)
        with self._store.look() as unit:
            found = unit.audit.at(mark.sequence)
            restores = unit.audit.about(AuditAction.RESTORED, "")
        problem = ""
        if mark.workspace_id != self._store.facts.workspace_id:
            problem = "The document comes from another workspace."
        elif found is None or found.digest != mark.digest:
            problem = _MISSING if found is None else _ANOTHER
            if restores:
                when = f"{restores[-1].at.astimezone():%Y-%m-%d %H:%M}"
                problem += f" A backup was restored on {when}: what was made before may be meant."
        self._store.note(AuditAction.TRAIL_READ, details={"compared": mark.sequence})
        return TrailComparison(mark=mark, problem=problem)

    def _note_reading(self, query: TrailQuery) -> None:
        self._store.note(AuditAction.TRAIL_READ, details=query.asked())

    def _found(
        self, query: TrailQuery, cancel: CancelToken, *, newest_first: bool = False
    ) -> Iterator[AuditEvent]:
        words = query.text.casefold().split()
        with self._store.look() as unit:
            for event in unit.audit.entries(
                since=query.since, until=query.until, newest_first=newest_first
            ):
                cancel.raise_if_cancelled()
                day = f"{event.at.astimezone():%Y-%m-%d}"
                details = canonical_json(event.details)
                parts = (day, event.actor, event.action, event.subject, details)
                text = " ".join(parts).casefold()
                if all(word in text for word in words):
                    yield event


def _mark_in(document: Path) -> TrailMark:
    try:
        with document.open("rb") as stream:
            mark = TrailMark.found_in(stream.read(_MARK_WITHIN))
    except OSError as error:
        raise DamagedFileError("The document cannot be read.") from error
    if mark is None:
        raise DamagedFileError(
            "The document names no entry of an audit trail.",
            what_to_do="Choose a PDF that Negatoscope wrote of a saved report.",
        )
    return mark


def _row(event: AuditEvent) -> tuple[str, ...]:
    values = (
        str(event.sequence),
        event.at.isoformat(),
        event.actor,
        event.action,
        event.subject,
        canonical_json(event.details),
        event.previous,
        event.digest,
    )
    # A spreadsheet takes a cell with one of these first characters for a formula.
    return tuple(f"'{value}" if value[:1] in "=+-@\t\r" and value else value for value in values)
