"""Fixtures: a demo workspace scanned once per session, and a fresh copy for each test."""

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
from testkit.warm_workers import left_workers, warm_workers

__all__ = [
    "demo_root",
    "left_workers",
    "room",
    "room_saying",
    "scanned_demo",
    "small_model",
    "warm_workers",
]


@pytest.fixture(scope="session")
def scanned_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed demo workspace with its studies in the index."""
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
    scanned_demo: Path,
    small_model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    warm_workers: None,
) -> Path:
    """This test's copy of the demo workspace, with the small model."""
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setattr(paths, "model_bundle", lambda: small_model)
    root = tmp_path / "workspace"
    shutil.copytree(scanned_demo, root)
    return root


@pytest.fixture
def room(qtbot: object, demo_root: Path, tmp_path: Path) -> Iterator[ReadingRoom]:
    """A real window on the demo workspace, with the newest study open."""
    opened = ReadingRoom(qtbot, tmp_path / "window.ini")
    opened.open_demo(demo_root)
    yield opened
    if isValid(opened.window) and opened.window.isVisible():
        opened.close()


@pytest.fixture
def room_saying(
    qtbot: object, demo_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., ReadingRoom]]:
    """Make a window whose model writes a given text about every film.

    `room_saying("large left effusion .")`; `draws_cells=True` for a bundle whose cells were
    measured well enough to be drawn.
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
