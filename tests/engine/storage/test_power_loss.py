"""The power goes: of what was not synced, anything may be on the disk (R04).

The system calls of a process that writes are recorded. Each image is the disk as it may be after a
loss at some moment: all that was synced, and of the rest none, all, a beginning, a choice, or a
choice with one block torn.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from testkit.children import environment
from testkit.soak import figure, tries
from testkit.workspaces import any_study, open_store

from engine.storage.checks import full_check

FILES = ("workspace.db", "workspace.db-wal")
MODES = ("none", "all", "beginning", "choice", "torn")
WRITES = 60
SECTOR = 512
_CALL = re.compile(r'^(\w+)\(\d+<([^>]*)>(?:, (?:"((?:\\x[0-9a-f]{2})*)", )?([-\d, ]*))?\) = (\d+)')


@dataclass(frozen=True)
class Call:
    """A write, a truncation, a sync, or an acknowledgement (whose words are its `name`)."""

    kind: str
    name: str
    offset: int = 0
    data: bytes | None = None


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Call]]:
    """The workspace as it was before, and what was done to its files."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed, so system calls cannot be watched")
    if subprocess.run([strace, "-qq", sys.executable, "-c", ""], check=False).returncode:
        pytest.skip("this machine does not allow processes to be traced")
    folder = tmp_path_factory.mktemp("power")
    with open_store(folder / "before", studies=(any_study(),)):
        pass
    shutil.copytree(folder / "before", folder / "w")
    watched = "trace=pwrite64,ftruncate,fsync,fdatasync,write"
    trace = folder / "trace"
    tracing = [strace, "-y", "-qq", "-xx", "-s", "1000000", "-e", watched, "-o", str(trace)]
    writing = [sys.executable, "-m", "testkit.steady_writer", str(folder / "w"), str(WRITES)]
    subprocess.run([*tracing, *writing], check=True, env=environment())
    return folder / "before", calls_of(trace)


def calls_of(trace: Path) -> list[Call]:
    found = []
    for line in trace.read_text().splitlines():
        call = _CALL.match(line)
        if call is None:
            continue
        kind, path, data, numbers, _result = call.groups()
        # Paths are written as bytes too.
        name = Path(bytes.fromhex(path.replace("\\x", "")).decode() if "\\x" in path else path).name
        content = bytes.fromhex((data or "").replace("\\x", ""))
        if name == "acknowledged":
            found.append(Call("acknowledged", content.decode()))
        elif name in FILES and kind == "pwrite64":
            found.append(Call("write", name, int(numbers.split(",")[1]), content))
        elif name in FILES and kind == "ftruncate":
            found.append(Call("truncate", name, int(numbers)))
        elif name in FILES:
            found.append(Call("sync", name))
    return found


def image(before: Path, calls: Sequence[Call], mode: str, chance: random.Random, to: Path) -> None:
    """The workspace after the power went behind these calls."""
    shutil.copytree(before, to)
    for name in FILES:
        mine = [call for call in calls if call.name == name]
        synced = max((n for n, call in enumerate(mine, 1) if call.kind == "sync"), default=0)
        rest = [call for call in mine[synced:] if call.kind != "sync"]
        if mode == "none":
            rest = []
        elif mode == "beginning":
            rest = rest[: chance.randrange(len(rest) + 1)]
        elif mode in {"choice", "torn"}:
            rest = [call for call in rest if chance.random() < 0.5]
        content = bytearray((to / name).read_bytes() if (to / name).exists() else b"")
        torn = chance.randrange(len(rest)) if mode == "torn" and rest else -1
        for call in mine[:synced]:
            apply(content, call)
        for place, call in enumerate(rest):
            apply(content, call, chance if place == torn else None)
        if content or (to / name).exists():
            (to / name).write_bytes(content)


def apply(content: bytearray, call: Call, tears: random.Random | None = None) -> None:
    if call.kind == "truncate":
        del content[call.offset :]
        content.extend(bytes(call.offset - len(content)))
    elif call.data is not None:
        data = call.data
        if tears is not None:
            data = data[: SECTOR * tears.randrange(len(data) // SECTOR + 1)]
        content.extend(bytes(max(0, call.offset + len(data) - len(content))))
        content[call.offset : call.offset + len(data)] = data


@pytest.mark.timeout(7200)
@pytest.mark.skipif(sys.platform != "linux", reason="strace is Linux's")
def test_r04_a_power_loss_damages_nothing_and_loses_nothing_acknowledged(
    recorded: tuple[Path, list[Call]], tmp_path: Path
) -> None:
    before, calls = recorded
    assert sum(call.kind == "acknowledged" for call in calls) == WRITES
    assert any(call.kind == "sync" and call.name == "workspace.db-wal" for call in calls)
    chance = random.Random(4)  # noqa: S311  moments of a test
    images = tries(10, 2000)
    for number in range(images):
        mode = MODES[number % len(MODES)]
        done = calls[: chance.randrange(len(calls))]
        place = tmp_path / "image"
        image(before, done, mode, chance, place)
        told = [call.name.split() for call in done if call.kind == "acknowledged"]
        with open_store(place) as store:
            assert full_check(store.database)[1] == (), mode
            if told:
                report_id, count = told[-1]
                with store.look() as unit:
                    found = unit.reports.stored(report_id)
                assert found is not None, mode
                words = found.sentences[0].text.split(".")[0]
                assert int(words.removeprefix("Words ")) >= int(count), mode
        shutil.rmtree(place)
    figure("R04", f"{images} images in {len(MODES)} modes: 0 damaged, 0 acknowledged lost")
