"""Orders of other systems in one session, and the files that they were read from."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from engine.domain.incoming import FileStamp
from engine.domain.order import Order, OrderState
from engine.domain.order_matching import Examined, KnownOrder
from engine.domain.study import SkippedFile, StudyUid
from engine.errors import NotFoundError
from engine.storage import convert
from engine.storage.schema import OrderFileRow, OrderRow, PatientRow, SeriesRow, StudyRow

_ORDER: Final = TypeAdapter(Order)
_ANSWERS: Final = TypeAdapter(dict[StudyUid, bool])
_AT_ONCE: Final = 300
_ONE_DAY: Final = timedelta(days=1)
T = TypeVar("T")


class OrderNews(Enum):
    """What an order changed in the workspace."""

    NEW = "new"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    KNOWN = "known"


class Orders:
    """Orders, and what is known of their files."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def is_empty(self) -> bool:
        """Whether no order has ever been read."""
        return self._session.scalar(select(OrderRow.id).limit(1)) is None

    def put(self, order: Order, now: str) -> OrderNews:
        """Store an order, or its news in the order that it is about."""
        row = next((one for one in self._alike(order) if _order(one).is_same_order(order)), None)
        if row is None:
            row = OrderRow(answers="{}")
            _fill(row, order, now)
            self._session.add(row)
            self._session.flush()
            return OrderNews.NEW
        known = _order(row)
        updated = known.updated_by(order)
        if updated == known:
            return OrderNews.KNOWN
        _fill(row, updated, now)
        self._session.flush()
        is_news = updated.state is OrderState.CANCELLED is not known.state
        return OrderNews.CANCELLED if is_news else OrderNews.CHANGED

    def get(self, order_id: int) -> KnownOrder:
        """An order by its number in the workspace; raises `NotFoundError`."""
        row = self._session.get(OrderRow, order_id)
        if row is None:
            raise NotFoundError("This order is not in the workspace.")
        return _known(row)

    def answer(self, order_id: int, uid: StudyUid, *, is_right: bool) -> None:
        """Store whether an order is a study's; raises `NotFoundError`."""
        answers = {**self.get(order_id).answers, uid: is_right}
        self._session.get_one(OrderRow, order_id).answers = _ANSWERS.dump_json(answers).decode()
        self._session.flush()

    def newest(self, limit: int) -> tuple[KnownOrder, ...]:
        """The orders of the latest days."""
        rows = select(OrderRow).order_by(OrderRow.day.desc(), OrderRow.id.desc()).limit(limit)
        return tuple(map(_known, self._session.scalars(rows)))

    def perhaps_of(self, studies: Iterable[Examined]) -> tuple[KnownOrder, ...]:
        """Every order that may belong to one of the studies, and others."""
        studies = tuple(studies)
        numbers = {study.accession for study in studies if study.accession}
        days = {study.day for study in studies if study.day is not None}
        days |= {day - _ONE_DAY for day in days if day > date.min}
        uids = {study.uid for study in studies}
        texts = {day.isoformat() for day in days}
        found: dict[int, KnownOrder] = {}
        for column, wanted in (
            (OrderRow.accession, numbers),
            (OrderRow.filler, numbers),
            (OrderRow.placer, numbers),
            (OrderRow.study_uid, uids),
            (OrderRow.day, texts),
        ):
            for some in _batches(wanted):
                rows = self._session.scalars(select(OrderRow).where(column.in_(some)))
                found.update((row.id, _known(row)) for row in rows if row.id not in found)
        return tuple(found.values())

    def examined(self, uids: Collection[StudyUid]) -> tuple[Examined, ...]:
        """What matching needs to know of studies that are in the index."""
        return tuple(
            one for some in _batches(uids) for one in self._examined(StudyRow.uid.in_(some))
        )

    def homes(self, orders: Iterable[KnownOrder]) -> tuple[Examined, ...]:
        """Every study that one of the orders may surely belong to, and others."""
        known = tuple(orders)
        numbers = {one.order.number for one in known if one.order.number}
        uids = {uid for one in known for uid in (one.order.study_uid, *one.answers) if uid}
        found: dict[StudyUid, Examined] = {}
        for column, wanted in ((StudyRow.accession, numbers), (StudyRow.uid, uids)):
            for some in _batches(wanted):
                found.update((one.uid, one) for one in self._examined(column.in_(some)))
        return tuple(found.values())

    def read_files(self) -> dict[Path, FileStamp]:
        """The files that were read, by path."""
        rows = self._session.execute(
            select(OrderFileRow.path, OrderFileRow.size, OrderFileRow.modified)
        )
        return {Path(os.fsdecode(path)): FileStamp(size=s, changed_ns=m) for path, s, m in rows}

    def mark(self, path: Path, stamp: FileStamp, *, digest: str, problem: str, now: str) -> bool:
        """Note that a file was read; False if it has been read before with the same content."""
        row = self._session.get(OrderFileRow, os.fsencode(path))
        is_new = row is None or not digest or row.digest != digest
        values = {
            "size": stamp.size,
            "modified": stamp.changed_ns,
            "digest": digest,
            "problem": problem,
            "read": now,
        }
        self._session.execute(
            insert(OrderFileRow)
            .values(path=os.fsencode(path), **values)
            .on_conflict_do_update(index_elements=["path"], set_=values)
        )
        self._session.expire_all()
        return is_new

    def refused(self) -> tuple[SkippedFile, ...]:
        """Files that could not be read wholly, newest first."""
        rows = (
            select(OrderFileRow.path, OrderFileRow.problem)
            .where(OrderFileRow.problem != "")
            .order_by(OrderFileRow.modified.desc())
        )
        return tuple(
            SkippedFile(name=os.fsdecode(path), reason=problem)
            for path, problem in self._session.execute(rows)
        )

    def _alike(self, order: Order) -> Iterator[OrderRow]:
        """Rows that share a number with an order."""
        pairs = (
            (OrderRow.placer, order.placer),
            (OrderRow.filler, order.filler),
            (OrderRow.accession, order.accession),
            (OrderRow.study_uid, order.study_uid or ""),
        )
        wanted = [column == number for column, number in pairs if number]
        if wanted:
            yield from self._session.scalars(select(OrderRow).where(or_(*wanted)))

    def _examined(self, where: ColumnElement[bool]) -> Iterator[Examined]:
        rows = self._session.execute(
            select(StudyRow, PatientRow)
            .join(PatientRow, PatientRow.id == StudyRow.patient)
            .where(where)
        ).all()
        kinds: dict[str, set[str]] = {}
        uids = [study.uid for study, _patient in rows]
        for some in _batches(uids):
            made = select(SeriesRow.study_uid, SeriesRow.modality).where(
                SeriesRow.study_uid.in_(some)
            )
            for uid, modality in self._session.execute(made):
                kinds.setdefault(uid, set()).add(modality)
        for study, patient in rows:
            yield Examined(
                uid=StudyUid(study.uid),
                accession=study.accession,
                patient=convert.patient_of(patient),
                day=convert.date_of(study.study_date),
                modalities=tuple(sorted(kinds.get(study.uid, ()))),
            )


def _fill(row: OrderRow, order: Order, now: str) -> None:
    row.placer, row.filler = order.placer, order.filler
    row.accession, row.study_uid = order.accession, order.study_uid or ""
    row.day = "" if order.day is None else order.day.isoformat()
    row.content = _ORDER.dump_json(order).decode()
    row.updated = now


def _order(row: OrderRow) -> Order:
    return _ORDER.validate_json(row.content)


def _known(row: OrderRow) -> KnownOrder:
    return KnownOrder(id=row.id, order=_order(row), answers=_ANSWERS.validate_json(row.answers))


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
