"""Headers in batches and by two processes: the same outcomes in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from testkit.dicom_files import chest_like, write_film

from engine.domain.progress import CancelToken
from engine.errors import CancelledError
from engine.workers.header_reading import BATCH, HeaderOutcome, read_headers
from engine.workers.limits import DECODE_LIMITS
from engine.workers.pool import WorkerProcess

COUNT = 5 * BATCH + 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    for number in range(COUNT):
        path = folder / f"{number:03}.dcm"
        if number % 7 == 3:
            path.write_bytes(b"Dear colleague, " * 20)
        else:
            write_film(path, chest_like(16, 16), InstanceNumber=number)
    return folder


@pytest.fixture(scope="module")
def workers() -> Iterator[list[WorkerProcess]]:
    two = [WorkerProcess("decode", limits=DECODE_LIMITS) for _ in range(2)]
    yield two
    for worker in two:
        worker.close()


def _files(folder: Path) -> list[dict[str, object]]:
    return [
        {"path": str(path), "member": "", "password": "", "is_named": False}
        for path in sorted(folder.iterdir())
    ]


def _outcomes(workers: list[WorkerProcess], folder: Path) -> list[HeaderOutcome]:
    with closing(read_headers(workers, _files(folder), CancelToken())) as outcomes:
        return list(outcomes)


def test_two_processes_find_what_one_finds_in_the_same_order(
    workers: list[WorkerProcess], folder: Path
) -> None:
    by_one = _outcomes(workers[:1], folder)
    assert _outcomes(workers, folder) == by_one
    for number, outcome in enumerate(by_one):
        if number % 7 == 3:
            assert (outcome.found, outcome.error) == (None, "It is not a DICOM file.")
        else:
            assert outcome.found is not None
            assert outcome.found["image"]["instance_number"] == number


def test_nobody_waits_for_a_reading_that_is_given_up(
    workers: list[WorkerProcess], folder: Path
) -> None:
    outcomes = read_headers(workers, _files(folder), CancelToken())
    assert next(outcomes).found is not None
    outcomes.close()
    assert len(_outcomes(workers, folder)) == COUNT


def test_a_cancelled_reading_says_so(workers: list[WorkerProcess], folder: Path) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with (
        pytest.raises(CancelledError),
        closing(read_headers(workers, _files(folder), cancel)) as outcomes,
    ):
        list(outcomes)


def test_no_files_have_no_headers(workers: list[WorkerProcess]) -> None:
    assert list(read_headers(workers, [], CancelToken())) == []
