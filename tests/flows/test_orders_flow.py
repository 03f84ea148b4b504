"""Orders lie there before the film, after it, and never: through the real window."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from shiboken6 import isValid
from testkit.dicom_files import write_film
from testkit.orders import MSH, OBR, ORC, message, with_fields
from testkit.reading_room import ReadingRoom

from engine import paths
from engine.domain.report import Section, SentenceSource
from engine.domain.study import StudyUid
from engine.services.window_calls import WindowCall, WindowCalls
from engine.services.workspace import Workspace
from engine.settings import change_settings
from viewer.actions import file, report
from viewer.dialogs.lock import LockSheet
from viewer.dialogs.orders import OrdersSheet
from viewer.main import answer
from viewer.tasks.calls import CallWatch

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "a passphrase of the ward"
PID = "PID|1||T-1^^^Hospital^MR||Test^Ada||19600102|F"


class Ward:
    """A window on a real workspace, a folder of films and one of orders."""

    def __init__(self, room: ReadingRoom, folder: Path) -> None:
        self.room = room
        self.films = folder / "films"
        self.orders = folder / "orders"
        self.root = folder / "real"
        self.orders.mkdir()
        Workspace.create(self.root, user_name="Dr Test", passphrase=PASSPHRASE).close()
        change_settings({"orders_folder": str(self.orders)})

    def open(self) -> None:
        self.room.open_real(self.root, PASSPHRASE)

    def film(self, number: str, **elements: str) -> None:
        """A film of the ward's patient comes in and is opened."""
        elements = {"StudyInstanceUID": f"1.2.{number[1:]}", "AccessionNumber": number, **elements}
        library = self.room.desk.library
        self.room.desk.open_paths([write_film(self.films / f"{number}.dcm", **elements)])
        self.room.wait(lambda: not library.is_scanning)
        self.show(f"1.2.{number[1:]}")

    def show(self, uid: str) -> None:
        self.room.show_study(uid)

    def order(self, name: str, content: bytes) -> None:
        """An order lies there for a while already."""
        path = self.orders / name
        path.write_bytes(content)
        os.utime(path, (time.time() - 60,) * 2)

    def comes(self, name: str, content: bytes) -> None:
        """An order comes while the window looks."""
        seen: list[object] = []
        self.room.desk.orders.came.connect(seen.append)
        self.order(name, content)
        self.room.desk.orders.look()
        self.room.wait(lambda: bool(seen))

    @property
    def indication(self) -> str:
        return self.room.report.text(Section.INDICATION)

    def type(self, words: str) -> None:
        self.room.desk.report.add(Section.FINDINGS, words)


def order_of(number: str, **parts: str) -> bytes:
    own = {
        "msh": MSH,
        "pid": PID,
        "orc": with_fields(ORC, {2: f"P{number}", 3: ""}),
        "obr": with_fields(OBR, {2: "", 3: "", 18: number}),
        **parts,
    }
    return message(**own)


@pytest.fixture
def ward(
    qtbot: object, small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Ward]:
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setattr(paths, "model_bundle", lambda: small_model)
    room = ReadingRoom(qtbot, tmp_path / "window.ini")
    yield Ward(room, tmp_path)
    if isValid(room.window) and room.window.isVisible():
        room.close()


def listed(room: ReadingRoom) -> list[str]:
    rows = room.view.left.studies.rows
    return [str(rows.index(row).data()) for row in range(rows.rowCount())]


def test_an_order_that_lay_there_before_its_film_heads_the_list_and_the_report(ward: Ward) -> None:
    tq1 = "TQ1|1||||||20240203|202402031230|S"
    ward.order(
        "1.hl7", order_of("A1", obr=f"{with_fields(OBR, {18: 'A1'})}\r{tq1}\rNTE|1||In a chair")
    )
    ward.open()
    room = ward.room
    ward.film("A2", StudyDate="20240204")
    ward.film("A1")
    room.wait(lambda: room.desk.orders.order is not None)
    room.wait(lambda: room.desk.library.rows[0].order is not None)
    assert room.view.banner.order.text() == "Stat  ·  due 2024-02-03 12:30"
    shown = room.view.report.order.text
    for words in ("Cough for three days", "Pneumonia?", "In a chair", "Ahrens, Dr Ute"):
        assert words in shown
    assert ward.indication == "", "a study that is only looked at gets no report"
    ward.type("The lungs are clear.")
    room.wait(lambda: bool(ward.indication))
    assert ward.indication == "Cough for three days. Pneumonia?"
    filled = room.report.kept(Section.INDICATION)
    assert {one.source for one in filled} == {SentenceSource.ORDER}
    room.do(report.UNDO)
    assert ward.indication == ""
    assert room.report.text(Section.FINDINGS) == "The lungs are clear."
    room.do(report.INDICATION)
    assert ward.indication == "Cough for three days. Pneumonia?"


def test_urgent_studies_stand_first_behind_what_was_just_opened(ward: Ward) -> None:
    ward.open()
    room = ward.room
    for number, day in (("A1", "20240203"), ("A2", "20240205"), ("A3", "20240204")):
        ward.film(number, StudyDate=day)
    ward.comes("1.hl7", order_of("A1"))
    library = room.desk.library
    room.wait(lambda: any(row.order is not None for row in library.rows))
    assert [row.accession for row in library.rows] == ["A3", "A1", "A2"]
    headings = [text for text in listed(room) if "Ada" not in text]
    assert headings == ["Just opened", "Urgent", "Earlier"]


def test_of_two_urgent_studies_the_one_due_first_stands_first(ward: Ward) -> None:
    ward.open()
    room = ward.room
    for number, day in (("A1", "20240203"), ("A2", "20240205"), ("A3", "20240204")):
        ward.film(number, StudyDate=day)
    for number, due in (("A1", "202402060900"), ("A2", "202402061200")):
        obr = f"{with_fields(OBR, {18: number})}\rTQ1|1|||||||{due}|S"
        ward.comes(f"{number}.hl7", order_of(number, obr=obr))
    library = room.desk.library
    room.wait(lambda: sum(row.order is not None for row in library.rows) == 2)
    assert [row.accession for row in library.rows] == ["A3", "A1", "A2"]


def test_an_order_after_its_film_fills_what_is_empty_and_leaves_what_is_typed(ward: Ward) -> None:
    ward.open()
    room = ward.room
    ward.film("A1")
    ward.film("A2", StudyDate="20240204")
    ward.type("No effusion.")
    ward.comes("2.hl7", order_of("A2"))
    room.wait(lambda: bool(ward.indication))
    assert ward.indication == "Cough for three days. Pneumonia?"
    assert room.report.text(Section.FINDINGS) == "No effusion."
    ward.show("1.2.1")
    room.desk.report.add(Section.INDICATION, "Seen by me.")
    ward.comes("1.hl7", order_of("A1"))
    room.wait(lambda: room.desk.orders.order is not None)
    assert ward.indication == "Seen by me."
    room.do(report.INDICATION)
    assert ward.indication == "Seen by me."


def test_an_order_by_patient_and_day_is_a_question_that_is_answered_once(ward: Ward) -> None:
    ward.open()
    room = ward.room
    ward.film("A1")
    obr = with_fields(OBR, {2: "", 3: "", 18: "", 36: "20240203"})
    ward.comes("1.hl7", order_of("", orc=with_fields(ORC, {2: "P7", 3: ""}), obr=obr))
    panel = room.view.report.order
    room.wait(lambda: room.desk.orders.found.asked is not None)
    assert room.view.banner.order.text() == "Order?"
    assert "an order of the same day" in panel.text
    assert "Test, Ada" in panel.text
    assert "Pneumonia?" in panel.text
    QTest.mouseClick(panel.is_not, Qt.MouseButton.LeftButton)
    room.wait(lambda: room.desk.orders.found.asked is None)
    assert not panel.isVisible()
    ward.show("1.2.1")
    assert room.desk.orders.found.asked is None


def test_the_answer_yes_makes_it_the_studys_order(ward: Ward) -> None:
    ward.open()
    room = ward.room
    ward.film("A1")
    stranger = PID.replace("T-1", "T-9")
    ward.comes("1.hl7", order_of("A1", pid=stranger))
    panel = room.view.report.order
    room.wait(lambda: room.desk.orders.found.asked is not None)
    assert "names another patient" in panel.text
    ward.type("No effusion.")
    QTest.mouseClick(panel.is_ours, Qt.MouseButton.LeftButton)
    room.wait(lambda: bool(ward.indication))
    assert room.view.banner.order.text() == "Stat"


def test_a_cancelled_order_is_told_in_the_list_and_in_the_banner(ward: Ward) -> None:
    ward.order("1.hl7", order_of("A1"))
    ward.open()
    room = ward.room
    ward.film("A1")
    room.wait(lambda: room.desk.orders.order is not None)
    later = with_fields(MSH, {7: "20260318080000"})
    cancel = with_fields(ORC, {1: "CA", 2: "PA1", 3: ""})
    ward.comes("2.hl7", order_of("A1", msh=later, orc=cancel, obr=""))
    assert any("1 cancelled" in str(notice) for notice in room.notices)
    room.wait(lambda: room.view.banner.order.text() == "Order cancelled")
    assert room.view.report.order.heading.text() == "Order cancelled"
    room.wait(lambda: room.desk.library.rows[0].order is not None)
    room.wait(lambda: bool(room.desk.library.rows[0].order.is_cancelled))


def test_what_never_comes_is_seen_in_one_sheet_from_which_its_film_opens(ward: Ward) -> None:
    ward.order("1.hl7", order_of("A7"))
    ward.order("2.json", b"{")
    ward.open()
    room = ward.room
    ward.film("A1")
    ward.film("A2", StudyDate="20240204")
    ward.comes("3.hl7", order_of("A2"))
    room.do(file.ORDERS)
    sheet = room.sheet(OrdersSheet)
    room.wait(lambda: sheet.without_films.topLevelItemCount() == 1)
    waiting = sheet.without_films.topLevelItem(0)
    assert [waiting.text(column) for column in (0, 3, 5)] == ["Stat", "Test, Ada", "A7"]
    assert sheet.without_orders.topLevelItemCount() == 1
    assert sheet.refused.topLevelItem(0).text(1) == "The FHIR file is cut short or no JSON."
    item = sheet.without_orders.topLevelItem(0)
    assert item.data(0, Qt.ItemDataRole.UserRole) == "1.2.1"
    sheet.without_orders.setCurrentItem(item)
    sheet.without_orders.itemActivated.emit(item, 0)
    room.wait(lambda: room.desk.library.study.uid == StudyUid("1.2.1"))


def test_a_folder_that_is_away_is_told_once_and_costs_nothing(ward: Ward) -> None:
    ward.open()
    room = ward.room
    ward.film("A1")
    ward.orders.rename(ward.orders.with_name("away"))

    def told() -> list[object]:
        return [one for one in room.notices if "folder of orders" in str(one)]

    room.desk.orders.look()
    room.wait(lambda: bool(told()))
    room.wait(lambda: room.desk._runner.is_idle)
    room.desk.orders.look()
    room.wait(lambda: room.desk._runner.is_idle)
    assert len(told()) == 1
    ward.orders.with_name("away").rename(ward.orders)
    ward.comes("1.hl7", order_of("A1"))
    room.wait(lambda: room.desk.orders.order is not None)


def test_nothing_is_taken_in_while_the_window_is_locked(ward: Ward) -> None:
    ward.open()
    room = ward.room
    ward.film("A1")
    room.do("file.lock")
    sheet = room.sheet(LockSheet)
    ward.order("1.hl7", order_of("A1"))
    room.desk.orders.look()
    room.wait(lambda: room.desk._runner.is_idle)
    assert room.desk.workspace.orders.all() == ()
    sheet.passphrase.setText(PASSPHRASE)
    sheet.unlock.click()
    room.wait(lambda: room.desk.orders.order is not None)


def test_a_start_with_a_number_opens_that_study_in_the_window_that_is_there(ward: Ward) -> None:
    ward.open()
    room = ward.room
    for number in ("A1", "A2"):
        ward.film(number)
    calls = WindowCalls()
    assert calls.claim(ward.root)
    CallWatch(calls, room.window).called.connect(lambda call: answer(room.window, call))
    command = [sys.executable, "-m", "viewer.main", "--workspace", str(ward.root)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def start(*words: str) -> None:
        with subprocess.Popen([*command, *words], env=environment, cwd=ROOT) as second:
            room.wait(lambda: second.poll() is not None)
        assert second.returncode == 0

    start("--study", "1.2.1")
    room.wait(lambda: room.desk.library.study.uid == StudyUid("1.2.1"))
    answer(room.window, WindowCall(accession="A2"))
    room.wait(lambda: room.desk.library.study.uid == StudyUid("1.2.2"))
    answer(room.window, WindowCall(accession="A9"))
    room.wait(lambda: any("No study with this accession" in str(n) for n in room.notices))
    assert room.desk.library.study.uid == StudyUid("1.2.2")
    film = write_film(
        ward.films / "A4.dcm", StudyInstanceUID="1.2.4", AccessionNumber="A4", StudyDate="20240101"
    )
    start("--accession", "A4", str(film))
    room.wait(lambda: room.desk.library.study.uid == StudyUid("1.2.4"))
    logs = "".join(path.read_text("utf-8") for path in ward.root.parent.rglob("*.log"))
    assert "A4" not in logs
    calls.release()


def test_names_hidden_are_hidden_in_orders_too(ward: Ward) -> None:
    ward.order(
        "1.hl7", order_of("A1", obr=f"{with_fields(OBR, {18: 'A1'})}\rNTE|1||Ada sits outside")
    )
    ward.open()
    room = ward.room
    ward.film("A1")
    room.wait(lambda: room.desk.orders.order is not None)
    room.desk.toggle_names()
    room.wait(lambda: "Ada" not in room.view.report.order.text)
    text = room.view.report.order.text
    assert "Pneumonia?" in text
    assert "Ahrens" not in text
