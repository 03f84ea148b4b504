"""One change to the workspace: all of it, its audit entry included, or nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from engine.domain.audit import AuditAction
from engine.domain.user import Permission
from engine.errors import DiskFullError, ReadOnlyError
from engine.storage.annotation_rows import Annotations
from engine.storage.answer_rows import Answers
from engine.storage.audit_chain import AuditTrail
from engine.storage.database import Database
from engine.storage.delivery_rows import Deliveries
from engine.storage.document_rows import Documents
from engine.storage.incoming import Incoming
from engine.storage.key_record import KeyRecord
from engine.storage.orders import Orders
from engine.storage.own_texts import OwnTexts
from engine.storage.people import CriticalLog, People
from engine.storage.presentation_rows import Presentations
from engine.storage.repositories import Drafts, Reports
from engine.storage.reviews import Reviews
from engine.storage.schema import SchemaInfoRow
from engine.storage.searching import Searches
from engine.storage.studies import Studies

_LOG = logging.getLogger(__name__)
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present time, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceFacts:
    """What the database says about its workspace."""

    workspace_id: str
    user_name: str
    is_demo: bool


class UnitOfWork:
    """Repositories and the audit trail in one transaction."""

    def __init__(self, session: Session, key: bytes, actor: str, clock: Clock) -> None:
        self.studies = Studies(session)
        self.drafts = Drafts(session)
        self.reports = Reports(session, actor)
        self.annotations = Annotations(session)
        self.presentations = Presentations(session)
        self.documents = Documents(session)
        self.incoming = Incoming(session)
        self.orders = Orders(session)
        self.people = People(session)
        self.critical = CriticalLog(session)
        self.deliveries = Deliveries(session)
        self.answers = Answers(session)
        self.own_texts = OwnTexts(session, actor)
        self.reviews = Reviews(session, actor)
        self.searches = Searches(session)
        self.key_record = KeyRecord(session, key)
        self.audit = AuditTrail(session, key, actor, clock)


class Store:
    """The open database as the services use it."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self.database = database
        self.clock = clock
        self.facts = _facts(database)
        self.guard: Callable[[Permission], None] = lambda _permission: None
        """Raises `AccessError` unless the signed-in user may; set by `Access`."""
        self._owed: list[tuple[AuditAction, str, Mapping[str, Any]]] = []
        self.actor = self.facts.user_name
        """Name of the user to whom changes are attributed."""

    def require(self, permission: Permission) -> None:
        """Raise `AccessError` unless the signed-in user's role includes the permission."""
        self.guard(permission)

    @contextmanager
    def change(self, permission: Permission = Permission.READ) -> Iterator[UnitOfWork]:
        """A transaction that is durable when the block ends; an exception undoes it.

        Args:
            permission: What the user needs to be allowed; READ for what reading itself leaves
                behind.

        Raises:
            AccessError: The signed-in user's role does not include it.
        """
        self.require(permission)
        owed = tuple(self._owed)
        with self.database.writing() as session:
            unit = self._unit(session)
            for action, subject, details in owed:
                unit.audit.record(action, subject, details)
            yield unit
        del self._owed[: len(owed)]

    def note(
        self, action: AuditAction, subject: str = "", details: Mapping[str, Any] | None = None
    ) -> None:
        """Record something that was only read; on a full disk it waits for the next change.

        Reading must be possible on a full disk.
        """
        try:
            with self.change() as unit:
                unit.audit.record(action, subject, details)
        except (DiskFullError, ReadOnlyError):
            _LOG.warning("an entry of the audit trail waits for the next change: %s", action.value)
            self._owed.append((action, subject, {**(details or {}), **self._now()}))

    @contextmanager
    def look(self) -> Iterator[UnitOfWork]:
        """One consistent state to read from."""
        with self.database.reading() as session:
            yield self._unit(session)

    def _now(self) -> dict[str, str]:
        """Time and user of an entry that is written later, perhaps under another user."""
        return {"happened": self.now_text(), "user": self.actor}

    def now_text(self) -> str:
        """The present time as it is stored."""
        return self.clock().isoformat()

    def _unit(self, session: Session) -> UnitOfWork:
        return UnitOfWork(session, self.database.key, self.actor, self.clock)


def _facts(database: Database) -> WorkspaceFacts:
    with database.reading() as session:
        row = session.get_one(SchemaInfoRow, 1)
        return WorkspaceFacts(
            workspace_id=row.workspace_id, user_name=row.user_name, is_demo=row.is_demo
        )
