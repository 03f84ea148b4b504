"""The processes that meet untrusted files hold neither the database's key nor the passphrase."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import psutil
import pytest
from testkit.dicom_files import write_film
from testkit.tiny_bundle import write_tiny_bundle

from engine import paths
from engine.services.workspace import Workspace
from engine.storage.keys import read_key_file, unwrap_as

PASSPHRASE = "marmosets eat 7 plums"


@pytest.fixture
def warm_workers() -> None:
    """Its own workers: those of another test never met this key."""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into memory as Linux shows it")
def test_r33_no_worker_ever_holds_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "home"))
    write_tiny_bundle(tmp_path / "bundle")
    monkeypatch.setattr(paths, "model_bundle", lambda: tmp_path / "bundle")
    film = write_film(tmp_path / "films" / "film.dcm")
    root = tmp_path / "workspace"
    before = {child.pid for child in psutil.Process().children()}
    with Workspace.create(root, user_name="Dr Test", passphrase=PASSPHRASE) as workspace:
        (study,) = workspace.library.add([film.parent]).studies
        workspace.drafting.draft(study.uid)
        key = unwrap_as(read_key_file(root / "key.json"), PASSPHRASE, None)
        secrets = (key, key.hex().encode(), PASSPHRASE.encode())
        workers = [c for c in psutil.Process().children() if c.pid not in before]
        assert len(workers) == 2
        for worker in workers:
            memory = b"".join(memory_of(worker.pid))
            assert b"engine.workers" in memory, "it is its memory that was read"
            for secret in secrets:
                assert secret not in memory
            place = Path("/proc") / str(worker.pid)
            told = (place / "environ").read_bytes() + (place / "cmdline").read_bytes()
            assert not any(secret in told for secret in secrets)
            assert not [f for f in worker.open_files() if "workspace" in Path(f.path).parts]


def memory_of(pid: int) -> list[bytes]:
    """What a process may write to: its heap, its stacks and its libraries' data."""
    found = []
    maps = Path(f"/proc/{pid}/maps").read_text("utf-8", "replace")
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in maps.splitlines():
            span = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if span is None:
                continue
            start, end = (int(each, 16) for each in span.groups())
            try:
                memory.seek(start)
                found.append(memory.read(end - start))
            except OSError:
                continue  # a region that the kernel keeps to itself
    return found
