"""A worker process answers, fails in sentences, is stopped in time and leaves nothing behind."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

import engine
from engine.domain.progress import CancelToken, Progress
from engine.errors import (
    CancelledError,
    DamagedFileError,
    LimitExceededError,
    WorkerCrashedError,
    WorkerError,
    WorkerTimeoutError,
)
from engine.inference.device import CUDA
from engine.workers.limits import INFERENCE_ADDRESS_SPACE, INFERENCE_LIMITS, WorkerLimits
from engine.workers.pool import WorkerProcess
from engine.workers.protocol import MemoryBlock

SUPPORT = Path(__file__).resolve().parents[2] / "support"


@pytest.fixture(autouse=True)
def _module_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(SUPPORT))


@pytest.fixture
def worker() -> Iterator[WorkerProcess]:
    limits = WorkerLimits(address_space=768 * 2**20, math_threads=1)
    with WorkerProcess("testkit.faulty_worker", limits=limits) as process:
        yield process


@pytest.mark.parametrize("has_block", [True, False])
def test_values_and_arrays_come_back_as_they_went(
    worker: WorkerProcess, monkeypatch: pytest.MonkeyPatch, has_block: bool
) -> None:
    if not has_block:
        monkeypatch.setattr(MemoryBlock, "create", classmethod(lambda _cls: None))
    arrays = [
        np.arange(5_000_000, dtype=np.uint16).reshape(2500, 2000),
        np.zeros((0, 3), np.float32),
        np.linspace(0, 1, 7),
    ]
    for _ in range(3):
        reply = worker.request("echo", {"name": "Müller^\udc80 \u4e2d"}, arrays=arrays)
        assert reply.value == {"name": "Müller^\udc80 \u4e2d"}
        for sent, back in zip(arrays, reply.arrays, strict=True):
            np.testing.assert_array_equal(sent, back)
            assert back.dtype == sent.dtype
            assert not back.flags.writeable


def test_what_libraries_print_does_not_reach_the_stream(worker: WorkerProcess) -> None:
    assert worker.request("noisy").value == "heard"


def test_our_errors_arrive_as_they_were_raised_without_foreign_texts(
    worker: WorkerProcess,
) -> None:
    with pytest.raises(DamagedFileError, match="cut short") as caught:
        worker.request("damaged")
    assert caught.value.what_to_do == "Copy it again."
    assert "ValueError at faulty_worker.py" in str(caught.value.__cause__)
    assert "secret" not in str(caught.value.__cause__)


@pytest.mark.parametrize(
    ("verb", "error"),
    [("bug", WorkerError), ("panic", WorkerError), ("crash", WorkerCrashedError)],
)
def test_after_a_failure_the_next_request_works(
    worker: WorkerProcess, verb: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        worker.request(verb)
    assert worker.request("echo", {"a": 1}).value == {"a": 1}


def test_r35_memory_beyond_the_limit_is_a_sentence(worker: WorkerProcess) -> None:
    with pytest.raises(LimitExceededError):
        worker.request("eat", {"bytes": 2**30})
    assert worker.request("eat", {"bytes": 2**20}).value == 2**20


def test_a_silent_child_is_ended_and_replaced(worker: WorkerProcess) -> None:
    worker.start()
    first = worker.pid
    with pytest.raises(WorkerTimeoutError):
        worker.request("hang", timeout_s=0.3)
    assert first is not None
    assert not psutil.pid_exists(first)
    assert worker.request("echo", {}).value == {}


def test_loading_takes_nothing_from_the_time_of_the_first_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a slow disc, or beside other work, a film was refused before its decoder was there."""
    monkeypatch.setenv("FAULTY_WORKER_LOADS_S", "0.6")
    with WorkerProcess("testkit.faulty_worker", limits=WorkerLimits(), timeout_s=0.4) as worker:
        assert worker.request("echo", {}).value == {}
        with pytest.raises(WorkerTimeoutError):
            worker.request("hang")


def test_progress_counts_as_a_sign_of_life(worker: WorkerProcess) -> None:
    seen: list[Progress] = []
    worker.start()
    worker.request("echo")
    arguments = {"total": 5, "pause_s": 0.2}
    reply = worker.request("count", arguments, timeout_s=0.8, progress=seen.append)
    assert reply.value == 5
    assert [step.done for step in seen] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("verb", "survives"), [("polite", True), ("hang", False)])
def test_cancelling_stops_politely_or_by_force(
    worker: WorkerProcess, verb: str, survives: bool
) -> None:
    worker.request("echo")
    before = worker.pid
    cancel = CancelToken()
    timer = threading.Timer(0.2, cancel.cancel)
    timer.start()
    with pytest.raises(CancelledError):
        worker.request(verb, cancel=cancel)
    timer.join()
    worker.request("echo")
    assert (worker.pid == before) is survives


def test_a_child_that_still_loads_is_not_ended_for_a_cancelled_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Loading again costs the next request more than the rest of this one."""
    monkeypatch.setenv("FAULTY_WORKER_LOADS_S", "1.0")
    cancel = CancelToken()
    with WorkerProcess("testkit.faulty_worker", limits=WorkerLimits(), grace_s=0.2) as worker:
        worker.start()
        before = worker.pid
        timer = threading.Timer(0.1, cancel.cancel)
        timer.start()
        with pytest.raises(CancelledError):
            worker.request("polite", cancel=cancel)
        timer.join()
        assert worker.request("echo", {"a": 1}).value == {"a": 1}
        assert worker.pid == before


def test_a_request_cancelled_before_its_turn_is_never_asked(worker: WorkerProcess) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(CancelledError):
        worker.request("hang", cancel=cancel)
    assert worker.pid is None


def test_a_child_outlives_the_thread_that_first_asked(worker: WorkerProcess) -> None:
    thread = threading.Thread(target=worker.request, args=("echo",))
    thread.start()
    thread.join()
    before = worker.pid
    time.sleep(0.2)
    worker.request("echo")
    assert before is not None
    assert worker.pid == before


def test_requests_of_many_threads_do_not_mix(worker: WorkerProcess) -> None:
    answers: dict[int, int] = {}

    def ask(number: int) -> None:
        array = np.full((64, 64), number, np.int32)
        reply = worker.request("echo", {"n": number}, arrays=[array])
        answers[reply.value["n"]] = int(reply.arrays[0][0, 0])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: number for number in range(12)}


@pytest.mark.slow
def test_r40_killed_at_random_moments_nothing_is_left(worker: WorkerProcess) -> None:
    array = np.zeros((1024, 1024), np.uint16)
    worker.request("echo", arrays=[array])
    descriptors = psutil.Process().num_fds()
    chance = random.Random(7)  # noqa: S311 - moments, not secrets
    for _ in range(6):
        pid = worker.pid
        assert pid is not None
        timer = threading.Timer(chance.uniform(0, 0.02), os.kill, (pid, signal.SIGKILL))
        timer.start()
        try:
            for _ in range(20):
                worker.request("echo", arrays=[array])
        except WorkerCrashedError:
            pass
        timer.join()
        np.testing.assert_array_equal(worker.request("echo", arrays=[array]).arrays[0], array)
        assert psutil.Process().num_fds() == descriptors
        assert not psutil.pid_exists(pid)


def test_a_closed_worker_is_gone_and_says_so(worker: WorkerProcess) -> None:
    worker.request("echo")
    pid = worker.pid
    worker.close()
    assert pid is not None
    assert not psutil.pid_exists(pid)
    with pytest.raises(WorkerError, match="closed"):
        worker.request("echo")


@pytest.mark.skipif(sys.platform != "linux", reason="death with the parent is a Linux call")
@pytest.mark.slow
def test_a_busy_child_dies_with_its_parent() -> None:
    script = (
        "import sys, threading, time\n"
        "from engine.workers.limits import WorkerLimits\n"
        "from engine.workers.pool import WorkerProcess\n"
        "worker = WorkerProcess('testkit.faulty_worker', limits=WorkerLimits())\n"
        "worker.request('echo')\n"
        "threading.Thread(target=worker.request, args=('hang',), daemon=True).start()\n"
        "print(worker.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    root = str(Path(engine.__file__).resolve().parents[1])
    path = os.pathsep.join([root, str(SUPPORT)])
    command = [sys.executable, "-c", script]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        parent.wait()
        psutil.wait_procs([child], timeout=5)
        assert not child.is_running()


@pytest.mark.parametrize("count", [1, 40])
def test_r40_answers_that_nobody_asked_for_are_given_to_nobody(
    worker: WorkerProcess, count: int
) -> None:
    """A file that took the decoder over could answer for the films of other patients."""
    assert worker.request("surplus", {"count": count}).value == "asked for"
    time.sleep(0.5)
    taken_over = worker.pid
    process = worker._process
    assert process is not None
    assert process._messages.qsize() <= 2
    assert worker.request("echo", {"a": 1}).value == {"a": 1}
    assert worker.pid != taken_over


def test_r40_an_answer_to_another_request_ends_the_child(worker: WorkerProcess) -> None:
    assert worker.request("late").value == "asked for"
    with pytest.raises(WorkerCrashedError):
        worker.request("pause", {"seconds": 5})
    assert worker.request("echo", {"a": 1}).value == {"a": 1}


@pytest.mark.parametrize("verb", ["deep", "odd_progress"])
def test_r40_a_message_that_cannot_be_read_ends_the_child(worker: WorkerProcess, verb: str) -> None:
    for _ in range(2):
        with pytest.raises(WorkerCrashedError):
            worker.request(verb)
    assert worker.request("echo", {"a": 1}).value == {"a": 1}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells another process's limits")
def test_r35_the_models_process_has_a_memory_limit() -> None:
    with WorkerProcess("inference", limits=INFERENCE_LIMITS) as model:
        if CUDA in model.request("devices").value:
            pytest.skip("a graphics card's driver maps more addresses than a limit lets it")
        allowed = psutil.Process(model.pid).rlimit(psutil.RLIMIT_AS)
    assert allowed == (INFERENCE_ADDRESS_SPACE, INFERENCE_ADDRESS_SPACE)


@pytest.mark.parametrize("is_gentle", [True, False])
def test_a_gentle_cancellation_keeps_the_child_and_what_it_loaded(is_gentle: bool) -> None:
    limits = WorkerLimits()
    with WorkerProcess(
        "testkit.faulty_worker", limits=limits, grace_s=0.05, ends_gently=True
    ) as worker:
        worker.request("echo")
        before, cancel = worker.pid, CancelToken()
        timer = threading.Timer(0.05, lambda: cancel.cancel(is_gentle=is_gentle))
        timer.start()
        with pytest.raises(CancelledError):
            worker.request("pause", {"seconds": 1.0}, cancel=cancel)
        timer.join()
        assert (worker.pid == before) is is_gentle
        assert worker.request("echo", {"still": "there"}).value == {"still": "there"}
