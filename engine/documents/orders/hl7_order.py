"""HL7 v2 order messages as orders: ORM^O01, OMI^O23 and OMG^O19 (chapter 4 of v2.5.1).

Runs in the decode worker only. Fields are taken where the IHE profile Scheduled Workflow (RAD-2,
RAD-3, RAD-4) puts them, and where systems write them that do not follow it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Final

from engine.documents.orders.hl7_text import Segment, messages
from engine.domain.order import Order, OrderState, order_text, told_once
from engine.domain.person_name import kept_name, shown_name
from engine.domain.study import Patient, StudyUid
from engine.domain.urgency import Moment, OrderPriority
from engine.errors import DamagedFileError, InputError, UnsupportedImageError

_KINDS: Final = frozenset({"ORM", "OMI", "OMG"})
_OTHER_KINDS: Final = frozenset(
    [
        "ACK",
        "ADT",
        "BAR",
        "DFT",
        "MDM",
        "MFN",
        "OML",
        "ORG",
        "ORI",
        "ORL",
        "ORR",
        "ORU",
        "QBP",
        "QRY",
        "RDE",
        "SIU",
    ]
)
_TIME: Final = re.compile(
    r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?(?:\.\d+)?)?([+-]\d{4})?", re.ASCII
)
_MODALITY: Final = re.compile(r"[A-Z]{2,4}")
# Table 0119, order control, and table 0038, order status; others mean that the order stands.
_STATES: Final = {
    **dict.fromkeys(("CA", "OC", "CR", "DC", "OD", "DR"), OrderState.CANCELLED),
    **dict.fromkeys(("HD", "OH", "HR"), OrderState.HELD),
}
_STATUSES: Final = {
    **dict.fromkeys(("CA", "DC", "RP"), OrderState.CANCELLED),
    "HD": OrderState.HELD,
    "CM": OrderState.DONE,
}
# A patient's id may stand beside numbers of insurers and authorities (table 0203).
_IDS: Final = ("MR", "PI", "PT", "")
_GROUPS: Final = "AIP"


def hl7_orders(content: bytes) -> tuple[tuple[Order, ...], tuple[str, ...]]:
    """The orders of a file, and a sentence for each message that holds none.

    Raises `InputError` if there is no order at all.
    """
    orders: list[Order] = []
    refused: list[InputError] = []
    for message in messages(content):
        try:
            orders += _orders_of(message)
        except InputError as error:
            refused.append(error)
    if not orders:
        raise refused[0] if refused else DamagedFileError("The HL7 message holds no order.")
    return tuple(orders), tuple(error.message for error in refused)


@dataclass(slots=True)
class _Group:
    """The segments of one order."""

    orc: Segment | None = None
    obr: Segment | None = None
    others: dict[str, list[Segment]] = field(default_factory=dict)

    def each(self, name: str) -> list[Segment]:
        return self.others.get(name, [])

    def first(self, name: str) -> Segment | None:
        return next(iter(self.each(name)), None)


def _orders_of(message: list[Segment]) -> Iterator[Order]:
    header = message[0]
    kind = header.text(9)
    if not kind:
        raise DamagedFileError("The HL7 message does not say what kind it is (MSH-9 is empty).")
    if kind.upper() not in _KINDS:
        # Another word there may be anything of a damaged message, a name included.
        told = f" ({kind})" if kind in _OTHER_KINDS else ""
        raise UnsupportedImageError(f"It is an HL7 message of another kind{told}, not an order.")
    pid = next((one for one in message if one.name == "PID"), None)
    visit = next((one for one in message if one.name == "PV1"), None)
    groups = list(_groups(message))
    if pid is None:
        raise DamagedFileError("The HL7 message names no patient (it has no PID segment).")
    if not groups:
        raise DamagedFileError("The HL7 message holds no order (it has neither ORC nor OBR).")
    for group in groups:
        yield _order(header, pid, visit, group)


def _groups(message: Iterable[Segment]) -> Iterator[_Group]:
    """Each order's segments: from ORC, or from an OBR that follows no ORC, to the next one."""
    group: _Group | None = None
    for segment in message:
        begins = segment.name == "ORC" or (
            segment.name == "OBR" and (group is None or group.obr is not None)
        )
        if begins:
            if group is not None:
                yield group
            # A second OBR belongs to the same order's ORC.
            keeps = group.orc if group is not None and segment.name == "OBR" else None
            group = _Group(orc=keeps)
        if group is None:
            continue
        if segment.name == "ORC":
            group.orc = segment
        elif segment.name == "OBR":
            group.obr = segment
        else:
            group.others.setdefault(segment.name, []).append(segment)
    if group is not None:
        yield group


def _order(header: Segment, pid: Segment, visit: Segment | None, group: _Group) -> Order:
    orc, obr = group.orc, group.obr
    ids = _ids(pid)
    found = Order(
        patient=_patient(pid, ids),
        issuer=ids[0][1] if ids else "",
        other_ids=tuple(number for number, _issuer in ids[1:]),
        accession=_first((group.first("IPC"), 1), (obr, 18)),
        placer=_first((orc, 2), (obr, 2)),
        filler=_first((orc, 3), (obr, 3)),
        procedure_id=_first((group.first("IPC"), 2), (obr, 19)),
        study_uid=_study_uid(group),
        procedure=_coded(obr, 4) or _coded(obr, 44),
        modality=_modality(group),
        reason=told_once((*_each_coded(obr, 31), *_diagnoses(group))),
        history="" if obr is None else obr.text(13, lines=True),
        note=_notes(group),
        priority=_priority(group),
        referrer=_person(orc, 12) or _person(obr, 16) or _person(visit, 8),
        scheduled=_moment((group.first("TQ1"), 7, 1), (obr, 36, 1), (obr, 27, 4), (orc, 7, 4))
        or _moment((obr, 6, 1)),
        due=_moment((group.first("TQ1"), 8, 1), (obr, 27, 5), (orc, 7, 5)),
        sent=_moment((header, 7, 1), (orc, 9, 1)),
        state=_state(orc),
    )
    if not (found.number or found.patient.patient_id):
        raise DamagedFileError("The order names neither a patient's ID nor an order number.")
    return found


def _patient(pid: Segment, ids: list[tuple[str, str]]) -> Patient:
    header_name = _names(pid, 5)
    born = _moment((pid, 7, 1))
    sex = pid.text(8).upper()
    return Patient(
        patient_id=ids[0][0] if ids else "",
        name=shown_name(header_name),
        birth_date=None if born is None else born.day,
        sex=sex if sex in ("M", "F", "O") else "",
        header_name=header_name,
    )


def _ids(pid: Segment) -> list[tuple[str, str]]:
    """The patient's ids and their authorities, the department's own kind first (PID-3, PID-2)."""
    found = []
    for one in pid.repeats(3) or pid.repeats(2):
        number = pid.words(one, 1)
        if number:
            kind = pid.words(one, 5).upper()
            order = _IDS.index(kind) if kind in _IDS else len(_IDS)
            found.append((order, number, pid.words(one, 4)))
    found.sort(key=lambda one: one[0])
    return [(number, issuer) for _order, number, issuer in found]


def _names(segment: Segment, number: int, offset: int = 0) -> str:
    """A name as DICOM writes it: prefix before suffix, one group for each representation.

    XPN has family, given, further, suffix, prefix and, in its eighth part, the representation
    (table 0465); XCN has an id before these (`offset` 1).
    """
    groups: dict[str, str] = {}
    for one in segment.repeats(number):
        parts = [segment.words(one, at + offset).replace("=", " ") for at in (1, 2, 3, 5, 4)]
        code = segment.words(one, 8 + offset).upper() if not offset else ""
        name = "^".join(part.replace("^", " ") for part in parts).rstrip("^")
        groups.setdefault(code if code in tuple(_GROUPS) else "A", name)
    return kept_name("=".join(groups.get(code, "") for code in _GROUPS).rstrip("="))


def _person(segment: Segment | None, number: int) -> str:
    if segment is None:
        return ""
    return shown_name(_names(segment, number, offset=1)) or segment.text(number)


def _first(*places: tuple[Segment | None, int]) -> str:
    found = (segment.text(number) for segment, number in places if segment is not None)
    return next((text for text in found if text), "")


def _study_uid(group: _Group) -> StudyUid | None:
    """IPC-3, or ZDS-1 as the IHE profile writes it into ORM messages."""
    uid = _first((group.first("IPC"), 3), (group.first("ZDS"), 1))
    return StudyUid(uid) if re.fullmatch(r"[0-9.]{1,64}", uid) else None


def _modality(group: _Group) -> str:
    word = _first((group.first("IPC"), 5), (group.obr, 24)).upper()
    # OBR-24 also takes a section of the department; RAD is no modality.
    return word if _MODALITY.fullmatch(word) and word != "RAD" else ""


def _coded(segment: Segment | None, number: int) -> str:
    return next(iter(_each_coded(segment, number)), "")


def _each_coded(segment: Segment | None, number: int) -> list[str]:
    """Each repetition's words: the text of the code, else the alternate text, else the code."""
    if segment is None:
        return []
    words = ([segment.words(one, at) for at in (2, 5, 1)] for one in segment.repeats(number))
    return [next((text for text in texts if text), "") for texts in words]


def _diagnoses(group: _Group) -> Iterator[str]:
    for segment in group.each("DG1"):
        yield _coded(segment, 3) or segment.text(4)


def _notes(group: _Group) -> str:
    notes = (
        "\n".join(segment.words(one, 1, lines=True) for one in segment.repeats(3))
        for segment in group.each("NTE")
    )
    return order_text("\n".join(notes), lines=True)


def _priority(group: _Group) -> OrderPriority:
    """The most urgent of TQ1-9, else OBR-27.6, ORC-7.6 or OBR-5."""
    said = [OrderPriority.of(segment.text(9)) for segment in group.each("TQ1")]
    said = [one for one in said if one]
    if said:
        return min(said, key=lambda one: one.rank)
    places = ((group.obr, 27, 6), (group.orc, 7, 6), (group.obr, 5, 1))
    words = (segment.text(number, part) for segment, number, part in places if segment is not None)
    return next(filter(None, map(OrderPriority.of, words)), OrderPriority.UNSAID)


def _state(orc: Segment | None) -> OrderState:
    if orc is None:
        return OrderState.WANTED
    control, status = orc.text(1).upper(), orc.text(5).upper()
    return _STATES.get(control) or _STATUSES.get(status) or OrderState.WANTED


def _moment(*places: tuple[Segment | None, int, int]) -> Moment | None:
    """The first readable date or time of these fields and components."""
    texts = (segment.text(number, part) for segment, number, part in places if segment is not None)
    return next(filter(None, map(_moment_of, texts)), None)


def _moment_of(text: str) -> Moment | None:
    found = _TIME.match(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, zone = found.groups()
    try:
        if hour is None:
            return Moment(day=date(int(year), int(month), int(day)))
        clock = time(int(hour), int(minute), min(int(second or 0), 59))
        written = datetime.combine(date(int(year), int(month), int(day)), clock)
        if zone:
            aware = datetime.strptime(f"{written:%Y%m%d%H%M%S}{zone}", "%Y%m%d%H%M%S%z")
            written = aware.astimezone().replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
    return Moment(day=written.date(), clock=written.time())
