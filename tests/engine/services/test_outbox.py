"""Signed results reach the outbox once each, whatever happens between."""

from __future__ import annotations

import errno
import os
import random
import signal
import stat
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError
from testkit.outboxes import DEMO, NOW, outbox_desk, plain_content
from testkit.soak import tries

from engine.domain.audit import AuditAction
from engine.domain.delivery import Delivery, OutboxStatus, wait_after
from engine.domain.export import ExportForm
from engine.domain.progress import CancelToken
from engine.errors import ExportError, ReportStateError, StorageError, WorkerTimeoutError
from engine.services import outbox_folder
from engine.services.outbox_folder import OutboxFolder
from engine.storage.checks import full_check
from engine.workers.decode_client import DecodeClient


class Killed(BaseException):
    """Stands for the end of the process."""


def results(folder: Path) -> list[str]:
    """Names that a receiver sees."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "out"
    made.mkdir()
    return made


def test_each_form_of_a_signed_report_is_a_whole_file_with_a_receipt(
    tmp_path: Path, folder: Path
) -> None:
    with outbox_desk(tmp_path / "w", folder) as desk:
        signed = desk.sign()
        assert results(folder) == []
        assert desk.outbox.deliver() == OutboxStatus(delivered=2)
        deliveries = desk.outbox.deliveries()
        assert [each.form for each in deliveries] == [ExportForm.HL7, ExportForm.FHIR]
        assert results(folder) == sorted(each.file_name for each in deliveries)
        for each in deliveries:
            assert (folder / each.file_name).read_bytes() == plain_content(each)
        with desk.store.look() as unit:
            receipts = unit.audit.about(AuditAction.RESULT_DELIVERED, signed.id)
        told = [(event.details["file"], event.details["sha256"]) for event in receipts]
        assert told == [(each.file_name, each.sha256) for each in deliveries]
        assert full_check(desk.store.database)[1] == ()


def test_what_was_delivered_is_never_written_again(tmp_path: Path, folder: Path) -> None:
    with outbox_desk(tmp_path / "w", folder) as desk:
        desk.sign()
        desk.outbox.deliver()
        for name in results(folder):
            (folder / name).unlink()
        assert desk.outbox.deliver(even_early=True) == OutboxStatus()
    assert results(folder) == []


def test_every_stage_of_a_report_goes_out_in_its_order(tmp_path: Path, folder: Path) -> None:
    with outbox_desk(tmp_path / "w", folder) as desk:
        signed = desk.sign()
        signing = desk.reporting.signing
        signing.addendum(signed.id, "A nodule.", passphrase=DEMO)
        signing.withdraw(signed.id, "Wrong patient", passphrase=DEMO)
        assert desk.outbox.deliver().delivered == 6
        revisions = [each.revision for each in desk.outbox.deliveries()]
        assert revisions == [2, 2, 3, 3, 4, 4]


def test_a_signature_that_fails_leaves_no_delivery(tmp_path: Path, folder: Path) -> None:
    with outbox_desk(tmp_path / "w", folder) as desk:
        signed = desk.sign()
        with pytest.raises(ReportStateError):
            desk.reporting.signing.addendum(signed.id, " ", passphrase=DEMO)
        assert len(desk.outbox.deliveries()) == 2


def test_a_folder_that_is_away_changes_nothing_and_gets_everything_later(
    tmp_path: Path, folder: Path
) -> None:
    with outbox_desk(tmp_path / "w", folder) as desk:
        desk.sign(0)
        folder.rmdir()
        first = desk.outbox.deliver()
        assert (first.waiting, first.why) == (2, "The outbox folder is not there.")
        assert first.line == "2 results not delivered: The outbox folder is not there."
        size = (tmp_path / "w" / "workspace.db-wal").stat().st_size
        for _ in range(5):
            desk.outbox.deliver()
        assert (tmp_path / "w" / "workspace.db-wal").stat().st_size == size
        assert not folder.exists()
        desk.sign(1)
        assert desk.outbox.deliver().waiting == 4
        folder.mkdir()
        assert desk.outbox.deliver().delivered == 4
        assert len(results(folder)) == 4


def test_an_outbox_that_was_taken_out_of_the_settings_is_said(tmp_path: Path) -> None:
    with outbox_desk(tmp_path / "w", "") as desk:
        desk.sign()
        assert desk.outbox.deliver().why == "No outbox folder is set."
    with outbox_desk(tmp_path / "w", "beside") as desk:
        assert desk.outbox.deliver().why == "The outbox folder is not given as a whole path."


def test_a_result_that_cannot_be_made_keeps_back_only_its_own_corrections(
    tmp_path: Path, folder: Path
) -> None:
    faulty = True

    def content(delivery: Delivery) -> bytes:
        if faulty and delivery.form is ExportForm.FHIR:
            raise ValueError("words of a patient")
        return plain_content(delivery)

    moment = [NOW]

    def clock() -> datetime:
        return moment[0]

    with outbox_desk(tmp_path / "w", folder, content, clock=clock) as desk:
        signed = desk.sign(0)
        desk.reporting.signing.addendum(signed.id, "A nodule.", passphrase=DEMO)
        status = desk.outbox.deliver()
        assert (status.delivered, status.waiting) == (2, 2)
        assert status.why == "The document could not be made; the log has the cause."
        assert desk.outbox.deliver().delivered == 0, "too early to try again"
        faulty = False
        assert desk.outbox.deliver().delivered == 0, "too early to try again"
        moment[0] += wait_after(1)
        assert desk.outbox.deliver() == OutboxStatus(delivered=2)
        order = [name for name in results(folder) if "fhir" in name]
        found = [each.file_name for each in desk.outbox.deliveries() if "fhir" in each.file_name]
        assert order == sorted(found)


def test_a_form_that_has_nothing_to_say_is_left_out_and_not_counted(
    tmp_path: Path, folder: Path
) -> None:
    def content(delivery: Delivery) -> bytes:
        if delivery.form is ExportForm.FHIR:
            raise ReportStateError("There is no key image.")
        return plain_content(delivery)

    with outbox_desk(tmp_path / "w", folder, content) as desk:
        desk.sign()
        assert desk.outbox.deliver() == OutboxStatus(delivered=1)
        assert desk.states() == ["delivered", "left out"]
        assert desk.outbox.deliveries()[1].reason == "There is no key image."


def test_a_file_of_somebody_else_is_never_replaced(tmp_path: Path, folder: Path) -> None:
    with outbox_desk(tmp_path / "w", folder) as desk:
        desk.sign()
        name = desk.outbox.deliveries()[0].file_name
        (folder / name).write_bytes(b"theirs")
        status = desk.outbox.deliver()
        assert (status.delivered, status.waiting) == (1, 1)
        assert status.why == "Another file of the same name lies in the outbox."
        assert (folder / name).read_bytes() == b"theirs"


def test_a_full_disk_of_the_outbox_is_said_and_leaves_no_part(
    tmp_path: Path, small_disk: Path
) -> None:
    def content(_delivery: Delivery) -> bytes:
        return bytes(3 << 20)

    with outbox_desk(tmp_path / "w", small_disk, content) as desk:
        desk.sign()
        status = desk.outbox.deliver()
        assert (status.waiting, status.why) == (2, "The outbox folder is full.")
        assert {path.name for path in small_disk.iterdir()} <= {".negatoscope-outbox"}


def test_asked_to_stop_it_ends_after_the_file_at_hand(tmp_path: Path, folder: Path) -> None:
    token = CancelToken()

    def content(delivery: Delivery) -> bytes:
        token.cancel()
        return plain_content(delivery)

    with outbox_desk(tmp_path / "w", folder, content) as desk:
        desk.sign()
        assert desk.outbox.deliver(token).waiting == 1
        assert desk.outbox.deliver().waiting == 0


def test_the_wait_grows_to_an_hour() -> None:
    waits = [wait_after(number) for number in (1, 2, 3, 100_000)]
    assert waits == [timedelta(seconds=s) for s in (10, 20, 40, 3600)]


STEPS = ("stage", "staged", "publish", "settle")


@pytest.mark.parametrize("taken", [False, True], ids=["left there", "taken away"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_each_result_arrives_once(
    tmp_path: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    after: bool,
    taken: bool,
) -> None:
    from engine.storage.delivery_rows import Deliveries

    owner = OutboxFolder if step in {"stage", "publish"} else Deliveries
    real = getattr(owner, step)

    def die(*arguments: object, **options: object) -> None:
        if after:
            real(*arguments, **options)
        raise Killed

    arrived: list[str] = []

    def receive() -> None:
        for name in results(folder):
            arrived.append(name)
            (folder / name).unlink()

    with outbox_desk(tmp_path / "w", folder) as desk:
        desk.sign()
        with monkeypatch.context() as patch:
            patch.setattr(owner, step, die)
            with pytest.raises(Killed):
                desk.outbox.deliver()
    if taken:
        receive()
    with outbox_desk(tmp_path / "w", folder) as desk:
        assert desk.outbox.deliver().waiting == 0
        receive()
        assert sorted(arrived) == sorted(each.file_name for each in desk.outbox.deliveries())
        assert list(folder.glob(".*")) == [folder / ".negatoscope-outbox"]


def test_another_folder_under_the_same_path_gets_what_the_first_did_not(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise Killed

    with outbox_desk(tmp_path / "w", folder) as desk:
        desk.sign()
        with monkeypatch.context() as patch:
            patch.setattr(OutboxFolder, "publish", die)
            with pytest.raises(Killed):
                desk.outbox.deliver()
        folder.rename(tmp_path / "the first stick")
        folder.mkdir()
        assert desk.outbox.deliver().delivered == 2
        assert len(results(folder)) == 2


def test_the_database_itself_refuses_a_second_delivery(tmp_path: Path, folder: Path) -> None:
    with outbox_desk(tmp_path / "w", folder) as desk:
        desk.sign()
        desk.outbox.deliver()
        for statement in ("UPDATE deliveries SET state = 'waiting'", "DELETE FROM deliveries"):
            with pytest.raises((StorageError, IntegrityError)), desk.store.change() as unit:
                unit.reports._session.connection().exec_driver_sql(statement)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such call")
def test_a_share_that_syncs_no_folder_is_no_hindrance(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = os.fsync

    def refuse_folders(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "no")
        sync(descriptor)

    with outbox_desk(tmp_path / "w", folder) as desk:
        desk.sign()
        monkeypatch.setattr(os, "fsync", refuse_folders)
        assert desk.outbox.deliver().delivered == 2


def test_a_folder_that_may_not_be_synced_is_said_and_made_good_later(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_folder: Path) -> None:
        raise PermissionError(13, "no")

    with outbox_desk(tmp_path / "w", folder) as desk:
        desk.sign()
        with monkeypatch.context() as patch:
            patch.setattr(outbox_folder, "sync_folder", refuse)
            assert desk.outbox.deliver().why == "The outbox folder cannot be written to."
        assert desk.outbox.deliver().waiting == 0


def work(root: Path, folder: Path, begun: int) -> None:
    """Sign and deliver as fast as it goes."""
    with outbox_desk(root, folder, studies=400) as desk:
        first = len(desk.outbox.deliveries()) // 2
        for number in range(first, 400):
            desk.sign(number)
            os.write(begun, b"x")
            desk.outbox.deliver()
            os.write(begun, b"x")


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and kill -9")
@pytest.mark.parametrize(
    "kills", [10, pytest.param(tries(50, 200), marks=pytest.mark.slow)], ids=["few", "many"]
)
@pytest.mark.timeout(1800)
def test_killed_at_random_moments_nothing_is_lost_and_nothing_comes_twice(
    tmp_path: Path, folder: Path, kills: int
) -> None:
    chance = random.Random(19)  # noqa: S311  moments of a test
    arrived: list[str] = []

    def receive() -> None:
        for name in results(folder):
            arrived.append(name)
            (folder / name).unlink()

    with outbox_desk(tmp_path / "w", folder, studies=400) as desk:
        desk.sign(0)  # what this loads, the children have at once
    for _ in range(kills):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                work(tmp_path / "w", folder, writing)
            finally:
                os._exit(1)
        for _ in range(chance.randint(1, 4)):
            os.read(reading, 1)
        time.sleep(chance.uniform(0, 0.1))
        if chance.random() < 0.5:
            receive()
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reading)
        os.close(writing)
    with outbox_desk(tmp_path / "w", folder, studies=400) as desk:
        assert desk.outbox.deliver(even_early=True).waiting == 0
        receive()
        deliveries = desk.outbox.deliveries()
        assert len(deliveries) > kills
        assert sorted(arrived) == sorted(each.file_name for each in deliveries)
        with desk.store.look() as unit:
            signed = [e for e in unit.audit.entries() if e.action == AuditAction.REPORT_SIGNED]
        assert 2 * len(signed) == len(deliveries)
        assert full_check(desk.store.database)[1] == ()


def test_a_document_that_fails_by_its_own_word_says_it(tmp_path: Path, folder: Path) -> None:
    def content(_delivery: Delivery) -> bytes:
        raise ExportError("The result has letters that ISO 8859-1 lacks.")

    with outbox_desk(tmp_path / "w", folder, content, clock=lambda: NOW) as desk:
        desk.sign()
        status = desk.outbox.deliver()
        assert (
            status.line == "2 results not delivered: The result has letters that ISO 8859-1 lacks."
        )
        assert status.seconds_to_wait == 10


def answer(acks: Path, delivery: Delivery, code: str, words: str = "") -> None:
    """What a receiver writes of a message, in a file that it names as it likes."""
    message_id = delivery.file_name.split("-")[1]
    head = "MSH|^~\\&|RIS|HOSP|NEGATOSCOPE||20260318104500||ACK^R01^ACK|1|P|2.5.1"
    path = acks / f"{len(list(acks.iterdir()))}.ack"
    path.write_text(f"{head}\rMSA|{code}|{message_id}|{words}\r")


def test_what_the_receiver_answers_is_kept_and_a_refusal_is_seen_until_it_is_made_good(
    tmp_path: Path, folder: Path
) -> None:
    acks = tmp_path / "acks"
    acks.mkdir()
    with outbox_desk(tmp_path / "w", folder, acks=acks) as desk:
        one, other = desk.sign(0), desk.sign(1)
        assert desk.outbox.deliver().line == ""
        first, _, second, _ = desk.outbox.deliveries()
        answer(acks, first, "AA")
        answer(acks, second, "AE", "Unknown order")
        (acks / "stranger.ack").write_bytes(b"not a message")
        status = desk.outbox.deliver()
        assert (status.waiting, status.refused) == (0, 1)
        assert status.line == "1 result refused by the receiver: Unknown order"
        assert status.seconds_to_wait == 60, "it looks again by itself"
        found = desk.outbox.deliveries()
        assert [each.is_accepted for each in found] == [True, None, False, None]
        assert found[2].answer == "Unknown order"
        assert desk.outbox.deliver().refused == 1, "a file is read once"
        with desk.store.look() as unit:
            said = [unit.audit.about(AuditAction.RESULT_ANSWERED, r.id) for r in (one, other)]
        assert [[event.details["accepted"] for event in events] for events in said] == [
            [True],
            [False],
        ]

        desk.reporting.signing.addendum(other.id, "A nodule.", passphrase=DEMO)
        assert desk.outbox.deliver().refused == 1
        correction = desk.outbox.deliveries()[4]
        assert correction.report_id == other.id != one.id
        answer(acks, correction, "AA")
        assert desk.outbox.deliver().line == ""


def test_a_refused_result_that_is_accepted_later_is_made_good(tmp_path: Path, folder: Path) -> None:
    acks = tmp_path / "acks"
    acks.mkdir()
    with outbox_desk(tmp_path / "w", folder, acks=acks) as desk:
        desk.sign()
        desk.outbox.deliver()
        delivery = desk.outbox.deliveries()[0]
        answer(acks, delivery, "AR")
        assert desk.outbox.deliver().line == "1 result refused by the receiver."
        answer(acks, delivery, "AA")
        assert desk.outbox.deliver().line == ""


def test_a_half_written_answer_is_read_again_when_it_is_whole(tmp_path: Path, folder: Path) -> None:
    acks = tmp_path / "acks"
    acks.mkdir()
    with outbox_desk(tmp_path / "w", folder, acks=acks) as desk:
        desk.sign()
        desk.outbox.deliver()
        answer(acks, desk.outbox.deliveries()[0], "AR")
        (path,) = acks.iterdir()
        whole = path.read_bytes()
        path.write_bytes(whole[: whole.index(b"MSA") + 6])
        assert desk.outbox.deliver().refused == 0
        path.write_bytes(whole)
        assert desk.outbox.deliver().refused == 1


@pytest.mark.parametrize("fault", ["worker", "share"])
def test_an_answer_that_could_not_be_looked_into_is_read_again(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    acks = tmp_path / "acks"
    acks.mkdir()

    def too_slow(_client: DecodeClient, _path: Path) -> None:
        raise WorkerTimeoutError("It took too long.")

    def lapsed(client: DecodeClient, path: Path) -> object:
        return read(client, path.with_suffix(".gone"))

    read = DecodeClient.acknowledgements
    with outbox_desk(tmp_path / "w", folder, acks=acks) as desk:
        desk.sign()
        desk.outbox.deliver()
        answer(acks, desk.outbox.deliveries()[0], "AR")
        with monkeypatch.context() as patch:
            patch.setattr(
                DecodeClient, "acknowledgements", too_slow if fault == "worker" else lapsed
            )
            assert desk.outbox.deliver().refused == 0
        assert desk.outbox.deliver().refused == 1


def test_a_folder_of_answers_that_is_away_hinders_no_delivery(tmp_path: Path, folder: Path) -> None:
    with outbox_desk(tmp_path / "w", folder, acks=tmp_path / "away") as desk:
        desk.sign()
        assert desk.outbox.deliver().delivered == 2
