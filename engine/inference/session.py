"""ONNX Runtime sessions of a bundle: where they run, and whether the graphs are as agreed.

Only `session.get_providers()` says where a graph really runs: ONNX Runtime lists CUDA as
"available" whenever it was built in, and falls back to the CPU without an exception when the
libraries are missing (onnxruntime #23372; with CUDA_PATH set it raises instead, #21424).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnxruntime as ort

from engine.domain.bundle import LABEL_LOGITS, BundleManifest
from engine.domain.progress import CancelToken
from engine.errors import BundleError, InferenceError
from engine.inference.device import CPU, CUDA, Device
from engine.inference.manifest import ENCODER, STEP

FALLBACK_NOTICE = "The graphics card could not be used, so the draft is made on the processor."
_LONGEST_CAUSE = 500

_Shape = tuple[int | None, ...]
_Shapes = dict[str, _Shape]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sessions:
    """Both graphs of a bundle, ready to run, and the device that both actually got."""

    encoder: ort.InferenceSession
    step: ort.InferenceSession
    device: Device


def built_in_providers() -> tuple[str, ...]:
    """Providers that this ONNX Runtime was built with, whether or not they work."""
    return tuple(ort.get_available_providers())


def open_sessions(folder: Path, manifest: BundleManifest, *, allow_gpu: bool = True) -> Sessions:
    """Make sessions of a verified bundle, on the graphics card if that works.

    Raises:
        BundleError: A graph cannot be loaded or is not what the manifest says.
    """
    device = Device(provider=CPU)
    sessions = None
    if allow_gpu and CUDA in built_in_providers():
        try:
            sessions = _on_cuda(folder, manifest)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the card, the CPU works
            device = Device(provider=CPU, notice=FALLBACK_NOTICE, cause=_cause(error))
    if sessions is None:
        encoder = _load(folder / ENCODER, [CPU], _inner_output(manifest))
        step = _load(folder / STEP, [CPU])
        sessions = Sessions(encoder=encoder, step=step, device=device)
    inputs, outputs = _encoder_shapes(manifest)
    _check(ENCODER, sessions.encoder, inputs, outputs)
    inputs, outputs = _step_shapes(manifest)
    _check(STEP, sessions.step, inputs, outputs)
    return sessions


def run_graph(
    session: ort.InferenceSession,
    outputs: Sequence[str],
    feed: Mapping[str, Any],
    cancel: CancelToken | None,
    failure: str,
) -> Any:
    """Run a graph; a cancellation ends the run itself, between two of its operators.

    Raises:
        CancelledError: `cancel` was set.
        InferenceError: The run failed; `failure` says what could not be done.
    """
    cancel = cancel or CancelToken()
    options = ort.RunOptions()

    def stop() -> None:
        options.terminate = True

    with cancel.heard_by(stop):
        try:
            return session.run(list(outputs), dict(feed), options)
        except Exception as error:  # ONNX Runtime's errors have no common base
            cancel.raise_if_cancelled()
            raise InferenceError(failure) from error


def _on_cuda(folder: Path, manifest: BundleManifest) -> Sessions:
    ort.preload_dlls()
    encoder = _load(folder / ENCODER, [CUDA, CPU], _inner_output(manifest))
    step = _load(folder / STEP, [CUDA, CPU])
    if CUDA not in encoder.get_providers() or CUDA not in step.get_providers():
        raise BundleError("CUDA's provider or one of its libraries could not be loaded.")
    return Sessions(encoder=encoder, step=step, device=Device(provider=CUDA))


def _cause(error: Exception) -> str:
    """What the runtime said; it knows the bundle and the libraries, and no film."""
    first = error.__cause__ or error
    return f"{type(first).__name__}: {' '.join(str(first).split())}"[:_LONGEST_CAUSE]


def _inner_output(manifest: BundleManifest) -> str | None:
    """The tensor within the encoder that its label logits are read from; None for an output."""
    is_inner = bool(manifest.labels) and manifest.label_tensor != LABEL_LOGITS
    return manifest.label_tensor if is_inner else None


def _load(path: Path, providers: Sequence[str], inner: str | None = None) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 2
    # Threads that spin between two operators take time from whatever uses the other core.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Its channel-blocked convolutions cut the encoder's time by a third; loading takes no longer.
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3
    try:
        graph = str(path) if inner is None else with_output(path.read_bytes(), inner)
        session = ort.InferenceSession(graph, options, providers=list(providers))
    except Exception as error:  # ONNX Runtime's errors have no common base
        raise BundleError(f"The model's graph {path.name} cannot be loaded.") from error
    # The runtime would hold the file's bytes, 33 MB, for a change of providers that never comes.
    session._model_bytes = None  # noqa: SLF001
    return session


def with_output(graph: bytes, tensor: str) -> bytes:
    """The same ONNX graph with one of its inner tensors as a further output.

    Protocol Buffers merge what stands one after the other, so a model of which only that output is
    said is appended: `ModelProto.graph` is field 7, `GraphProto.output` 12 and
    `ValueInfoProto.name` 1. The file itself, which the manifest's hash is of, stays as it is.
    """
    return graph + _field(7, _field(12, _field(1, tensor.encode())))


def _field(number: int, content: bytes) -> bytes:
    """A field of the kind that is preceded by its length."""
    length, rest = [], len(content)
    while rest > 0x7F:
        length.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([number << 3 | 2, *length, rest]) + content


def _encoder_shapes(manifest: BundleManifest) -> tuple[_Shapes, _Shapes]:
    shape, size = manifest.shape, manifest.preprocess.size
    inputs: _Shapes = {"images": (1, None, 3, size, size), "view_ids": (1, None)}
    outputs: _Shapes = {
        "mediator": (1, shape.mediator_tokens, shape.width),
        "memory_kv": _keys_and_values(manifest, batch=1),
        "rollout": (1, None, None),
        "local_cells": (1, shape.mediator_tokens),
    }
    if manifest.labels:
        outputs[manifest.label_tensor] = (1, len(manifest.labels))
    return inputs, outputs


def _step_shapes(manifest: BundleManifest) -> tuple[_Shapes, _Shapes]:
    shape = manifest.shape
    inputs: _Shapes = {
        "ids": (None, None),
        "mediator": (1, shape.mediator_tokens, shape.width),
        "memory_kv": _keys_and_values(manifest, batch=1),
        "past": _keys_and_values(manifest, batch=None),
    }
    outputs: _Shapes = {
        "log_probs": (None, shape.vocabulary_rows),
        "present": _keys_and_values(manifest, batch=None),
        "cross_attention": (None, None),
    }
    return inputs, outputs


def _keys_and_values(manifest: BundleManifest, *, batch: int | None) -> _Shape:
    shape = manifest.shape
    return (2 * shape.decoder_layers, batch, shape.heads, None, shape.width // shape.heads)


def _check(name: str, session: ort.InferenceSession, inputs: _Shapes, outputs: _Shapes) -> None:
    given = {node.name: node.shape for node in session.get_inputs()}
    made = {node.name: node.shape for node in session.get_outputs()}
    fits = given.keys() == inputs.keys() and all(
        wanted in found and _agree(shape, found[wanted])
        for wishes, found in ((inputs, given), (outputs, made))
        for wanted, shape in wishes.items()
    )
    if not fits:
        raise BundleError(f"The model's graph {name} is not what its description says.")


def _agree(wanted: _Shape, found: Sequence[Any]) -> bool:
    """Whether a graph's shape allows the wanted one; names and None stand for any size."""
    return len(wanted) == len(found) and all(
        a is None or not isinstance(b, int) or a == b for a, b in zip(wanted, found, strict=True)
    )
