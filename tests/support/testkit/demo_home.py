"""Fixtures: a demo workspace scanned once a session, and a fresh copy of it for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from shiboken6 import isValid

from engine import paths
from engine.domain.evidence import WINS_METRIC
from engine.inference.manifest import write_manifest
from engine.services.workspace import Workspace
from testkit.reading_room import ReadingRoom
from testkit.tiny_bundle import write_tiny_bundle


@pytest.fixture(scope="session")
def scanned_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo workspace with its studies in the index, closed."""
    root = tmp_path_factory.mktemp("demo") / "workspace"
    Workspace.open_demo(root).close()
    return root


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real but very small bundle."""
    folder = tmp_path_factory.mktemp("bundle")
    write_tiny_bundle(folder)
    return folder


@pytest.fixture
def demo_root(
    scanned_demo: Path, small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The demo workspace of this test; the model is the small one."""
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setattr(paths, "model_bundle", lambda: small_model)
    root = tmp_path / "workspace"
    shutil.copytree(scanned_demo, root)
    return root


@pytest.fixture
def room(qtbot: object, demo_root: Path, tmp_path: Path) -> Iterator[ReadingRoom]:
    """A reading window on it, with the newest study open."""
    opened = ReadingRoom(qtbot, tmp_path / "window.ini")
    opened.open_demo(demo_root)
    yield opened
    if isValid(opened.window) and opened.window.isVisible():
        opened.close()


@pytest.fixture
def room_saying(
    qtbot: object, demo_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., ReadingRoom]]:
    """Make a reading window whose model writes a given text about every film.

    `room_saying("large left effusion .")`; `draws_cells=True` for a bundle whose cells were
    measured well.
    """
    rooms: list[ReadingRoom] = []

    def make(text: str, *, draws_cells: bool = False) -> ReadingRoom:
        folder = tmp_path / "saying"
        manifest = write_tiny_bundle(folder, says=text)
        if draws_cells:
            write_manifest(folder, replace(manifest, metrics={WINS_METRIC: 1.0}))
        monkeypatch.setattr(paths, "model_bundle", lambda: folder)
        rooms.append(ReadingRoom(qtbot, tmp_path / "window.ini"))
        rooms[-1].open_demo(demo_root)
        return rooms[-1]

    yield make
    for opened in rooms:
        if isValid(opened.window) and opened.window.isVisible():
            opened.close()
