"""The full check says how far it is, and stops when it is asked to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from testkit.workspaces import NOW, any_draft, any_report, any_study, open_store

from engine.domain.progress import CancelToken, Progress
from engine.errors import CancelledError
from engine.storage import checks
from engine.storage.checks import full_check, page_problems
from engine.storage.progress_tracker import ProgressTracker
from engine.storage.unit_of_work import Store

STUDIES = tuple(any_study(f"1.2.{number}") for number in range(1, 5))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path, studies=STUDIES) as opened:
        with opened.change() as unit:
            for study in STUDIES:
                unit.drafts.add(any_draft(study.uid, draft_id=f"draft-{study.uid}"))
                unit.reports.append(any_report(study.uid, "Words."), NOW.isoformat())
        yield opened


def test_each_check_is_named_before_it_begins_and_says_how_far_it_is(store: Store) -> None:
    told: list[Progress] = []
    names, problems = full_check(store.database, progress=told.append)
    assert problems == ()
    assert tuple(each.message for each in told) == names
    assert [each.total for each in told] == [0, 16, 1, 8, 0]


def test_a_long_check_says_so_again_and_again() -> None:
    told: list[Progress] = []
    tracker = ProgressTracker("Rows", told.append)
    tracker.begin(1000)
    assert list(tracker.through(range(1000))) == list(range(1000))
    assert [each.done for each in told] == [0, 200, 400, 600, 800, 1000]


@pytest.mark.parametrize("at", range(5))
def test_a_check_that_is_stopped_says_so_and_leaves_the_workspace_usable(
    store: Store, at: int
) -> None:
    token = CancelToken()
    begun: list[str] = []

    def stop(progress: Progress) -> None:
        begun.append(progress.message)
        if len(begun) == at + 1:
            token.cancel()

    try:
        full_check(store.database, progress=stop, cancel=token)
    except CancelledError:
        assert len(begun) == at + 1
    else:
        assert at == 4, "the last one has nothing to stop"
    with store.change() as unit:
        unit.reports.append(any_report("1.2.1", "More."), NOW.isoformat())
    assert full_check(store.database)[1] == ()


def test_who_writes_does_not_wait_for_the_check_of_the_pages(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_meanwhile(connection: Any) -> list[str]:
        with store.change() as unit:
            unit.reports.append(any_report("1.2.1", "More."), NOW.isoformat())
        busy, _log, moved = store_checkpoint(store)
        assert (busy, moved) == (0, 0), "no page of the file moves while it is read"
        return page_problems(connection)

    monkeypatch.setattr(checks, "page_problems", write_meanwhile)
    assert full_check(store.database)[1] == ()


def store_checkpoint(store: Store) -> tuple[int, int, int]:
    """Whether it was busy, pages in the log, and how many of them went into the file."""
    with store.database.driver_connection() as connection:
        rows = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    busy, log, moved = rows[0]
    return busy, log, moved
