"""Orders through the service: folders read again and again, matched, asked about and hidden."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from testkit.orders import MSH, OBR, ORC, PID, fhir, message, request, with_fields
from testkit.workspaces import NOW, any_report, any_study, open_store

from engine.domain.audit import AuditAction
from engine.domain.lifecycle import is_reviewed
from engine.domain.order import OrderIntake
from engine.domain.report import Section
from engine.domain.study import Study, StudyUid
from engine.domain.urgency import OrderPriority
from engine.errors import InputError, NotFoundError
from engine.services.library import Library
from engine.services.ordering import Orders, urgent_first
from engine.storage.unit_of_work import Store
from engine.workers.decode_client import DecodeClient

UID = StudyUid("1.2.3")
OURS = {
    "pid": "PID|1||P1^^^Hospital^MR||Test^Person||19610409|F",
    "obr": with_fields(OBR, {18: "ACC7"}),
    "msh": with_fields(MSH, {7: "20260318070000"}),
}
"""Parts of an order for `any_study`."""


@pytest.fixture(scope="module")
def client() -> Iterator[DecodeClient]:
    with DecodeClient() as shared:
        yield shared


class Ward:
    """A workspace with one study and a folder of orders that were written long ago."""

    def __init__(self, store: Store, client: DecodeClient, folder: Path) -> None:
        self.store = store
        self.library = Library(store, lambda: client)
        self.folder = folder
        self.client = client
        self.orders = self.begin()
        folder.mkdir()

    def begin(self) -> Orders:
        """The service as the program's next start has it."""
        return Orders(self.store, lambda: self.client, lambda: self.library.deidentifier)

    def write(self, name: str, content: bytes, *, age_s: float = 3600) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        moment = (self.store.clock() - timedelta(seconds=age_s)).timestamp()
        os.utime(path, (moment, moment))
        return path

    def read(self) -> OrderIntake:
        return self.orders.read_folder(self.folder)


@pytest.fixture
def ward(tmp_path: Path, client: DecodeClient) -> Iterator[Ward]:
    with open_store(tmp_path / "store", studies=(any_study(),)) as store:
        yield Ward(store, client, tmp_path / "orders")


def test_an_order_is_read_once_and_found_with_its_study(ward: Ward) -> None:
    ward.write("1.hl7", message(**OURS))
    assert ward.read() == OrderIntake(files=1, new=1)
    assert ward.read() == OrderIntake()
    ward.orders = ward.begin()
    assert ward.read() == OrderIntake()
    order = ward.orders.of_study(UID).order
    assert order is not None
    assert (order.reason, order.priority) == ("Pneumonia?", OrderPriority.STAT)
    (row,) = ward.library.studies()
    assert row.order is not None
    assert (row.order.priority, row.urgency) == (OrderPriority.STAT, 0)


def test_the_same_order_again_and_from_another_system_stays_one(ward: Ward) -> None:
    content = message(**OURS)
    ward.write("1.hl7", content)
    ward.read()
    ward.write("copy.hl7", content)
    assert ward.read() == OrderIntake(files=1)
    ward.write("1.hl7", content, age_s=60)
    assert ward.read() == OrderIntake(files=1)
    named = request(
        contained=None,
        subject={"identifier": {"value": "P1"}},
        identifier=[{"type": {"coding": [{"code": "ACSN"}]}, "value": "ACC7"}],
        authoredOn="2026-03-18T06:00:00",
        note=[{"text": "In a chair"}],
    )
    ward.write("2.json", fhir(named))
    assert ward.read() == OrderIntake(files=1, changed=1)
    order = ward.orders.of_study(UID).order
    assert order is not None
    assert (order.note, order.reason) == ("In a chair", "Pneumonia?")
    assert len(ward.orders.all()) == 1


def test_a_cancellation_is_told_and_stays_though_the_order_is_read_again(ward: Ward) -> None:
    ward.write("1.hl7", message(**OURS))
    ward.read()
    cancel = with_fields(ORC, {1: "CA"})
    later = with_fields(MSH, {7: "20260318080000"})
    ward.write("2.hl7", message(**{**OURS, "msh": later, "orc": cancel, "obr": ""}))
    assert ward.read() == OrderIntake(files=1, cancelled=1)
    (row,) = ward.library.studies()
    assert row.order is not None
    assert row.order.is_cancelled
    ward.write("1.hl7", message(**OURS), age_s=10)
    assert ward.read().cancelled == 0
    (row,) = ward.library.studies()
    assert row.order is not None
    assert row.order.is_cancelled


def test_a_file_in_the_middle_of_its_copying_waits_until_it_rests(ward: Ward) -> None:
    whole = fhir(request())
    ward.write("1.json", whole[:50], age_s=0)
    assert ward.read() == OrderIntake(waiting=1)
    ward.write("1.json", whole[:90], age_s=0.5)
    assert ward.read() == OrderIntake(waiting=1)
    ward.write("1.json", whole, age_s=0.2)
    assert ward.read() == OrderIntake(waiting=1)
    assert ward.read() == OrderIntake(files=1, new=1)


def test_a_refused_file_is_listed_and_tried_again_only_when_it_changes(ward: Ward) -> None:
    whole = fhir(request())
    path = ward.write("1.json", whole[:-9])
    (refused,) = ward.read().refused
    assert (refused.name, refused.reason) == (str(path), "The FHIR file is cut short or no JSON.")
    assert ward.read() == OrderIntake()
    assert ward.orders.refused() == (refused,)
    ward.write("1.json", whole)
    assert ward.read() == OrderIntake(files=1, new=1)
    assert ward.orders.refused() == ()


def test_what_is_left_aside_and_a_folder_that_is_away(ward: Ward) -> None:
    for name in (".hidden", "order.part", "order.tmp"):
        ward.write(name, message())
    ward.write("lockfile", b"")
    (ward.folder / "below").mkdir()
    ward.write("below/1.hl7", message())
    before = {path: path.stat() for path in ward.folder.rglob("*")}
    assert ward.read().files == 1
    assert {path: path.stat() for path in ward.folder.rglob("*")}.keys() == before.keys()
    shutil.rmtree(ward.folder)
    with pytest.raises(InputError, match="cannot be read"):
        ward.read()


def test_a_part_that_is_no_order_is_told_and_the_rest_is_read(ward: Ward) -> None:
    ward.write("1.hl7", message() + message(with_fields(MSH, {9: "ADT^A08"}), PID))
    intake = ward.read()
    assert intake.new == 1
    assert intake.refused[0].reason == (
        "1 of its parts is left out. It is an HL7 message of another kind (ADT), not an order."
    )


def without_number(**parts: str) -> bytes:
    return message(**{**OURS, "orc": "", "obr": with_fields(OBR, {18: "", 3: ""}), **parts})


def test_patient_and_day_are_asked_about_and_the_answer_holds(ward: Ward) -> None:
    ward.write("1.hl7", without_number())
    ward.read()
    found = ward.orders.of_study(UID)
    assert found.asked is not None
    assert not found.orders
    (row,) = ward.library.studies()
    assert row.order is not None
    assert row.order.is_asked
    ward.orders.assign(found.asked.id, UID, is_right=False)
    assert ward.orders.of_study(UID).asked is None
    assert len(ward.orders.without_films()) == 1
    ward.orders.assign(found.asked.id, UID, is_right=True)
    assert ward.orders.of_study(UID).order == found.asked.order
    assert ward.orders.without_films() == ()
    with pytest.raises(NotFoundError):
        ward.orders.assign(99, UID, is_right=True)


def test_an_order_that_another_study_has_is_not_asked_about(ward: Ward) -> None:
    other = replace(any_study("1.9"), accession="P1")
    ward.write("1.hl7", without_number())
    ward.read()
    assert ward.orders.of_study(UID).asked is not None
    with ward.store.change() as unit:
        unit.studies.put((other,), ward.store.now_text())
    assert ward.orders.of_study(UID).asked is None
    assert ward.orders.of_study(other.uid).order is not None


@pytest.mark.parametrize(
    "change",
    [
        lambda study: replace(study, accession="ACC8"),
        lambda study: replace(study, patient=replace(study.patient, patient_id="P2")),
    ],
)
def test_orders_without_film_and_films_without_order(
    ward: Ward, change: Callable[[Study], Study]
) -> None:
    assert [row.uid for row in ward.orders.without_orders()] == [UID]
    ward.write("1.hl7", message(**OURS))
    ward.read()
    assert ward.orders.without_orders() == ()
    assert ward.orders.without_films() == ()
    with ward.store.change() as unit:
        unit.studies.put((change(any_study()),), ward.store.now_text())
    assert [row.uid for row in ward.orders.without_orders()] == [UID]
    assert [one.order.accession for one in ward.orders.without_films()] == ["ACC7"]


def test_hidden_names_hide_those_of_orders(ward: Ward) -> None:
    ward.write("1.hl7", message(**{**OURS, "obr": f"{OURS['obr']}\rNTE|1||Bed of Person Test"}))
    ward.write("2.hl7", fhir(request())[:-9])
    ward.read()
    ward.library.deidentify(is_on=True)
    order = ward.orders.of_study(UID).order
    assert order is not None
    assert order.patient == ward.library.study(UID).patient
    assert order.reason == "Pneumonia?"
    told = repr((order, ward.orders.all(), ward.orders.without_orders(), ward.orders.refused()))
    for word in ("ACC7", "Hospital", "Person", "Ahrens", "1961", "2026", "hl7"):
        assert word not in told


def test_the_trail_tells_counts_and_nobodys_name(ward: Ward) -> None:
    ward.write("1.hl7", without_number())
    ward.read()
    asked = ward.orders.of_study(UID).asked
    assert asked is not None
    ward.orders.assign(asked.id, UID, is_right=True)
    with ward.store.look() as unit:
        (event,) = unit.audit.about(AuditAction.ORDERS_READ, "")
        (answer,) = unit.audit.about(AuditAction.ORDER_ASSIGNED, UID)
    assert event.details == {"files": 1, "new": 1, "changed": 0, "cancelled": 0, "refused": 0}
    assert answer.details == {"order": asked.id, "study": UID, "is_right": True}


def test_many_orders_of_many_days_find_their_studies(ward: Ward) -> None:
    studies = [replace(any_study(f"1.5.{n}"), accession=f"B{n}") for n in range(120)]
    with ward.store.change() as unit:
        unit.studies.put(studies, ward.store.now_text())
    several = b"".join(
        message(**{**OURS, "orc": f"ORC|NW|Q{n}|B{n}", "obr": f"OBR|1|Q{n}|B{n}|^Chest|A"})
        for n in range(120)
    )
    ward.write("all.hl7", several)
    assert ward.read() == OrderIntake(files=1, new=120)
    rows = ward.library.studies()
    assert sum(row.urgency == 1 for row in rows) == 120
    assert {row.uid for row in ward.orders.without_orders()} == {UID}


def test_an_indication_is_filled_once_and_counts_as_nobodys_words(ward: Ward) -> None:
    ward.write("1.hl7", message(**OURS))
    ward.read()
    order = ward.orders.of_study(UID).order
    assert order is not None
    empty = any_report()
    filled = ward.orders.filled(empty, order, NOW)
    assert filled.text(Section.INDICATION) == "Cough for three days. Pneumonia?"
    assert not is_reviewed(filled)
    assert ward.orders.filled(filled, order, NOW) == filled
    written = empty.with_sentence(Section.INDICATION, "Mine.", NOW)
    assert is_reviewed(written)
    assert ward.orders.filled(written, order, NOW) == written


def test_of_one_urgency_the_study_that_is_due_first_comes_first(ward: Ward) -> None:
    studies = [replace(any_study(f"1.5.{n}"), accession=f"B{n}") for n in range(5)]
    uids = [study.uid for study in studies]
    with ward.store.change() as unit:
        unit.studies.put(studies, ward.store.now_text())
    wanted = (("R", "202603181000"), ("A", ""), ("A", "202603182000"), ("A", "202603180900"))
    several = b"".join(
        message(
            **{
                **OURS,
                "orc": f"ORC|NW|Q{n}|B{n}",
                "obr": f"OBR|1|Q{n}|B{n}|^Chest\rTQ1|1|||||||{due}|{priority}",
            }
        )
        for n, (priority, due) in enumerate(wanted, 1)
    )
    ward.write("all.hl7", several)
    ward.read()
    with ward.store.look() as unit:
        found = urgent_first(unit, uids)
    assert [uids.index(uid) for uid in found] == [4, 3, 2, 1, 0]
