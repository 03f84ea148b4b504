"""`watch`: what it says of each file and study, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from testkit.dicom_files import write_film
from testkit.orders import OBR, ORC, message, with_fields
from testkit.tiny_bundle import write_tiny_bundle

from engine import paths
from engine.cli.main import main
from engine.services import inbox
from engine.settings import change_settings

UID = "1.2.826.0.1.3680043.8.498.7"
Objects = list[dict[str, object]]


@pytest.fixture
def share(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    write_tiny_bundle(tmp_path / "bundle")
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setattr(paths, "model_bundle", lambda: tmp_path / "bundle")
    monkeypatch.setattr(paths, "demo_studies", lambda: tmp_path / "no-demo")
    monkeypatch.setattr(inbox, "LOOK_EVERY_S", 0.01)
    (tmp_path / "share").mkdir()
    return tmp_path / "share"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[[], Objects]:
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_one_round_says_a_line_for_each_result(share: Path, said: Callable[[], Objects]) -> None:
    whole = write_film(share / "a" / "front.dcm", StudyInstanceUID=UID)
    write_film(share / "side.dcm", StudyInstanceUID=f"{UID}.1", ViewPosition="LL")
    (share / "half.dcm").write_bytes(whole.read_bytes()[:4000])
    (share / "notes.txt").write_text("no film")
    assert main(["watch", str(share), "--once", "--draft", "--json", "--demo"]) == 0
    lines = {(line["event"], line.get("study_uid")): line for line in said()}
    assert lines["indexed", UID]["films"] == 1
    assert lines["drafted", UID]["sentences"]
    assert lines["not drafted", f"{UID}.1"]["reason"] == (
        "This study has only a lateral film; a draft needs a frontal one."
    )
    assert lines["left out", None]["name"] == str(share / "half.dcm")
    assert len(lines) == 5

    assert main(["watch", str(share), "--once", "--draft", "--json", "--demo"]) == 0
    assert [line["event"] for line in said()] == ["left out"]


def test_without_draft_studies_are_only_listed_and_can_be_drafted_later(
    share: Path, said: Callable[[], Objects]
) -> None:
    write_film(share / "front.dcm", StudyInstanceUID=UID)
    assert main(["watch", str(share), "--once", "--json", "--demo"]) == 0
    assert [line["event"] for line in said()] == ["indexed"]
    assert main(["watch", str(share), "--once", "--draft", "--json", "--demo"]) == 0
    assert [line["event"] for line in said()] == ["drafted"]


def test_a_folder_that_is_away_is_a_line_and_a_failed_round(
    share: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["watch", str(share / "stick"), "--once", "--demo"]) == 1
    assert capsys.readouterr().out == f"away         {share / 'stick'}\n"


def test_the_folders_of_the_settings_are_watched(
    share: Path, said: Callable[[], Objects], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["watch", "--once", "--demo"]) == 1
    assert "No folder is named." in capsys.readouterr().err
    write_film(share / "front.dcm", StudyInstanceUID=UID)
    change_settings({"inbox_folders": (str(share),)})
    assert main(["watch", "--once", "--json", "--demo"]) == 0
    assert [line["study_uid"] for line in said()] == [UID]


def test_orders_come_with_the_films_and_the_most_urgent_study_is_drafted_first(
    share: Path, said: Callable[[], Objects], tmp_path: Path
) -> None:
    orders = tmp_path / "orders"
    orders.mkdir()
    for number, priority in enumerate(("R", "R", "S")):
        write_film(
            share / f"{number}.dcm",
            StudyInstanceUID=f"{UID}.{number}",
            AccessionNumber=f"N{number}",
        )
        obr = with_fields(OBR, {2: "", 3: "", 5: priority, 18: f"N{number}"})
        pid = "PID|1||T-1^^^Hospital^MR||Test^Ada||19600102|F"
        orc = with_fields(ORC, {2: f"P{number}", 3: ""})
        (orders / f"{number}.hl7").write_bytes(message(pid=pid, orc=orc, obr=obr))
    (orders / "broken.hl7").write_bytes(b"MSH|")
    words = ["watch", str(share), "--once", "--draft", "--json", "--demo"]
    assert main([*words, "--orders", str(orders)]) == 0
    lines = said()
    assert [line["study_uid"] for line in lines if line["event"] == "drafted"] == [
        f"{UID}.{number}" for number in (2, 0, 1)
    ]
    (told,) = [line for line in lines if line["event"] == "orders"]
    assert (told["new"], told["changed"], told["cancelled"]) == (3, 0, 0)
    assert [line["name"] for line in lines if line["event"] == "left out"] == [
        str(orders / "broken.hl7")
    ]
    assert main([*words, "--orders", str(orders / "gone")]) == 1
    assert [line["event"] for line in said()] == ["away"]


def test_without_a_model_nothing_is_watched_for_drafts(
    share: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(paths, "model_bundle", lambda: share / "none")
    assert main(["watch", str(share), "--once", "--draft", "--demo"]) == 1
    assert capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(
    share: Path, number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    write_film(share / "front.dcm", StudyInstanceUID=UID)
    before = signal.getsignal(number)

    def end() -> None:
        while signal.getsignal(number) is before:
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    ending = threading.Thread(target=end)
    ending.start()
    assert main(["watch", str(share), "--demo"]) == 0
    ending.join()
    assert capsys.readouterr().err == "Stopped as you asked.\n"
    assert signal.getsignal(number) is before
