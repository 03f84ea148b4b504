"""A user's own texts: macros, imported templates, words of the spelling check.

They are in the encrypted database and not in the settings, since a text that somebody types every
week may name a patient.
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
        """Texts by name, sorted by name."""
        rows = self._session.scalars(
            select(OwnTextRow)
            .where(OwnTextRow.owner == self._owner, OwnTextRow.kind == kind.value)
            .order_by(OwnTextRow.name)
        )
        return {row.name: row.content for row in rows}

    def put(self, kind: OwnTextKind, name: str, content: str) -> None:
        """Store a text, replacing an older one of that name."""
        self._session.merge(
            OwnTextRow(owner=self._owner, kind=kind.value, name=name, content=content)
        )
        self._session.flush()

    def remove(self, kind: OwnTextKind, name: str) -> None:
        """Delete a text."""
        self._session.execute(
            delete(OwnTextRow).where(
                OwnTextRow.owner == self._owner,
                OwnTextRow.kind == kind.value,
                OwnTextRow.name == name,
            )
        )
