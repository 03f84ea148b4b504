"""The audit trail: who did what to which object, in an order that cannot be changed unnoticed.

Each entry carries the hash of the one before it, so an edited, removed or swapped entry breaks the
chain at an entry that can be named.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

FIRST_LINK = "0" * 64
"""Stands in the first entry in place of a predecessor's hash."""


class AuditAction(StrEnum):
    """What is recorded; the values are stored and exported."""

    WORKSPACE_CREATED = "workspace created"
    WORKSPACE_OPENED = "workspace opened"
    STUDIES_ADDED = "studies added"
    STUDY_OFF_LIST = "study taken off the list"
    STUDY_OPENED = "study opened"
    ORDERS_READ = "orders read"
    ORDER_ASSIGNED = "order assigned to a study, or not"
    DRAFT_STORED = "draft stored"
    REPORT_SAVED = "report saved"
    REPORT_SIGNED = "report signed"
    REPORT_SIGNED_PRELIMINARY = "report signed as preliminary"
    ADDENDUM_SIGNED = "addendum signed"
    REPORT_WITHDRAWN = "report withdrawn"
    CRITICAL_COMMUNICATED = "critical finding communicated"
    REPORT_EXPORTED = "report exported"
    RESULT_DELIVERED = "result delivered"
    RESULT_ANSWERED = "result answered by its receiver"
    PICTURE_EXPORTED = "picture exported"
    FILM_WITHOUT_IDENTITY = "film exported without identity"
    PICTURE_PRINTED = "picture printed"
    EXPORT_FAILED = "export failed"
    PASSPHRASE_REFUSED = "passphrase refused"  # noqa: S105  names an event
    RECOVERED = "recovered after an unclean end"
    PRESENTATION_EXPORTED = "presentation state exported"
    BACKUP_MADE = "backup made"
    RESTORED = "backup restored"
    RECOVERY_KEY_MADE = "recovery key made"
    FILM_CALIBRATED = "film calibrated"
    FILMS_BOUND = "films bound to a report"
    USER_ADDED = "user added"
    USER_SIGNED_IN = "user signed in"
    PASSPHRASE_CHANGED = "passphrase changed"  # noqa: S105  names an event
    USER_REMOVED = "user removed"
    KEY_FILE_REPLACED = "key file was replaced"
    DATABASE_REKEYED = "database given another key"
    TRAIL_READ = "audit trail read"
    TRAIL_EXPORTED = "audit trail exported"
    LOCKED = "window locked"
    MODEL_IMPORTED = "model imported"
    MODEL_CHOSEN = "model put to use"
    CLOCK_WENT_BACK = "clock went back"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One entry of the trail.

    Attributes:
        sequence: 1 for the first entry, without gaps.
        at: UTC; the order is that of `sequence`, whatever the clock did.
        actor: Name of the user.
        subject: Identifier of the object acted on; empty if there is none.
        details: JSON values.
        previous: `digest` of the entry before, or `FIRST_LINK`.
    """

    sequence: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: Mapping[str, Any]
    previous: str

    @property
    def digest(self) -> str:
        """SHA-256 of the entry's canonical JSON, hex."""
        content = [
            self.sequence,
            self.at.isoformat(),
            self.actor,
            self.action,
            self.subject,
            self.details,
            self.previous,
        ]
        return hashlib.sha256(canonical_json(content).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailMark:
    """An entry of a workspace's trail as a document names it.

    Every entry was the trail's last one when it was made. A document that left the house therefore
    shows later whether the trail still goes through that entry.

    Attributes:
        workspace_id: A random identifier; a document may be from another workspace.
        digest: `AuditEvent.digest` of the entry.
    """

    workspace_id: str
    sequence: int
    digest: str

    @property
    def keyword(self) -> str:
        """How it stands in a document's metadata."""
        return f"{_MARK}:{self.workspace_id}:{self.sequence}:{self.digest}"

    @classmethod
    def found_in(cls, content: bytes) -> Self | None:
        """The first mark in a file's bytes, or None. No format is parsed."""
        found = _MARK_FORM.search(content)
        if found is None:
            return None
        workspace_id, sequence, digest = (part.decode("ascii") for part in found.groups())
        return cls(workspace_id=workspace_id, sequence=int(sequence), digest=digest)


_MARK = "negatoscope-trail"
_MARK_FORM = re.compile(rb"negatoscope-trail:([0-9a-f-]{36}):(\d{1,12}):([0-9a-f]{64})")


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no blanks: equal values always give equal text."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
