"""A runtime that was built for a graphics card and finds none says why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnxruntime as ort
import pytest
from testkit.tiny_bundle import write_tiny_bundle

from engine.inference import session
from engine.inference.device import CPU, CUDA
from engine.inference.manifest import read_manifest
from engine.inference.session import FALLBACK_NOTICE, open_sessions


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
