"""DICOM worklist items in files."""

from __future__ import annotations

from datetime import date, time
from io import BytesIO
from pathlib import Path

import pytest
from testkit.dicom_files import write_film
from testkit.orders import message, write_worklist_item

from engine.dicom.reader import read_header
from engine.dicom.worklist_file import worklist_order
from engine.documents.orders.hl7_order import hl7_orders
from engine.domain.order import Order
from engine.domain.urgency import Moment, OrderPriority
from engine.errors import DamagedFileError, UnsupportedImageError


def read(path: Path) -> Order:
    return worklist_order(read_header(BytesIO(path.read_bytes())))


def test_it_says_the_same_as_the_hl7_order_of_the_same_examination(tmp_path: Path) -> None:
    order = read(write_worklist_item(tmp_path / "1.wl"))
    other = hl7_orders(message())[0][0]
    assert order.patient == other.patient
    for name in ("accession", "procedure", "modality", "reason", "priority", "referrer"):
        assert getattr(order, name) == getattr(other, name), name
    assert order.scheduled == Moment(day=date(2020, 2, 3), clock=time(9, 30))
    assert (order.study_uid, order.procedure_id) == ("1.2.7", "RP1")


def test_a_file_of_dcmtk_without_preamble_is_read(tmp_path: Path) -> None:
    path = write_worklist_item(tmp_path / "1.wl")
    path.write_bytes(path.read_bytes()[132:])
    assert read(path).accession == "A1"


def test_history_comments_and_codes_are_taken(tmp_path: Path) -> None:
    order = read(
        write_worklist_item(
            tmp_path / "1.wl",
            AdditionalPatientHistory="Smoker\r\nAsthma",
            RequestedProcedureComments="In a chair",
            ImagingServiceRequestComments="Isolation",
            RequestedProcedurePriority="HIGH",
            RequestedProcedureDescription=None,
            Step_ScheduledProcedureStepDescription="Chest bedside",
        )
    )
    assert (order.history, order.note) == ("Smoker\nAsthma", "In a chair\nIsolation")
    assert (order.priority, order.procedure) == (OrderPriority.URGENT, "Chest bedside")


def test_a_film_is_no_order(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedImageError, match="another kind"):
        read(write_film(tmp_path / "film.dcm"))


def test_an_item_that_names_nobody_is_refused(tmp_path: Path) -> None:
    path = write_worklist_item(tmp_path / "1.wl", PatientID=None, AccessionNumber="")
    with pytest.raises(DamagedFileError, match="neither"):
        read(path)
