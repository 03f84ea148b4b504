"""kill -9 anywhere between a film's first byte and its result: nothing is lost, nothing twice."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import hl7
import pytest
from testkit.command_line import PASSPHRASE, ROOT
from testkit.dicom_files import write_film
from testkit.orders import OBR, ORC, message, with_fields
from testkit.soak import figure, tries
from testkit.tiny_bundle import write_tiny_bundle
from testkit.ward_reader import ADDED, is_added_to, is_ordered_before

from engine.domain.audit import AuditAction
from engine.services.trail import TrailQuery
from engine.services.workspace import Workspace
from engine.settings import change_settings

UID = "1.2.826.0.1.3680043.8.498.7"
PID = "PID|1||T-1^^^Hospital^MR||Test^Ada||19600102|F"
FORMS = ("hl7", "fhir", "dicom-pdf", "sr")
SAYS = "the heart is large . no effusion . clear lungs ."
PIECES, PATIENCE_S = 4, 240


class Ward:
    """Folders, a workspace, and viewers that are killed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("films", "share", "orders", "out"):
            (root / name).mkdir()
        self.journal = root / "journal"
        self.journal.touch()
        self.arrived: list[Path] = []
        write_tiny_bundle(root / "bundle", says=SAYS)
        change_settings(
            {
                "inbox_folders": (str(root / "share"),),
                "orders_folder": str(root / "orders"),
                "outbox_folder": str(root / "out"),
                "outbox_forms": FORMS,
            }
        )
        Workspace.create(root / "workspace", user_name="Dr Test", passphrase=PASSPHRASE).close()
        words = [sys.executable, "-m", "testkit.ward_reader", root / "workspace", root / "bundle"]
        path = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support")])
        self.maker = subprocess.Popen(
            [*map(str, words), str(self.journal)],
            env={**os.environ, "PYTHONPATH": path, "QT_QPA_PLATFORM": "offscreen"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def lines(self) -> list[str]:
        return self.journal.read_text().splitlines()

    def viewer(self, count: int) -> int:
        """Start a viewer and wait for its desk; its process id."""
        assert self.maker.stdin is not None
        assert self.maker.stdout is not None
        opened = self.lines().count("open")
        self.maker.stdin.write(f"{count}\n")
        self.maker.stdin.flush()
        pid = int(self.maker.stdout.readline())
        wait(lambda: self.lines().count("open") > opened or not is_alive(pid))
        assert is_alive(pid)
        return pid

    def await_line(self, start: str) -> None:
        """Wait for a line of the newest viewer: on a slow machine it would be killed before it."""
        lines = len(self.lines()) - self.lines()[::-1].index("open") - 1

        def has_come() -> bool:
            return any(line.startswith(start) for line in self.lines()[lines:])

        wait(has_come)

    def order(self, number: int) -> None:
        orc = with_fields(ORC, {2: f"P{number}", 3: ""})
        obr = with_fields(OBR, {2: "", 3: "", 18: f"N{number}"})
        (self.root / "orders" / f"{number}.hl7").write_bytes(message(pid=PID, orc=orc, obr=obr))

    def film(self, number: int, pause_s: float) -> None:
        """Copy a film into the share, in pieces."""
        facts = {"StudyInstanceUID": f"{UID}.{number}", "AccessionNumber": f"N{number}"}
        content = write_film(self.root / "films" / f"{number}.dcm", **facts).read_bytes()
        size = len(content) // PIECES + 1
        with (self.root / "share" / f"{number}.dcm").open("wb", buffering=0) as copy:
            for first in range(0, len(content), size):
                copy.write(content[first : first + size])
                time.sleep(pause_s)

    def receive(self) -> None:
        """Take away what has arrived."""
        for path in sorted((self.root / "out").glob("[!.]*")):
            self.arrived.append(self.root / "films" / path.name)
            shutil.move(path, self.arrived[-1])

    def away(self, *, is_away: bool) -> None:
        """Take the outbox's share away, or bring it back."""
        here, there = self.root / "out", self.root / "out.away"
        if is_away is here.exists():
            (here if is_away else there).rename(there if is_away else here)


def wait(is_true: object) -> None:
    end = time.monotonic() + PATIENCE_S
    while not is_true():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def ward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ward]:
    monkeypatch.setenv("NEGATOSCOPE_HOME", str(tmp_path / "home"))
    made = Ward(tmp_path)
    yield made
    made.maker.kill()
    made.maker.communicate()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and kill -9")
@pytest.mark.timeout(3600)
def test_killed_anywhere_in_the_flow_nothing_is_lost_and_nothing_comes_twice(ward: Ward) -> None:
    kills = tries(3, 50)
    chance = random.Random(19)  # noqa: S311  moments of a test
    at: list[str] = []
    for number in range(kills):
        if is_ordered_before(f"{UID}.{number}"):
            ward.order(number)
        ward.away(is_away=chance.random() < 0.2)
        copying = threading.Thread(target=ward.film, args=(number, chance.uniform(0.0, 0.5)))
        copying.start()
        pid = ward.viewer(kills)
        ward.await_line(chance.choice(("open", "sign", "signed", "signed")))
        time.sleep(chance.uniform(0.0, 2.0))
        os.kill(pid, signal.SIGKILL)
        at.append(ward.lines()[-1].partition(" ")[0])
        wait(lambda pid=pid: not is_alive(pid))
        copying.join()
        if is_added_to(f"{UID}.{number}"):
            ward.order(number)
        if chance.random() < 0.5:
            ward.receive()
    ward.away(is_away=False)
    pid = ward.viewer(kills)
    wait(lambda: not is_alive(pid))
    ward.receive()
    with Workspace.open(ward.root / "workspace", passphrase=PASSPHRASE) as workspace:
        check(ward, workspace, kills)
    figure("R03", f"{kills} kills of the window between film and result: {Counter(at)}")


def check(ward: Ward, workspace: Workspace, count: int) -> None:
    """Everything is there, and once."""
    every = {f"{UID}.{number}" for number in range(count)}
    rows = workspace.library.studies()
    assert {row.uid: row.is_signed for row in rows} == dict.fromkeys(every, True)

    def told(action: AuditAction) -> list[str]:
        query = TrailQuery(text=str(action))
        return [e.subject for e in workspace.trail.entries(query) if e.action == action]

    drafted = [d.study_uid for uid in every for d in workspace.drafting.drafts(uid)]
    assert Counter(drafted) == dict.fromkeys(every, 1)
    assert len(told(AuditAction.DRAFT_STORED)) == count
    reports = {one.study_uid: one for one in workspace.past_reports.find()}
    assert reports.keys() == every
    assert Counter(told(AuditAction.REPORT_SIGNED)) == {one.id: 1 for one in reports.values()}
    added = [uid for uid in every if is_added_to(uid)]
    journal = Counter(ward.lines())
    assert all(journal[f"signed {uid}"] <= 1 and journal[f"added {uid}"] <= 1 for uid in every)

    deliveries = workspace.outbox.deliveries()
    assert len(deliveries) == len(FORMS) * (count + len(added))
    assert sorted(p.name for p in ward.arrived) == sorted(each.file_name for each in deliveries)
    assert len(told(AuditAction.RESULT_DELIVERED)) == len(deliveries)
    numbers = {"F": Counter[str](), "C": Counter[str]()}
    for path in ward.arrived:
        if path.suffix == ".hl7":
            said = hl7.parse(path.read_bytes().decode())
            accession, status = (str(said.segment("OBR")[field]) for field in (3, 25))
            numbers[status][accession] += 1
            rows = [row for row in said.segments("OBX") if str(row[2]) != "ED"]
            words = " ".join(str(row[5]) for row in rows)
            assert "The lungs are clear." in words
            assert (ADDED in words) is (status == "C")
            assert ("Pneumonia" in words) or not is_ordered_before(f".{accession[1:]}")
    assert numbers["F"] == {f"N{number}": 1 for number in range(count)}
    assert numbers["C"] == {f"N{uid.rpartition('.')[2]}": 1 for uid in added}
    orders = [known.order.accession for known, _films in workspace.orders.all()]
    ordered = [f"N{n}" for n in range(count) if n % 3 != 2]
    assert sorted(orders) == sorted(ordered)
    assert workspace.verify().problems == ()
