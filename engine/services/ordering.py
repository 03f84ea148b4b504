"""Orders of other systems: read from files, matched to studies, and asked about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.domain.audit import AuditAction
from engine.domain.deidentify import Deidentifier
from engine.domain.incoming import FileStamp
from engine.domain.order import Order, OrderFile, OrderIntake, OrderState
from engine.domain.order_matching import Examined, KnownOrder, OrderTable, StudyOrders, placed
from engine.domain.progress import CancelToken
from engine.domain.report import Report, Section, SentenceSource
from engine.domain.rows import finished
from engine.domain.study import (
    SkippedFile,
    StudyQuery,
    StudySummary,
    StudyUid,
)
from engine.domain.urgency import ROUTINE_RANK, due_key
from engine.domain.user import Permission
from engine.errors import InputError, WorkerError
from engine.files import UNFINISHED, walk
from engine.services.slow_folders import unless_cancelled
from engine.storage.orders import OrderNews
from engine.storage.unit_of_work import Store, UnitOfWork

if TYPE_CHECKING:
    from engine.workers.decode_client import DecodeClient

SETTLED_S: Final = 5.0
"""A file that was last written this long ago is not being copied."""
MOST_LISTED: Final = 500
_AT_ONCE: Final = 50
_STANDING: Final = (OrderState.WANTED, OrderState.HELD)


class Orders:
    """Orders known to the workspace. Every method may block: call it off the GUI thread.

    Args:
        store: The open database.
        decoder: Gives the decode worker's client; first called for a file.
        hiding: Gives what hides names at present, or None.
    """

    def __init__(
        self,
        store: Store,
        decoder: Callable[[], DecodeClient],
        hiding: Callable[[], Deidentifier | None],
    ) -> None:
        self._store = store
        self._decoder = decoder
        self._hiding = hiding
        self._known: dict[Path, FileStamp] | None = None
        self._seen: dict[Path, FileStamp] = {}

    def read_folder(self, folder: Path, cancel: CancelToken | None = None) -> OrderIntake:
        """Read what is new or changed in a folder and below it; no file is changed or deleted.

        A file that was written a moment ago waits until two looks find it the same. One that was
        refused is tried again when it changes.

        Raises:
            InputError: The folder cannot be read, e.g. because a share is away.
            CancelledError: `cancel` was set; what was read before stays.
        """
        self._store.require(Permission.ADD_STUDIES)
        known, now = self._read_before(), self._store.clock()
        ready, waiting = [], 0
        for path, stamp in unless_cancelled(lambda: _files_in(folder), cancel):
            if known.get(path) == stamp:
                continue
            if self._is_settled(path, stamp, now):
                ready.append((path, stamp))
            else:
                waiting += 1
        ready.sort(key=lambda one: (one[1].changed_ns, one[0]))
        return replace(self._read(ready, cancel), waiting=waiting)

    def read_files(self, paths: Sequence[Path], cancel: CancelToken | None = None) -> OrderIntake:
        """Read files, and what is in folders, at once; errors as for `read_folder`."""
        self._store.require(Permission.ADD_STUDIES)
        found = [
            one
            for path in paths
            for one in (_files_in(path) if path.is_dir() else [(path, _stamp_of(path))])
        ]
        absent = FileStamp(size=0, changed_ns=0)
        return self._read([(path, stamp or absent) for path, stamp in found], cancel)

    def of_study(self, uid: StudyUid) -> StudyOrders:
        """The orders of a study, or the one to ask the reader about."""
        with self._store.look() as unit:
            found = _orders_of(unit, unit.orders.examined((uid,))).get(uid, StudyOrders())
        hide = self._hiding()
        if hide is None:
            return found
        orders = tuple(replace(one, order=hide.order(one.order)) for one in found.orders)
        asked = found.asked
        asked = asked and replace(asked, order=hide.order(asked.order))
        return replace(found, orders=orders, asked=asked)

    def assign(self, order_id: int, uid: StudyUid, *, is_right: bool) -> None:
        """Store the reader's answer whether an order is a study's; raises `NotFoundError`."""
        with self._store.change(Permission.WRITE) as unit:
            unit.orders.answer(order_id, uid, is_right=is_right)
            details = {"order": order_id, "study": uid, "is_right": is_right}
            unit.audit.record(AuditAction.ORDER_ASSIGNED, uid, details)

    def filled(self, report: Report, order: Order, now: datetime) -> Report:
        """The report with the order's words as indication, unless it has one; never blocks."""
        if report.kept(Section.INDICATION):
            return report
        for text in order.indication:
            for line in finished(text).splitlines():
                report = report.with_sentence(
                    Section.INDICATION, line, now, source=SentenceSource.ORDER
                )
        return report

    def all(self) -> tuple[tuple[KnownOrder, bool], ...]:
        """The orders of the latest days, and whether films of each are here."""
        with self._store.look() as unit:
            known = unit.orders.newest(MOST_LISTED)
            with_films = placed(known, unit.orders.homes(known))
        return tuple((self._shown(one), one.id in with_films) for one in known)

    def without_films(self) -> tuple[KnownOrder, ...]:
        """Standing orders whose films are not here, the most urgent first."""
        found = [one for one, has_films in self.all() if not has_films]
        standing = (one for one in found if one.order.state in _STANDING)
        return tuple(sorted(standing, key=lambda one: one.order.priority.rank))

    def without_orders(self) -> tuple[StudySummary, ...]:
        """Studies of the list that are not signed and have no order, newest first."""
        with self._store.look() as unit:
            rows = marked(unit, unit.searches.studies(StudyQuery(limit=MOST_LISTED)))
        hide = self._hiding()
        return tuple(
            row if hide is None else hide.summary(row)
            for row in rows
            if not row.is_signed and (row.order is None or row.order.is_asked)
        )

    def refused(self) -> tuple[SkippedFile, ...]:
        """Files that could not be read wholly, and why; nothing while names are hidden."""
        if self._hiding() is not None:
            return ()
        with self._store.look() as unit:
            return unit.orders.refused()

    def _shown(self, known: KnownOrder) -> KnownOrder:
        hide = self._hiding()
        return known if hide is None else replace(known, order=hide.order(known.order))

    def _read_before(self) -> dict[Path, FileStamp]:
        if self._known is None:
            with self._store.look() as unit:
                self._known = unit.orders.read_files()
        return self._known

    def _is_settled(self, path: Path, stamp: FileStamp, now: datetime) -> bool:
        age_s = (now - datetime.fromtimestamp(stamp.changed_ns / 1e9, UTC)).total_seconds()
        is_same = self._seen.get(path) == stamp
        self._seen[path] = stamp
        return is_same or age_s >= SETTLED_S

    def _read(
        self, files: Sequence[tuple[Path, FileStamp]], cancel: CancelToken | None
    ) -> OrderIntake:
        whole = OrderIntake()
        for start in range(0, len(files), _AT_ONCE):
            some = files[start : start + _AT_ONCE]
            read = []
            for path, stamp in some:
                if cancel is not None:
                    cancel.raise_if_cancelled()
                read.append((path, stamp, self._content(path)))
            part = self._keep(read)
            whole = OrderIntake(
                files=whole.files + part.files,
                new=whole.new + part.new,
                changed=whole.changed + part.changed,
                cancelled=whole.cancelled + part.cancelled,
                refused=(*whole.refused, *part.refused),
            )
        return whole

    def _content(self, path: Path) -> OrderFile:
        try:
            return self._decoder().orders(path)
        except (InputError, WorkerError) as error:
            return OrderFile(digest="", orders=(), problems=(error.message,))

    def _keep(self, read: Sequence[tuple[Path, FileStamp, OrderFile]]) -> OrderIntake:
        """Store the orders of some files and note that these were read, in one transaction."""
        counts = dict.fromkeys(OrderNews, 0)
        refused = []
        with self._store.change(Permission.ADD_STUDIES) as unit:
            now = self._store.now_text()
            for path, stamp, content in read:
                problem = _told(content)
                is_new = unit.orders.mark(
                    path, stamp, digest=content.digest, problem=problem, now=now
                )
                if problem:
                    refused.append(SkippedFile(name=str(path), reason=problem))
                for order in content.orders if is_new else ():
                    counts[unit.orders.put(order, now)] += 1
            intake = OrderIntake(
                files=len(read),
                new=counts[OrderNews.NEW],
                changed=counts[OrderNews.CHANGED],
                cancelled=counts[OrderNews.CANCELLED],
                refused=tuple(refused),
            )
            unit.audit.record(AuditAction.ORDERS_READ, details=_counted(intake))
        if self._known is not None:
            self._known.update((path, stamp) for path, stamp, _content in read)
        for path, _mark, _content in read:
            self._seen.pop(path, None)
        return intake


def marked(unit: UnitOfWork, rows: Sequence[StudySummary]) -> tuple[StudySummary, ...]:
    """Rows of the study list with what their orders say."""
    if unit.orders.is_empty:
        return tuple(rows)
    found = _orders_of(unit, [_examined(row) for row in rows])
    return tuple(replace(row, order=found[row.uid].mark) for row in rows)


def urgent_first(unit: UnitOfWork, studies: Sequence[StudyUid]) -> tuple[StudyUid, ...]:
    """The studies by the urgency and the due time of their orders, else in their order."""
    sooner = [
        one
        for one in (unit.orders.newest(MOST_LISTED) if len(studies) > 1 else ())
        if one.order.state in _STANDING
        and (one.order.priority.rank < ROUTINE_RANK or one.order.due is not None)
    ]
    keys = {
        study.uid: min(_wait_key(one.order) for one in sooner if one.is_of(study))
        for study in (unit.orders.homes(sooner) if sooner else ())
        if any(one.is_of(study) for one in sooner)
    }
    last = (ROUTINE_RANK, *due_key(None))
    return tuple(sorted(studies, key=lambda uid: keys.get(uid, last)))


def _wait_key(order: Order) -> tuple[int, date, time]:
    return (order.priority.rank, *due_key(order.due))


def _examined(row: StudySummary) -> Examined:
    return Examined(
        uid=row.uid,
        accession=row.accession,
        patient=row.patient,
        day=row.study_date,
        modalities=row.modalities,
    )


def _orders_of(unit: UnitOfWork, studies: Sequence[Examined]) -> dict[StudyUid, StudyOrders]:
    """The orders of studies; nothing is asked about an order that another study has."""
    known = unit.orders.perhaps_of(studies)
    table = OrderTable(known)
    found = {study.uid: table.of(study) for study in studies}
    while asked := [one.asked for one in found.values() if one.asked is not None]:
        taken = placed(asked, unit.orders.homes(asked))
        if not taken:
            break
        known = tuple(one for one in known if one.id not in taken)
        table = OrderTable(known)
        again = (study for study in studies if found[study.uid].asked is not None)
        found.update((study.uid, table.of(study)) for study in again)
    return found


def _files_in(folder: Path) -> list[tuple[Path, FileStamp]]:
    """Files of a folder and below it; raises `InputError` if it cannot be read."""
    unreadable: list[Path] = []
    found = []
    for below, _folders, names in walk(folder, unreadable.append):
        for name in names:
            path = below / name
            stamp = _stamp_of(path)
            # An empty file is one that somebody begins to write, or a lock.
            is_order = not name.startswith(".") and path.suffix.lower() not in UNFINISHED
            if is_order and stamp is not None and stamp.size:
                found.append((path, stamp))
    if folder in unreadable:
        raise InputError(
            "The folder of orders cannot be read.",
            what_to_do="Check that it exists, that its share is there, and that you may read it.",
        )
    return found


def _stamp_of(path: Path) -> FileStamp | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return FileStamp(size=facts.st_size, changed_ns=facts.st_mtime_ns)


def _told(content: OrderFile) -> str:
    """Why a file was not wholly read; empty if it was."""
    count = len(content.problems)
    if not count:
        return ""
    first = content.problems[0]
    if not content.orders:
        return first
    return f"{count} of its parts {'is' if count == 1 else 'are'} left out. {first}"


def _counted(intake: OrderIntake) -> dict[str, int]:
    return {
        "files": intake.files,
        "new": intake.new,
        "changed": intake.changed,
        "cancelled": intake.cancelled,
        "refused": len(intake.refused),
    }
