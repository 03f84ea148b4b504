"""Acknowledgements of HL7 v2 messages (2.9.2 of v2.5.1): what a receiver says of a message.

Runs in the decode worker only.
"""

from __future__ import annotations

from typing import Final

from engine.documents.orders.hl7_text import Segment, messages
from engine.domain.delivery import Acknowledgement
from engine.errors import UnsupportedImageError

_ACCEPTED: Final = frozenset({"AA", "CA"})
_REFUSED: Final = frozenset({"AE", "AR", "CE", "CR"})
"""Table 0008, in the original and in the enhanced mode."""
_LONGEST_ID: Final = 100
_LONGEST_WORDS: Final = 300


def acknowledgements(content: bytes) -> tuple[Acknowledgement, ...]:
    """What the messages of a file acknowledge.

    Raises:
        DamagedFileError: It holds no message, or far too many.
        UnsupportedImageError: None of its messages is an acknowledgement.
    """
    found = tuple(
        acknowledged
        for message in messages(content)
        if (acknowledged := _acknowledged(message)) is not None
    )
    if not found:
        raise UnsupportedImageError("It is no acknowledgement of an HL7 message.")
    return found


def _acknowledged(message: list[Segment]) -> Acknowledgement | None:
    said = next((segment for segment in message if segment.name == "MSA"), None)
    if said is None:
        return None
    code, of = said.text(1).upper(), said.text(2)[:_LONGEST_ID]
    if not of or code not in _ACCEPTED | _REFUSED:
        return None
    return Acknowledgement(
        of=of, is_accepted=code in _ACCEPTED, words=_reason(said, message)[:_LONGEST_WORDS]
    )


def _reason(said: Segment, message: list[Segment]) -> str:
    """MSA-3, else the user message or the diagnosis of the first ERR segment (ERR-8, ERR-7)."""
    error = next((segment for segment in message if segment.name == "ERR"), None)
    reasons = [said.text(3)]
    if error is not None:
        reasons += [error.text(8), error.text(7), error.text(3, 2)]
    return next((reason for reason in reasons if reason), "")
