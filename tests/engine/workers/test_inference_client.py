"""Drafts through the real worker process, and what becomes of them when it dies."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from testkit.tiny_bundle import SIZE, write_tiny_bundle

from engine.domain.progress import CancelToken, Progress
from engine.errors import BundleError, CancelledError, InferenceError, WorkerCrashedError
from engine.inference.device import CPU
from engine.inference.generator import TESTING, Generator
from engine.inference.manifest import manifest_sha256
from engine.workers.inference_client import GPU_FAILED_NOTICE, InferenceClient

SUPPORT = Path(__file__).parents[2] / "support"
FILES = ["encoder.onnx", "step.onnx", "tokenizer.json"]


def films(views: int = 2) -> NDArray[np.float32]:
    random = np.random.default_rng(5)
    return random.normal(size=(views, 3, SIZE, SIZE)).astype(np.float32)


@pytest.fixture(autouse=True)
def _children_find_the_testkit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(SUPPORT))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    write_tiny_bundle(folder)
    return folder


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("endless")
    write_tiny_bundle(folder, endless=True)
    return folder


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[InferenceClient]:
    client = InferenceClient(folder)
    yield client
    client.close()


@pytest.fixture
def fresh() -> Iterator[Callable[..., InferenceClient]]:
    clients: list[InferenceClient] = []

    def make(folder: Path, worker: str = "inference") -> InferenceClient:
        clients.append(InferenceClient(folder, worker=worker))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def test_the_log_says_why_no_card_is_used(
    folder: Path, fresh: Callable[..., InferenceClient], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="engine.workers.inference_client")
    client = fresh(folder)
    for _ in range(2):
        client.load(manifest_sha256(folder))
    assert caplog.messages[-1] == f"the model runs on {CPU}"
    assert [line for line in caplog.messages if "no graphics card is used" in line][1:] == []


def test_load_says_where_the_model_runs(client: InferenceClient, folder: Path) -> None:
    device = client.load(manifest_sha256(folder))
    assert device.provider == Generator.load(folder).sessions.device.provider
    assert device.short_name in {"CPU", "CUDA"}


def test_the_worker_writes_what_the_generator_writes(client: InferenceClient, folder: Path) -> None:
    seen: list[Progress] = []
    sha = manifest_sha256(folder)
    written, device = client.draft(films(), sha, progress=seen.append)
    again, _ = client.draft(films(), sha)
    here = Generator.load(folder).generate(films())
    assert written.sentences == again.sentences == here.sentences
    assert written.warnings == here.warnings
    assert device.provider == CPU or device.notice == ""
    drafting = [p for p in seen if p.message != TESTING]
    assert [p.done for p in drafting] == list(range(1, len(drafting) + 1))
    assert drafting[-1].partial_text
    testing = seen[len(drafting) :]
    assert [(p.message, p.done) for p in testing] == [(TESTING, n) for n in range(len(testing))]


def test_cancel_stops_between_words_and_the_next_draft_works(
    endless: Path, fresh: Callable[..., InferenceClient]
) -> None:
    client = fresh(endless)
    sha = manifest_sha256(endless)
    client.load(sha)
    pid = client.pid
    for _ in range(2):
        cancel = CancelToken()

        def stop(progress: Progress, cancel: CancelToken = cancel) -> None:
            if progress.done == 20:
                cancel.cancel()

        with pytest.raises(CancelledError):
            client.draft(films(), sha, progress=stop, cancel=cancel)
        # It stopped by itself within the grace of 0.8 s: otherwise it would have been killed.
        assert client.pid == pid


def test_a_killed_worker_is_an_error_and_the_next_draft_works(
    endless: Path, fresh: Callable[..., InferenceClient]
) -> None:
    client = fresh(endless)
    sha = manifest_sha256(endless)

    def kill(progress: Progress) -> None:
        if progress.done == 10:
            assert client.pid is not None
            os.kill(client.pid, signal.SIGKILL)

    with pytest.raises(WorkerCrashedError, match="model stopped unexpectedly"):
        client.draft(films(), sha, progress=kill)
    cancel = CancelToken()
    with pytest.raises(CancelledError):
        client.draft(films(), sha, progress=lambda _: cancel.cancel(), cancel=cancel)
    assert cancel.is_cancelled


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has niceness")
def test_the_worker_gives_way_to_the_window(client: InferenceClient, folder: Path) -> None:
    client.load(manifest_sha256(folder))
    assert client.pid is not None
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, client.pid) == min(own + 10, 19)


def test_a_worker_killed_between_drafts_is_replaced(
    folder: Path, fresh: Callable[..., InferenceClient]
) -> None:
    client = fresh(folder)
    sha = manifest_sha256(folder)
    first, _ = client.draft(films(), sha)
    pid = client.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while client.pid is not None:
        time.sleep(0.01)
    second, _ = client.draft(films(), sha)
    assert first.sentences == second.sentences


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_one_flipped_bit_keeps_the_model_from_loading(
    tmp_path: Path, client: InferenceClient, name: str, fresh: Callable[..., InferenceClient]
) -> None:
    write_tiny_bundle(tmp_path)
    sha = manifest_sha256(tmp_path)
    content = bytearray((tmp_path / name).read_bytes())
    content[len(content) // 2] ^= 4
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BundleError, match=r"damaged|exchanged"):
        fresh(tmp_path).load(sha)


def test_an_exchanged_bundle_is_not_used_under_the_old_name(
    tmp_path: Path, fresh: Callable[..., InferenceClient]
) -> None:
    write_tiny_bundle(tmp_path)
    old = manifest_sha256(tmp_path)
    client = fresh(tmp_path)
    client.load(old)
    write_tiny_bundle(tmp_path, endless=True)
    assert manifest_sha256(tmp_path) != old
    client.draft(films(1), old)
    with pytest.raises(BundleError, match=r"damaged|exchanged"):
        fresh(tmp_path).draft(films(1), old)


def test_a_missing_bundle_is_said_plainly(
    tmp_path: Path, fresh: Callable[..., InferenceClient]
) -> None:
    with pytest.raises(BundleError, match="no model"):
        fresh(tmp_path / "nowhere").load("0" * 64)


def test_films_that_do_not_fit_leave_the_worker_alive(
    client: InferenceClient, folder: Path
) -> None:
    pid = client.pid
    with pytest.raises(InferenceError, match="do not fit"):
        client.draft(np.zeros((1, 3, 4, 4), dtype=np.float32), manifest_sha256(folder))
    assert client.pid == pid


@pytest.mark.parametrize("failure", ["crash", "error"])
def test_r58_a_failing_graphics_card_leads_to_the_processor_with_a_notice(
    tmp_path: Path,
    failure: str,
    folder: Path,
    fresh: Callable[..., InferenceClient],
    caplog: pytest.LogCaptureFixture,
) -> None:
    bundle = tmp_path / failure
    write_tiny_bundle(bundle)
    client = fresh(bundle, "testkit.gpu_worker")
    written, device = client.draft(films(), manifest_sha256(bundle))
    assert written.sentences == Generator.load(folder).generate(films()).sentences
    assert (device.provider, device.notice) == (CPU, GPU_FAILED_NOTICE)
    assert "the model failed on the graphics card" in caplog.messages
    pid = client.pid
    _, device = client.draft(films(), manifest_sha256(bundle))
    assert device.notice == GPU_FAILED_NOTICE
    assert client.pid == pid


def test_films_that_do_not_fit_are_not_blamed_on_the_card(
    folder: Path, fresh: Callable[..., InferenceClient]
) -> None:
    client = fresh(folder, "testkit.gpu_worker")
    with pytest.raises(InferenceError, match="do not fit"):
        client.draft(np.zeros((1, 3, 4, 4), dtype=np.float32), manifest_sha256(folder))
    assert client.load(manifest_sha256(folder)).notice == ""
