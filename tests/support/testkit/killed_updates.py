"""Kills an update before each thing it does to the disk, and says what starts afterwards.

python -m testkit.killed_updates FOLDER UPDATE KEYS: one JSON object a line, the last is not killed.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from engine.services import update_file
from engine.services.updating import Installation, install_update, installation_of
from testkit.updates import content, frozen_folder, installed

OLDER, OLD, NEW = "0.0.9", "0.1.0", "0.2.0"
CHANGES = {
    "os.chmod",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.symlink",
    "subprocess.Popen",
}
"""What Python tells its audit hooks before it does it (PEP 578); files opened for writing too."""


def main(work: Path, update: Path, keys: Path) -> None:
    update_file.update_key_folders = lambda: (keys,)
    wanted = {
        version: content(frozen_folder(work / "wanted" / version, version))
        for version in (OLDER, OLD, NEW)
    }
    step, was_killed = 0, True
    while was_killed:
        folder = work / str(step)
        program = installed(folder, OLD)
        frozen_folder(folder / "versions" / OLDER, OLDER)
        was_killed = update_in_child(program, update, kill_at=step)
        starts = started(program)
        found = installation_of(program)
        assert found
        whole = content((folder / "current").resolve()) == wanted.get(starts)
        former = [
            content(found.versions / one) == wanted[one] for one in found.former if one in wanted
        ]
        if found.version == OLD:
            install_update(update, found)
        again = started(program)
        left = sorted(path.name for path in found.versions.iterdir())
        sys.stdout.write(
            json.dumps([starts, found.version, whole and all(former), again, left]) + "\n"
        )
        shutil.rmtree(folder)
        step += 1


def started(program: Path) -> str:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return told.stdout.split()[-1]


def update_in_child(program: Path, update: Path, *, kill_at: int) -> bool:
    """Update in a process that is killed before its change number `kill_at`, if it has so many."""
    child = os.fork()
    if child:
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])
    place = installation_of(program)
    changes = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal changes
        writes = event == "open" and isinstance(arguments[1], str) and "r" not in arguments[1]
        if writes or event in CHANGES:
            if changes == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            changes += 1

    sys.addaudithook(hook)
    assert isinstance(place, Installation)
    install_update(update, place)
    os._exit(0)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
