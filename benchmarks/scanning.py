"""A folder of many films: time to the first study, time for all, and memory.

The films are small copies of one demo film with identifiers of their own, two to a study: a scan
reads headers, so the size of the pixels does not matter. Then the workspace is opened again and its
list read, which is what the second start of the day costs.

    python -m benchmarks.scanning [NUMBER]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import psutil
from pydicom import dcmread

from engine.domain.progress import Progress
from engine.paths import demo_studies
from engine.services.workspace import Workspace

FILMS = 10_000


def main() -> None:
    """Measure one folder."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else FILMS
    with tempfile.TemporaryDirectory() as home:
        films = Path(home) / "films"
        _write(films, number)
        workspace = Path(home) / "workspace"
        with Workspace.open_demo(workspace) as opened:
            _scan(opened, films, number)
        start = time.perf_counter()
        with Workspace.open_demo(workspace) as opened:
            at_open = time.perf_counter() - start
            start = time.perf_counter()
            rows = len(opened.library.studies())
            listed = time.perf_counter() - start
        print(f"opened again in {at_open:.2f} s, list of {rows} rows in {listed * 1000:.0f} ms")


def _scan(workspace: Workspace, films: Path, number: int) -> None:
    process = psutil.Process()
    before = process.memory_info().rss
    start = time.perf_counter()
    first: list[float] = []

    def watch(progress: Progress) -> None:
        if progress.first_study and not first:
            first.append(time.perf_counter() - start)

    result = workspace.library.add([films], progress=watch)
    whole = time.perf_counter() - start
    grown = (process.memory_info().rss - before) / 2**20
    count = sum(len(study.images) for study in result.studies)
    print(f"{count} of {number} films in {len(result.studies)} studies")
    print(f"first study in the index after {first[0]:.2f} s, all after {whole:.1f} s")
    print(f"memory grew by {grown:.0f} MiB with the result still held")


def _write(folder: Path, number: int) -> None:
    source = next(iter(sorted(demo_studies().glob("*.dcm"))))
    film = dcmread(source)
    film.decompress()
    film.Rows, film.Columns, film.BitsAllocated = 8, 8, 16
    film.PixelData = bytes(128)
    folder.mkdir()
    for each in range(number):
        study = each // 2
        film.StudyInstanceUID = f"1.2.826.0.1.3680043.9.1.{study}"
        film.SeriesInstanceUID = f"{film.StudyInstanceUID}.1"
        film.SOPInstanceUID = film.file_meta.MediaStorageSOPInstanceUID = (
            f"{film.SeriesInstanceUID}.{each}"
        )
        film.PatientID, film.PatientName = f"B{study}", f"Bench^{study}"
        film.save_as(folder / f"{each:06}.dcm")


if __name__ == "__main__":
    main()
