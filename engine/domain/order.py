"""Imaging orders of other systems: what was asked, for whom, how soon, and for which films.

An order is read from a file (a DICOM worklist item, a FHIR ServiceRequest or an HL7 v2 message) and
never changed by us. It belongs to a study by number, or may belong to it by patient and day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum
from typing import Final

from engine.domain.study import Patient, SkippedFile, StudyUid
from engine.domain.urgency import Moment, OrderPriority

LONGEST_TEXT: Final = 4000
_HIDDEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")


class OrderState(StrEnum):
    """Whether the order stands."""

    WANTED = "wanted"
    HELD = "on hold"
    CANCELLED = "cancelled"
    DONE = "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order.

    Attributes:
        patient: As the order names them.
        issuer: Assigning authority of the patient's id.
        other_ids: The patient's ids of other authorities.
        accession: Accession number; empty if the order has only other numbers.
        placer: Order number of the ordering system.
        filler: Order number of the department's system.
        procedure_id: Requested Procedure ID, which tells apart procedures of one order.
        study_uid: Study Instance UID that the department planned.
        procedure: What is to be done, in words.
        modality: As in DICOM (0008,0060), e.g. "DX".
        reason: Why it is asked for: reason or clinical question, and diagnoses.
        history: Relevant clinical information about the patient.
        note: Further words, often for the radiographer.
        referrer: Who asks, for display.
        scheduled: When the films are planned.
        due: When the result is wanted.
        sent: When the order or this news of it was sent.
    """

    patient: Patient
    issuer: str = ""
    other_ids: tuple[str, ...] = ()
    accession: str = ""
    placer: str = ""
    filler: str = ""
    procedure_id: str = ""
    study_uid: StudyUid | None = None
    procedure: str = ""
    modality: str = ""
    reason: str = ""
    history: str = ""
    note: str = ""
    priority: OrderPriority = OrderPriority.UNSAID
    referrer: str = ""
    scheduled: Moment | None = None
    due: Moment | None = None
    sent: Moment | None = None
    state: OrderState = OrderState.WANTED

    @property
    def number(self) -> str:
        """The number that films may carry as their accession number.

        Departments that have no accession number of their own write the order number into it.
        """
        return self.accession or self.filler or self.placer

    @property
    def day(self) -> date | None:
        """The day on which films of this order are expected."""
        moment = self.scheduled or self.due or self.sent
        return None if moment is None else moment.day

    @property
    def indication(self) -> tuple[str, ...]:
        """What a report's indication takes over: clinical information and reason, else the note."""
        told = dict.fromkeys(text for text in (self.history, self.reason) if text)
        return tuple(told) or ((self.note,) if self.note else ())

    def is_same_order(self, other: Order) -> bool:
        """Whether both are news of one order: they share a number, and no number differs."""
        if not is_compatible(self.patient_ids, other.patient_ids):
            return False
        pairs = (
            (self.placer, other.placer),
            (self.filler, other.filler),
            (self.accession, other.accession),
        )
        if any(differ(*pair) for pair in (*pairs, (self.procedure_id, other.procedure_id))):
            return False
        return any(mine and mine == theirs for mine, theirs in pairs) or (
            bool(self.study_uid) and self.study_uid == other.study_uid
        )

    def updated_by(self, news: Order) -> Order:
        """The order after news of it; what the news does not mention stays.

        News that was sent before what is known fills only its gaps.
        """
        is_older = self.sent and news.sent and news.sent.sort_key < self.sent.sort_key
        old, new = (news, self) if is_older else (self, news)
        kept = {one.name: getattr(old, one.name) for one in fields(Order) if one.name != "patient"}
        said = {name: getattr(new, name) or value for name, value in kept.items()}
        patient = new.patient if new.patient.patient_id or new.patient.name else old.patient
        return replace(new, patient=patient, **said)

    @property
    def patient_ids(self) -> frozenset[str]:
        """All ids of the patient."""
        return frozenset(filter(None, (self.patient.patient_id, *self.other_ids)))


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFile:
    """What an order file holds.

    Attributes:
        digest: SHA-256 of the file, hex.
        orders: As they follow each other in the file; empty if none could be read.
        problems: A sentence for each message or resource that could not be read.
    """

    digest: str
    orders: tuple[Order, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderIntake:
    """What reading a folder of orders brought.

    Attributes:
        files: Number of files read, the refused ones included.
        new: Number of orders that were not known.
        changed: Number of known orders with news.
        cancelled: Number of known orders that are cancelled since.
        refused: Files that could not be read wholly, and why.
        waiting: Number of files that may still be being copied; the next reading takes them.
    """

    files: int = 0
    new: int = 0
    changed: int = 0
    cancelled: int = 0
    refused: tuple[SkippedFile, ...] = ()
    waiting: int = 0

    @property
    def is_news(self) -> bool:
        """Whether any order or refused file is new."""
        return bool(self.new or self.changed or self.cancelled or self.refused)


def order_text(text: str, *, lines: bool = False) -> str:
    """Text of an untrusted order: no control or direction-changing characters, of bounded length.

    Args:
        text: As it was decoded.
        lines: Whether line breaks stay.
    """
    parts = [" ".join(_HIDDEN.sub(" ", part).split()) for part in text.splitlines()]
    joined = ("\n" if lines else " ").join(part for part in parts if part)
    # Half a surrogate pair, which JSON may contain, can neither be stored nor shown.
    return joined[:LONGEST_TEXT].encode(errors="replace").decode().strip()


def told_once(texts: Iterable[str]) -> str:
    """Texts joined by "; ", each once."""
    return "; ".join(dict.fromkeys(text for text in texts if text))[:LONGEST_TEXT]


def is_compatible(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    """Whether two sets of ids may be one person's: one is empty, or they share an id."""
    return not ours or not theirs or bool(ours & theirs)


def differ(one: object, other: object) -> bool:
    """Whether both are known and not the same."""
    return bool(one) and bool(other) and one != other
