"""Texts that a reader keeps ready: macros, templates brought from elsewhere, words of the speller.

In the encrypted database and not in the settings: what somebody types once a week may name a
patient.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine.storage.schema import OwnTextRow


class OwnTextKind(StrEnum):
    """What a text is for."""

    MACRO = "macro"
    MACRO_KEY = "macro key"
    TEMPLATE = "template"
    WORD = "word"


class OwnTexts:
    """Texts of one user, by kind and name.

    Args:
        session: Of the caller.
        owner: Name of the user.
    """

    def __init__(self, session: Session, owner: str) -> None:
        self._session = session
        self._owner = owner

    def all(self, kind: OwnTextKind) -> dict[str, str]:
        """Texts by name, in the names' order."""
        rows = self._session.scalars(
            select(OwnTextRow)
            .where(OwnTextRow.owner == self._owner, OwnTextRow.kind == kind.value)
            .order_by(OwnTextRow.name)
        )
        return {row.name: row.content for row in rows}

    def put(self, kind: OwnTextKind, name: str, content: str) -> None:
        """Keep a text, in place of an older one of that name."""
        self._session.merge(
            OwnTextRow(owner=self._owner, kind=kind.value, name=name, content=content)
        )
        self._session.flush()

    def remove(self, kind: OwnTextKind, name: str) -> None:
        """Forget a text."""
        self._session.execute(
            delete(OwnTextRow).where(
                OwnTextRow.owner == self._owner,
                OwnTextRow.kind == kind.value,
                OwnTextRow.name == name,
            )
        )
