"""Many studies that come into a watched folder at once, while another study is read in the window.

Frames of a window drag, opening a film, and a draft that the reader asks for are measured with the
folder at rest and at work, in turn; then the time until all are drafted, the longest stop of the
event loop, and the memory of all processes.

    python -m benchmarks.incoming NUMBER [BUNDLE]

With a bundle, that model drafts instead of the bundled one, and the studies that come are a quarter
as wide and high: so a thousand of them are done before the day is over.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psutil
import pydicom
from pydicom.uid import generate_uid
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from engine import paths
from engine.domain.image import Window
from engine.domain.incoming import DraftOutcome
from engine.services.workspace import Workspace
from engine.settings import change_settings
from viewer.app_context import AppContext
from viewer.desk import Desk
from viewer.desk_view import DeskView
from viewer.main_window import MainWindow
from viewer.theme.palette import apply_theme
from viewer.theme.tokens import DARK

ROUNDS, FRAMES, FILMS = 5, 100, 3
FIRST = "first"
STEP = 40
"""Drafts between two lines about the memory."""


class Bench:
    """A window on a new workspace that watches a folder.

    Args:
        app: The application.
        home: Folder for everything.
        is_small: Whether the films that come are a quarter as wide and high.
    """

    def __init__(self, app: QApplication, home: Path, *, is_small: bool = False) -> None:
        self.app = app
        self.is_small = is_small
        self.share = home / "share"
        self.share.mkdir()
        # Nobody touches this window: locked, it would take nothing in.
        change_settings({"inbox_folders": (str(self.share),), "lock_minutes": 30})
        root = home / "workspace"
        Workspace.create(root, user_name="Bench", passphrase=str(home)).close()
        self.context = AppContext()
        settings = QSettings(str(home / "w.ini"), QSettings.Format.IniFormat)
        self.window = MainWindow(self.context, settings)
        self.window.resize(1920, 1080)
        self.window.show()
        self.context.preferences.load()
        self.context.session.open_workspace(root, str(home))
        self.until(lambda: self.context.desk is not None)
        self.drafted = 0
        self.desk.inbox.settled.connect(self.count)

    @property
    def desk(self) -> Desk:
        """The states of the open workspace."""
        if self.context.desk is None:
            raise RuntimeError
        return self.context.desk

    @property
    def view(self) -> DeskView:
        """The panels of the open workspace."""
        if self.window.desk_view is None:
            raise RuntimeError
        return self.window.desk_view

    def until(self, is_true: Callable[[], bool]) -> float:
        """Let the window work until something holds; returns its longest stop in seconds."""
        longest = 0.0
        while not is_true():
            started = time.perf_counter()
            self.app.processEvents()
            longest = max(longest, time.perf_counter() - started)
            time.sleep(0.005)
        return longest

    @staticmethod
    def films(*, is_small: bool) -> list[pydicom.Dataset]:
        """The demo films."""
        found = [pydicom.dcmread(path) for path in sorted(paths.demo_studies().glob("*.dcm"))]
        films = [film for film in found if "PixelData" in film]
        for film in films if is_small else ():
            if film.file_meta.TransferSyntaxUID.is_compressed:
                film.decompress()
            small = film.pixel_array[::4, ::4]
            film.Rows, film.Columns = small.shape
            film.PixelData = small.tobytes()
        return films

    def drop(self, count: int, name: str) -> None:
        """Put studies of one film each into the folder, each whole at once."""
        films = self.films(is_small=self.is_small and name != FIRST)
        for number in range(count):
            film = films[number % len(films)]
            film.StudyInstanceUID, film.SeriesInstanceUID = generate_uid(), generate_uid()
            film.SOPInstanceUID = film.file_meta.MediaStorageSOPInstanceUID = generate_uid()
            film.PatientID, film.PatientName = f"{name}{number}", f"Bench^{name}{number}"
            film.save_as(self.share / f"{name}{number}.part")
            (self.share / f"{name}{number}.part").rename(self.share / f"{name}{number}.dcm")

    def count(self, outcome: DraftOutcome) -> None:
        """Count a draft that was made in the background."""
        self.drafted += outcome.draft is not None

    def measure(self, found: Found) -> None:
        """Add some frames, films, lists and a draft asked for to what was found."""
        desk, grey = self.desk, self.view.views.active.grey
        for number in range(FRAMES):
            with timed(found.frames):
                grey.set_window(Window(center=1500.0 + number % 100, width=2500.0))
                self.app.processEvents()
            time.sleep(0.008)
        image = desk.films.films[0].image
        for _ in range(FILMS):
            with timed(found.films):
                desk.workspace.library.pixels(image)
        with timed(found.drafts):
            desk.start_draft()
            with timed(found.waits):
                self.until(lambda: desk.inbox.drafting is None or desk.job.study is None)
            self.until(lambda: desk.job.study is None)

    def in_turn(self) -> None:
        """Measure with the watched folders at rest and at work, in turn, and print both."""
        rest, work = Found(), Found()
        inbox = self.desk.inbox
        for _ in range(ROUNDS):
            inbox.lock(is_on=True)
            inbox.give_way(is_on=True)
            self.until(lambda: inbox.drafting is None)
            self.measure(rest)
            inbox.lock(is_on=False)
            inbox.give_way(is_on=False)
            self.until(lambda: inbox.drafting is not None)
            self.measure(work)
        for name, found in (("at rest", rest), ("at work", work)):
            frames = sorted(found.frames)
            last = 1000 * frames[int(0.95 * len(frames))]
            print(f"folders {name}, load {os.getloadavg()[0]:.1f}")
            print(f"  frame {_ms(frames)}, 95 % {last:.1f} ms; film {_ms(found.films)}")
            print(f"  draft asked for {_ms(found.drafts)}, of it waiting {_ms(found.waits)}")


@dataclass
class Found:
    """Times in seconds."""

    frames: list[float] = field(default_factory=list)
    films: list[float] = field(default_factory=list)
    drafts: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)


@contextmanager
def timed(times: list[float]) -> Iterator[None]:
    """Add the time of the block."""
    started = time.perf_counter()
    yield
    times.append(time.perf_counter() - started)


def _ms(seconds: list[float]) -> str:
    return f"{1000 * statistics.median(seconds):.1f} ms"


def _memory() -> str:
    tree = [psutil.Process(), *psutil.Process().children(recursive=True)]
    each = [process.memory_full_info().pss / 1e6 for process in tree]
    return f"{each[0]:.0f} MB in the window, {sum(each):.0f} MB in {len(each)} processes"


def main(count: int, bundle: Path | None = None) -> None:
    """Run the benchmark offscreen."""
    if bundle is not None:
        paths.model_bundle = lambda: bundle
    app = QApplication([])
    apply_theme(app, DARK)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[paths.HOME_VARIABLE] = str(Path(folder) / "home")
        bench = Bench(app, Path(folder), is_small=bundle is not None)
        bench.drop(1, FIRST)
        bench.until(lambda: bench.drafted == 1)
        desk = bench.desk
        desk.open_study(desk.library.rows[0].uid)
        bench.until(lambda: bool(desk.films.films) and not desk.films.is_decoding)
        bench.until(lambda: desk.report.draft is not None)
        started = time.perf_counter()
        bench.drop(count, "more")
        print(f"{count} studies dropped in {time.perf_counter() - started:.1f} s, {_memory()}")
        bench.until(lambda: desk.inbox.drafting is not None)
        bench.in_turn()
        longest = 0.0
        while desk.inbox.waiting or desk.inbox.drafting is not None:
            left = desk.inbox.waiting
            is_next = partial(lambda left: desk.inbox.waiting <= max(0, left - STEP), left)
            longest = max(longest, bench.until(is_next))
            bench.until(lambda: desk.inbox.waiting > 0 or desk.inbox.drafting is None)
            print(f"  {bench.drafted - 1} drafted, {_memory()}", flush=True)
        taken = time.perf_counter() - started
        print(f"all settled after {taken:.0f} s, {bench.drafted - 1} drafted")
        print(f"longest stop of the event loop {1000 * longest:.0f} ms")
        bench.window.close()
        bench.until(lambda: not bench.window.isVisible())


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    given = sys.argv[1:]
    main(int(given[0]) if given else 200, Path(given[1]) if given[1:] else None)
