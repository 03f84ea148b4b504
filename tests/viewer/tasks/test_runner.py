"""Calls run off the main thread, in order, and their results come back to it."""

from __future__ import annotations

import threading

import pytest

from engine.domain.progress import CancelToken, Progress
from engine.errors import CancelledError, DiskFullError
from viewer.tasks.changes import ChangeSet
from viewer.tasks.runner import Lane, TaskRunner


@pytest.fixture
def runner(qapp):
    made = TaskRunner()
    yield made
    made.shut_down()


def test_a_result_comes_back_on_the_main_thread(runner, qtbot):
    seen = []
    runner.query(threading.get_ident, lambda where: seen.append((where, threading.get_ident())))
    qtbot.waitUntil(lambda: bool(seen))
    worked_in, told_in = seen[0]
    assert told_in == threading.get_ident() != worked_in


def test_an_error_reaches_who_asked_or_else_the_window(runner, qtbot):
    def fail():
        raise DiskFullError("There is no room left.")

    told, announced = [], []
    runner.failed.connect(announced.append)
    runner.query(fail, lambda _: None, told.append)
    runner.query(fail, lambda _: None)
    qtbot.waitUntil(lambda: bool(told) and bool(announced))
    assert isinstance(told[0], DiskFullError)
    assert isinstance(announced[0], DiskFullError)


def test_writes_run_in_the_order_they_were_asked_for(runner, qtbot):
    order = []
    for number in range(50):
        runner.change(lambda n=number: order.append(n), ChangeSet(), lambda _: None)
    qtbot.waitUntil(lambda: runner.is_idle)
    assert order == list(range(50))


def test_a_write_tells_what_it_changed_only_when_it_succeeded(runner, qtbot):
    changes = []
    runner.changed.connect(changes.append)

    def fail():
        raise DiskFullError("There is no room left.")

    runner.change(fail, ChangeSet(reports=True), lambda _: None, lambda _: None)
    runner.change(lambda: 1, ChangeSet(studies=True), lambda _: None)
    qtbot.waitUntil(lambda: runner.is_idle)
    assert changes == [ChangeSet(studies=True)]


def test_a_dropped_query_says_nothing(runner, qtbot):
    gate, told = threading.Event(), []
    token = runner.query(gate.wait, told.append)
    token.cancel()
    gate.set()
    qtbot.waitUntil(lambda: runner.is_idle)
    assert told == []


def test_dropped_queries_that_wait_never_run(runner, qtbot):
    gate, begun, ran = threading.Event(), threading.Semaphore(0), []
    tokens = []
    for number in range(22):

        def read(number=number):
            ran.append(number)
            begun.release()
            gate.wait()

        tokens.append(runner.query(read, lambda _: None))
    for _ in range(2):  # both threads of the lane are at work
        begun.acquire()
    for token in tokens[:-1]:
        token.cancel()
    gate.set()
    qtbot.waitUntil(lambda: runner.is_idle)
    assert sorted(ran) == [0, 1, 21]


def test_a_long_query_that_runs_is_told_to_stop(runner, qtbot):
    begun, stopped, told = threading.Event(), [], []

    def read(cancel: CancelToken):
        begun.set()
        while not cancel.is_cancelled:
            pass
        stopped.append(True)
        cancel.raise_if_cancelled()

    token = runner.long_query(read, told.append, told.append)
    assert begun.wait(5)
    token.cancel()
    qtbot.waitUntil(lambda: runner.is_idle)
    assert (stopped, told) == ([True], [])


def test_closing_with_reads_in_the_queue_ends(qapp):
    runner, gate, ran = TaskRunner(), threading.Event(), []
    for _ in range(2):
        runner.query(gate.wait, ran.append)
    for _ in range(20):
        runner.query(lambda: ran.append(1), ran.append)
    gate.set()
    runner.shut_down()
    assert runner.is_idle


def test_a_job_reports_its_newest_progress_and_stops_when_asked(runner, qtbot):
    shown, ended = [], []

    def count(progress, cancel: CancelToken):
        step = 0
        while True:
            step += 1
            progress(Progress(done=step, total=0, message="counting"))
            cancel.raise_if_cancelled()

    token = runner.job(
        count, lambda _: None, ended.append, lane=Lane.SCAN, on_progress=shown.append
    )
    qtbot.waitUntil(lambda: len(shown) > 3)
    token.cancel()
    qtbot.waitUntil(lambda: bool(ended))
    assert isinstance(ended[0], CancelledError)
    done = [progress.done for progress in shown]
    assert done == sorted(done)


def test_shutting_down_finishes_every_write(qapp):
    runner, written = TaskRunner(), []
    gate = threading.Event()
    runner.change(lambda: gate.wait(5), ChangeSet(), lambda _: None)
    for number in range(20):
        runner.change(lambda n=number: written.append(n), ChangeSet(), lambda _: None)
    gate.set()
    runner.shut_down()
    assert written == list(range(20))
