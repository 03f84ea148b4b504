"""One change to the workspace: everything in it, its audit entry included, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from engine.storage.audit_chain import AuditTrail
from engine.storage.database import Database
from engine.storage.document_rows import Documents
from engine.storage.mark_rows import Marks
from engine.storage.own_texts import OwnTexts
from engine.storage.people import CriticalLog, People
from engine.storage.presentation_rows import Presentations
from engine.storage.repositories import Drafts, Reports
from engine.storage.schema import SchemaInfoRow
from engine.storage.studies import Studies

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceFacts:
    """What the database says about its workspace."""

    workspace_id: str
    user_name: str
    is_demo: bool


class UnitOfWork:
    """Repositories and the audit trail over one transaction."""

    def __init__(self, session: Session, key: bytes, actor: str, clock: Clock) -> None:
        self.session = session
        self.studies = Studies(session)
        self.drafts = Drafts(session)
        self.reports = Reports(session, actor)
        self.marks = Marks(session)
        self.presentations = Presentations(session)
        self.documents = Documents(session)
        self.people = People(session)
        self.critical = CriticalLog(session)
        self.own_texts = OwnTexts(session, actor)
        self.audit = AuditTrail(session, key, actor, clock)


class Store:
    """The open database as the services use it."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self.database = database
        self.clock = clock
        self.facts = _facts(database)
        self.actor = self.facts.user_name
        """Name of the user whose changes these are."""

    @contextmanager
    def change(self) -> Iterator[UnitOfWork]:
        """A transaction that is durable when the block has ended, and undone by any error."""
        with self.database.writing() as session:
            yield self._unit(session)

    @contextmanager
    def look(self) -> Iterator[UnitOfWork]:
        """One consistent state to read from."""
        with self.database.reading() as session:
            yield self._unit(session)

    def now_text(self) -> str:
        """The time as it is stored."""
        return self.clock().isoformat()

    def _unit(self, session: Session) -> UnitOfWork:
        return UnitOfWork(session, self.database.key, self.actor, self.clock)


def _facts(database: Database) -> WorkspaceFacts:
    with database.reading() as session:
        row = session.get_one(SchemaInfoRow, 1)
        return WorkspaceFacts(
            workspace_id=row.workspace_id, user_name=row.user_name, is_demo=row.is_demo
        )
