"""A month that left its band is told once to an administrator when a workspace is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest

from engine.domain.model_watch import Band, ModelWatch, WatchedMonth
from engine.errors import AccessError
from viewer.errors import Notice, NoticeLevel
from viewer.state.models import ModelsState
from viewer.state.notices import Notices
from viewer.tasks.runner import TaskRunner

FIRST = WatchedMonth(month="2026-01", reports=70, accepted=180, edited=10, rejected=20, added=5)
GOOD = replace(FIRST, month="2026-02", accepted=70, rejected=0, band=Band(low=55, high=77))
BAD = replace(GOOD, month="2026-03", accepted=20, rejected=50)


@pytest.fixture
def runner(qtbot: object) -> Iterator[TaskRunner]:
    running = TaskRunner()
    yield running
    running.shut_down()


def told(
    qtbot: object, runner: TaskRunner, figures: Callable[[], object], *, is_demo: bool = False
) -> list[Notice]:
    """What is told when a workspace with these figures is opened."""
    notices, heard, asked = Notices(), [], []
    notices.noticed.connect(heard.append)

    def of_the_model() -> object:
        asked.append(1)
        return figures()

    workspace = SimpleNamespace(
        is_demo=is_demo, analytics=SimpleNamespace(of_the_model=of_the_model)
    )
    ModelsState(workspace, runner, notices).begin()
    qtbot.waitUntil(lambda: runner.is_idle)  # type: ignore[attr-defined]
    assert bool(asked) is not is_demo
    return heard


def watch(*months: WatchedMonth) -> Callable[[], tuple[ModelWatch, ...]]:
    return lambda: (ModelWatch(model="m 1", months=months, findings=()),)


def test_a_newest_month_outside_its_band_is_told(qtbot: object, runner: TaskRunner) -> None:
    (notice,) = told(qtbot, runner, watch(FIRST, GOOD, BAD))
    assert notice.severity is NoticeLevel.DECIDE
    assert notice.sentence.startswith("In 2026-03 20 of 80 drafted sentences were accepted")


@pytest.mark.parametrize("months", [(FIRST,), (FIRST, BAD, GOOD)])
def test_what_is_inside_or_over_is_not(
    qtbot: object, runner: TaskRunner, months: tuple[WatchedMonth, ...]
) -> None:
    assert told(qtbot, runner, watch(*months)) == []


def test_nobody_else_is_told_anything(qtbot: object, runner: TaskRunner) -> None:
    def refuse() -> object:
        raise AccessError("Jo may not look after the model.")

    assert told(qtbot, runner, refuse) == []
    assert told(qtbot, runner, tuple) == []
    assert told(qtbot, runner, watch(FIRST, BAD), is_demo=True) == []
