"""Users besides the owner, and the log of critical findings."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.domain.critical import CriticalCommunication, Means, Urgency
from engine.domain.report import ReportId
from engine.domain.user import Role, User
from engine.storage.convert import moment_of
from engine.storage.schema import CriticalRow, UserRow


class People:
    """Users that were added to the workspace."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, user: User, added: str) -> None:
        """Add a user, or change a user's role."""
        self._session.merge(UserRow(name=user.name, role=user.role.value, added=added, removed=""))
        self._session.flush()

    def remove(self, name: str, removed: str) -> None:
        """Mark a user as removed at that time."""
        self._session.get_one(UserRow, name).removed = removed
        self._session.flush()

    def all(self) -> tuple[User, ...]:
        """Users who have not been removed, sorted by name."""
        rows = self._session.scalars(
            select(UserRow).where(UserRow.removed == "").order_by(UserRow.name)
        )
        return tuple(User(name=row.name, role=Role(row.role)) for row in rows)


class CriticalLog:
    """Communications of critical findings."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, entry: CriticalCommunication) -> None:
        """Append an entry."""
        self._session.add(
            CriticalRow(
                report_id=entry.report_id,
                finding=entry.finding,
                told=entry.told,
                told_at=entry.told_at.isoformat(),
                means=entry.means.value,
                urgency=entry.urgency.value,
                read_back=entry.read_back,
                recorded_by=entry.recorded_by,
                recorded_at=entry.recorded_at.isoformat(),
            )
        )
        self._session.flush()

    def of(self, report_id: ReportId) -> tuple[CriticalCommunication, ...]:
        """Entries of a report, oldest first."""
        rows = self._session.scalars(
            select(CriticalRow).where(CriticalRow.report_id == report_id).order_by(CriticalRow.id)
        )
        return tuple(
            CriticalCommunication(
                report_id=ReportId(row.report_id),
                finding=row.finding,
                told=row.told,
                told_at=moment_of(row.told_at),
                means=Means(row.means),
                urgency=Urgency(row.urgency),
                read_back=row.read_back,
                recorded_by=row.recorded_by,
                recorded_at=moment_of(row.recorded_at),
            )
            for row in rows
        )
