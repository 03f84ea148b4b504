"""Which orders are a study's: surely by number, or possibly by patient and day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from engine.domain.order import Order, OrderState, differ, is_compatible
from engine.domain.study import Patient, StudyUid
from engine.domain.urgency import OrderMark

_RADIOGRAPHS: Final = frozenset({"CR", "DX", "DR", "RG", "XR", "XA", "RF"})
"""Modalities that different systems write for the same kind of film."""
_Key = tuple[str, str]
_EMPTY: Final = frozenset((kind, "") for kind in ("number", "name", "uid", "id"))


class Fit(StrEnum):
    """How an order and a study belong together."""

    SURE = "sure"
    POSSIBLE = "possible"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What matching needs to know of a study."""

    uid: StudyUid
    accession: str
    patient: Patient
    day: date | None
    modalities: tuple[str, ...] = ()


def fit_of(order: Order, study: Examined) -> Fit:
    """Whether the order is the study's.

    By UID or number of the same patient it surely is; by a number of somebody else's, and by the
    same patient on the same or the next day, the reader is asked.
    """
    has_number = bool(order.number) and order.number == study.accession
    has_uid = bool(order.study_uid) and order.study_uid == study.uid
    if has_uid or has_number:
        return Fit.POSSIBLE if _is_somebody_else(order, study.patient) else Fit.SURE
    if order.state is OrderState.CANCELLED:
        return Fit.NONE
    is_planned_elsewhere = bool(order.accession and study.accession)
    if is_planned_elsewhere or not _is_same_patient(order, study.patient):
        return Fit.NONE
    is_fitting = _is_near(order.day, study.day) and _is_kind(order.modality, study.modalities)
    return Fit.POSSIBLE if is_fitting else Fit.NONE


def _is_somebody_else(order: Order, patient: Patient) -> bool:
    """Whether id, birth date or name contradict each other; what either lacks does not."""
    theirs = frozenset(filter(None, (patient.patient_id,)))
    if order.patient_ids & theirs:
        return differ(order.patient.birth_date, patient.birth_date)
    if not is_compatible(order.patient_ids, theirs):
        return True
    names = (_letters(order.patient.name), _letters(patient.name))
    return differ(order.patient.birth_date, patient.birth_date) or differ(*names)


def _is_same_patient(order: Order, patient: Patient) -> bool:
    """Whether id and birth date, or id and name, or name and birth date are the same."""
    has_id = patient.patient_id in order.patient_ids
    born = order.patient.birth_date
    has_birth = born is not None and born == patient.birth_date
    letters = _letters(patient.name)
    has_name = bool(letters) and _letters(order.patient.name) == letters
    return has_id + has_birth + has_name >= 2 and not _is_somebody_else(order, patient)


def _is_near(ordered: date | None, taken: date | None) -> bool:
    """The same day, or the next: an order of the late evening is examined after midnight."""
    if ordered is None or taken is None:
        return False
    return timedelta(0) <= taken - ordered <= timedelta(days=1)


def _is_kind(wanted: str, found: tuple[str, ...]) -> bool:
    if not wanted or not found:
        return True
    return wanted in found or (wanted in _RADIOGRAPHS and bool(_RADIOGRAPHS.intersection(found)))


def _letters(name: str) -> str:
    return "".join(letter for letter in name.partition(" = ")[0].casefold() if letter.isalnum())


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOrder:
    """An order of the workspace.

    Attributes:
        id: Its number in the workspace.
        answers: What readers said about studies that it may belong to.
    """

    id: int
    order: Order
    answers: Mapping[StudyUid, bool] = field(default_factory=dict)

    def is_of(self, study: Examined) -> bool:
        """Whether it is the study's: by a reader's answer, else surely."""
        return self.answers.get(study.uid, fit_of(self.order, study) is Fit.SURE)

    def is_asked_about(self, study: Examined) -> bool:
        """Whether it may be the study's, and nobody has said so or given it to another one."""
        is_open = study.uid not in self.answers and not any(self.answers.values())
        return is_open and fit_of(self.order, study) is Fit.POSSIBLE


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyOrders:
    """The orders of one study.

    Attributes:
        orders: Those that stand first, then by urgency, then the newest first.
        asked: An order that the reader is asked about; only without one that is the study's.
        is_contradicted: Whether the order asked about has the study's number, but names somebody
            else.
    """

    orders: tuple[KnownOrder, ...] = ()
    asked: KnownOrder | None = None
    is_contradicted: bool = False

    @property
    def order(self) -> Order | None:
        """The order that is shown."""
        return self.orders[0].order if self.orders else None

    @property
    def mark(self) -> OrderMark | None:
        """What the study list says; None if there is nothing to say."""
        order = self.order
        if order is None:
            return None if self.asked is None else OrderMark(is_asked=True)
        if order.state is OrderState.CANCELLED:
            return OrderMark(is_cancelled=True)
        return OrderMark(priority=order.priority, due=order.due)


class OrderTable:
    """Orders by number, patient and study, so that a long list finds those of each study."""

    def __init__(self, known: Iterable[KnownOrder]) -> None:
        self._by: dict[_Key, list[KnownOrder]] = defaultdict(list)
        for one in known:
            for key in _keys_of_order(one):
                self._by[key].append(one)

    def of(self, study: Examined) -> StudyOrders:
        """The orders of a study."""
        found = {one.id: one for key in _keys_of_study(study) for one in self._by.get(key, ())}
        ours = sorted((one for one in found.values() if one.is_of(study)), key=_place)
        if ours:
            return StudyOrders(orders=tuple(ours))
        asked = sorted((one for one in found.values() if one.is_asked_about(study)), key=_place)
        if not asked:
            return StudyOrders()
        order = asked[0].order
        has_number = bool(order.number) and order.number == study.accession
        return StudyOrders(
            asked=asked[0], is_contradicted=has_number or order.study_uid == study.uid
        )


def placed(known: Iterable[KnownOrder], studies: Iterable[Examined]) -> frozenset[int]:
    """Ids of the orders that belong to one of the studies."""
    by: dict[_Key, list[Examined]] = defaultdict(list)
    for study in studies:
        for key in _keys_of_study(study):
            by[key].append(study)
    return frozenset(
        one.id
        for one in known
        if any(one.is_of(study) for key in _keys_of_order(one) for study in by.get(key, ()))
    )


def _keys_of_order(known: KnownOrder) -> set[_Key]:
    order = known.order
    uids = (order.study_uid or "", *known.answers)
    return {
        ("number", order.number),
        ("name", _letters(order.patient.name)),
        *(("uid", uid) for uid in uids),
        *(("id", patient_id) for patient_id in order.patient_ids),
    } - _EMPTY


def _keys_of_study(study: Examined) -> set[_Key]:
    return {
        ("number", study.accession),
        ("name", _letters(study.patient.name)),
        ("uid", study.uid),
        ("id", study.patient.patient_id),
    } - _EMPTY


def _place(known: KnownOrder) -> tuple[bool, int, int]:
    order = known.order
    return order.state is OrderState.CANCELLED, order.priority.rank, -known.id
