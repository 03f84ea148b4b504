"""A runtime that was built for a graphics card and finds none says why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from testkit.tiny_bundle import INNER_LOGITS, SIZE, write_tiny_bundle

from engine.domain.progress import CancelToken
from engine.errors import BundleError, CancelledError
from engine.inference import session
from engine.inference.device import CPU, CUDA
from engine.inference.manifest import ENCODER, read_manifest
from engine.inference.session import FALLBACK_NOTICE, open_sessions, run_graph, with_output


@pytest.fixture
def built_for_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine has no card: the runtime only says that it was built for one."""
    monkeypatch.setattr(session, "built_in_providers", lambda: (CUDA, CPU))


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    write_tiny_bundle(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("built_for_a_card")
def test_a_fallback_without_an_exception_is_found_and_explained(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ort.InferenceSession

    def fall_back(path: str, options: Any, *, providers: list[str]) -> ort.InferenceSession:
        return real(path, options, providers=[one for one in providers if one != CUDA])

    monkeypatch.setattr(ort, "InferenceSession", fall_back)
    device = open_sessions(bundle, read_manifest(bundle)).device
    assert (device.provider, device.notice) == (CPU, FALLBACK_NOTICE)
    assert "libraries could not be loaded" in device.cause


@pytest.mark.usefixtures("built_for_a_card")
def test_what_the_runtime_says_of_the_card_is_kept(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ort.InferenceSession

    def fail(path: str, options: Any, *, providers: list[str]) -> ort.InferenceSession:
        if CUDA in providers:
            raise RuntimeError("CUDA failure 35:\n  driver version is insufficient")
        return real(path, options, providers=providers)

    monkeypatch.setattr(ort, "InferenceSession", fail)
    device = open_sessions(bundle, read_manifest(bundle)).device
    assert device.cause == "RuntimeError: CUDA failure 35: driver version is insufficient"


def test_a_runtime_without_cuda_has_nothing_to_explain(bundle: Path) -> None:
    device = open_sessions(bundle, read_manifest(bundle), allow_gpu=False).device
    assert (device.provider, device.notice, device.cause) == (CPU, "", "")


def test_label_logits_are_read_from_within_the_encoder(bundle: Path) -> None:
    manifest = replace(read_manifest(bundle), labels=("a", "b", "c"), label_tensor=INNER_LOGITS)
    encoder = open_sessions(bundle, manifest, allow_gpu=False).encoder
    images = np.random.default_rng(1).random((1, 2, 3, SIZE, SIZE), dtype=np.float32)
    view_ids = np.array([[0, 1]])
    (logits,) = encoder.run([INNER_LOGITS], {"images": images, "view_ids": view_ids})
    assert logits == pytest.approx(images.mean(axis=(1, 3, 4)), abs=1e-6)
    assert not encoder._model_bytes, "the whole file is held in memory"


@pytest.mark.parametrize(
    ("tensor", "labels"), [("no_such_tensor", ("a", "b", "c")), (INNER_LOGITS, ("a", "b"))]
)
def test_logits_that_are_not_as_described_are_refused(
    bundle: Path, tensor: str, labels: tuple[str, ...]
) -> None:
    manifest = replace(read_manifest(bundle), labels=labels, label_tensor=tensor)
    with pytest.raises(BundleError, match=r"encoder\.onnx"):
        open_sessions(bundle, manifest, allow_gpu=False)


@pytest.mark.parametrize("length", [1, 123, 130, 20_000])
def test_a_name_of_any_length_becomes_an_output(bundle: Path, length: int) -> None:
    before = (bundle / ENCODER).read_bytes()
    graph = onnx.load_model_from_string(with_output(before, "n" * length)).graph
    old = onnx.load_model_from_string(before).graph
    assert [one.name for one in graph.output] == [one.name for one in old.output] + ["n" * length]
    assert len(graph.node) == len(old.node)


class CancelledDuringTheRun(CancelToken):
    """Somebody asks to stop once the run has begun."""

    @contextmanager
    def heard_by(self, stop: Callable[[], None]) -> Iterator[None]:
        with super().heard_by(stop):
            self.cancel(is_gentle=True)
            yield


def test_a_run_ends_by_itself_when_it_is_cancelled(bundle: Path) -> None:
    encoder = open_sessions(bundle, read_manifest(bundle)).encoder
    films = np.zeros((1, 1, 3, SIZE, SIZE), dtype=np.float32)
    feed = {"images": films, "view_ids": np.zeros((1, 1), dtype=np.int64)}
    with pytest.raises(CancelledError):
        run_graph(encoder, ["mediator"], feed, CancelledDuringTheRun(), "unused")
    assert run_graph(encoder, ["mediator"], feed, CancelToken(), "unused")
