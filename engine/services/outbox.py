"""Delivers signed results into the outbox folder, once each.

The delivery was stored with the signature (`Signing`). What is kept where at each step decides what
a later start does with it: a waiting delivery is made anew; a staged one is renamed if its hidden
file is still there, and otherwise was renamed before, so that only its receipt is missing; a
settled one is never touched.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from engine.domain.audit import AuditAction
from engine.domain.delivery import (
    Delivery,
    DeliveryState,
    OutboxStatus,
    refused_of,
    wait_after,
)
from engine.domain.export import ExportForm
from engine.domain.progress import CancelToken
from engine.domain.report import ReportId
from engine.domain.user import Permission
from engine.errors import (
    ExportError,
    NegatoscopeError,
    ReportStateError,
    StorageError,
)
from engine.services.answering import AnswerReader
from engine.services.exporting import load_libraries
from engine.services.outbox_folder import OutboxFolder, sentence_for
from engine.services.slow_folders import unless_cancelled
from engine.settings import Settings
from engine.storage.unit_of_work import Store

_LOG = logging.getLogger(__name__)
_ANSWERS_S = 60.0
_LEAST_S, _MOST_S = 5.0, 300.0
"""How long to wait between two calls: a folder that comes back is noticed within minutes."""


class Outbox:
    """What is delivered, and what waits. Every method may block: call it off the GUI thread.

    Args:
        store: The open database.
        content: Makes the document, under the patient's real name; raises `ReportStateError` if the
            report has nothing to say in that form.
        settings: Gives the current settings, for the folders.
        answers: Reads what receivers answer.
    """

    def __init__(
        self,
        store: Store,
        content: Callable[[Delivery], bytes],
        settings: Callable[[], Settings],
        answers: AnswerReader,
    ) -> None:
        self._store = store
        self._content = content
        self._settings = settings
        self._answers = answers
        self._one_at_a_time = threading.Lock()
        self._misses = 0

    def deliveries(self) -> tuple[Delivery, ...]:
        """All deliveries, oldest first."""
        with self._store.look() as unit:
            return _answered(unit.deliveries.all(), unit.answers.newest())

    def problem(self) -> str:
        """Why nothing can be delivered at present, one sentence; empty if nothing is known."""
        return self._folder().problem()

    def get_ready(self) -> None:
        """Import what the documents need, so that it does not fall into the first signature.

        A table of codes comes with it that is built in one go, while every other thread waits.
        """
        load_libraries(self._settings().outbox)

    def deliver(
        self, cancel: CancelToken | None = None, *, even_early: bool = False
    ) -> OutboxStatus:
        """Try what waits, in its order, and say what is left.

        A folder that cannot be used ends the call at its first sign and changes nothing.

        Args:
            cancel: Ends the call after the current file.
            even_early: Also try what failed a short time ago.

        Raises:
            StorageError: The database cannot be read.
            CancelledError: `cancel` was set while a folder did not answer.
        """
        with self._one_at_a_time:
            with self._store.look() as unit:
                waiting = unit.deliveries.waiting()
            token = cancel or CancelToken()
            delivered, why = 0, ""
            if waiting:
                delivered, why = self._deliver_each(waiting, token, even_early=even_early)
            self._read_answers(token)
            return self._status(delivered, why)

    def _read_answers(self, cancel: CancelToken) -> None:
        folder = self._settings().outbox_acks
        if not folder or cancel.is_cancelled:
            return
        try:
            self._answers.read(Path(folder), cancel)
        except (OSError, StorageError):
            _LOG.warning("acknowledgements cannot be read", exc_info=True)

    def _deliver_each(
        self, waiting: tuple[Delivery, ...], cancel: CancelToken, *, even_early: bool
    ) -> tuple[int, str]:
        """Number of delivered results, and the folder's fault."""
        folder, delivered = self._folder(), 0
        if problem := unless_cancelled(folder.problem, cancel):
            return 0, problem
        now, held_back = self._store.clock(), set[tuple[ReportId, ExportForm]]()
        for delivery in waiting:
            key = (delivery.report_id, delivery.form)
            if cancel.is_cancelled:
                break
            is_early = delivery.next_try is not None and delivery.next_try > now
            # A receiver that gets a correction before what it corrects would end with the older.
            if key in held_back or (is_early and not even_early):
                held_back.add(key)
                continue
            try:
                delivered += self._deliver(delivery, folder)
            except OSError as error:
                _LOG.warning("the outbox folder cannot be used", exc_info=True)
                return delivered, sentence_for(error)
            except StorageError as error:
                _LOG.warning("a delivery cannot be noted", exc_info=True)
                return delivered, error.message
            except ExportError as error:
                _LOG.warning("a result is not delivered", exc_info=True)
                self._note_failure(delivery, error.message)
                held_back.add(key)
        return delivered, ""

    def _deliver(self, delivery: Delivery, folder: OutboxFolder) -> bool:
        """Bring one delivery to its end; False if it is left out.

        Raises:
            OSError: The folder cannot be used.
            StorageError: A step could not be noted.
            ExportError: This delivery failed.
        """
        token, name = folder.token(), delivery.file_name
        if not self._was_published(delivery, folder, token):
            try:
                content = self._made(delivery)
            except ReportStateError as error:
                self._settle(delivery, DeliveryState.LEFT_OUT, error.message)
                return False
            sha256 = hashlib.sha256(content).hexdigest()
            with self._store.look() as unit:
                is_known = unit.deliveries.has_delivered(delivery, sha256)
            if is_known:
                # Key images, say, are not changed by an addendum.
                self._settle(delivery, DeliveryState.LEFT_OUT, "It was delivered before.")
                return False
            folder.stage(name, content)
            try:
                with self._store.change(Permission.READ) as unit:
                    unit.deliveries.staged(delivery, token, sha256)
            except StorageError:
                folder.unstage(name)
                raise
            delivery = replace(delivery, sha256=sha256)
            folder.publish(name, sha256)
        self._settle(delivery, DeliveryState.DELIVERED)
        return True

    def _was_published(self, delivery: Delivery, folder: OutboxFolder, token: str) -> bool:
        """Whether the file of a delivery that was interrupted has its final name, now or before."""
        name, sha256 = delivery.file_name, delivery.sha256
        if delivery.state is not DeliveryState.STAGED:
            return False
        if folder.holds(name, sha256):
            folder.unstage(name)
            return True
        if delivery.staged_in != token:
            return False
        if folder.is_staged(name):
            folder.publish(name, sha256)
        # Without its hidden file it was renamed, and the receiver has taken it away since.
        return True

    def _made(self, delivery: Delivery) -> bytes:
        """The document; raises `ReportStateError` if there is none, `ExportError` if it fails."""
        try:
            return self._content(delivery)
        except ReportStateError:
            raise
        except NegatoscopeError as error:
            raise ExportError(error.message) from error
        except Exception as error:
            # One document that cannot be made must not keep the others back.
            raise ExportError("The document could not be made; the log has the cause.") from error

    def _settle(self, delivery: Delivery, state: DeliveryState, reason: str = "") -> None:
        with self._store.change(Permission.READ) as unit:
            unit.deliveries.settle(delivery, state, self._store.clock(), reason)
            if state is DeliveryState.DELIVERED:
                details = {
                    "format": delivery.form.value,
                    "revision": delivery.revision,
                    "file": delivery.file_name,
                    "sha256": delivery.sha256,
                }
                unit.audit.record(AuditAction.RESULT_DELIVERED, delivery.report_id, details)

    def _note_failure(self, delivery: Delivery, reason: str) -> None:
        next_try = self._store.clock() + wait_after(delivery.tries + 1)
        with suppress(StorageError), self._store.change(Permission.READ) as unit:
            unit.deliveries.failed(delivery, reason, next_try)

    def _status(self, delivered: int, why: str) -> OutboxStatus:
        with self._store.look() as unit:
            waiting = unit.deliveries.waiting()
        self._misses = self._misses + 1 if why else 0
        settings = self._settings()
        refused = self._refused() if settings.outbox_acks else ()
        told = OutboxStatus(
            delivered=delivered,
            refused=len(refused),
            refusal=next((each.answer for each in refused if each.answer), ""),
            seconds_to_wait=_ANSWERS_S if settings.outbox_acks else None,
        )
        if not waiting:
            return told
        now = self._store.clock()
        if why:
            wait = wait_after(self._misses)
        else:
            why = next((each.reason for each in waiting if each.reason), "")
            wait = min(each.next_try or now for each in waiting) - now
        return replace(
            told,
            waiting=len(waiting),
            why=why,
            seconds_to_wait=min(max(wait.total_seconds(), _LEAST_S), _MOST_S),
        )

    def _refused(self) -> tuple[Delivery, ...]:
        with self._store.look() as unit:
            reports = unit.answers.refused_reports()
            if not reports:
                return ()
            found = _answered(unit.deliveries.all(reports), unit.answers.newest(reports))
        return refused_of(found)

    def _folder(self) -> OutboxFolder:
        return OutboxFolder(Path(self._settings().outbox_folder))


def _answered(
    deliveries: tuple[Delivery, ...], said: Mapping[int, tuple[bool, str]]
) -> tuple[Delivery, ...]:
    """The deliveries with what their receivers said last."""
    return tuple(
        replace(each, is_accepted=said[each.id][0], answer=said[each.id][1])
        if each.id in said
        else each
        for each in deliveries
    )
