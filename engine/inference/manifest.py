"""Model bundles on disk: `manifest.json` as a value, and whether the files are what it says.

A model that was exchanged, cut short or flipped in one bit must not write a single word, so every
file is hashed before a session is made of it (design: bundles are imported by file only).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from engine.domain.bundle import BundleFile, BundleManifest
from engine.errors import BundleError

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
ENCODER = "encoder.onnx"
STEP = "step.onnx"
TOKENIZER = "tokenizer.json"

_REQUIRED = (ENCODER, STEP, TOKENIZER)
_MANIFESTS = TypeAdapter(BundleManifest)
MOST_DRAWS = 256
"""Reports of one film that are drawn at most: memory and time grow with them."""

_REPAIR = "Install the model again, or choose another one."


def write_manifest(folder: Path, manifest: BundleManifest) -> BundleManifest:
    """Write `manifest.json` for the files that lie in the folder.

    Args:
        folder: The bundle; holds `encoder.onnx`, `step.onnx`, `tokenizer.json` and whatever else
            belongs to it (a licence, external weights). All of them are hashed.
        manifest: Its `files` are replaced by what is found.

    Returns:
        The manifest as written.

    Raises:
        BundleError: A file is missing or the manifest contradicts itself.
    """
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    files = tuple(_describe(folder / name) for name in names if name != MANIFEST)
    complete = replace(manifest, files=files)
    _check(complete)
    text = json.dumps(asdict(complete), indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    return complete


def read_manifest(folder: Path) -> BundleManifest:
    """Read and check `manifest.json`; the files it names are not opened.

    Raises:
        BundleError: There is no bundle, it is of another version, or it makes no sense.
    """
    content = _bytes(folder)
    try:
        version = json.loads(content)["format_version"]
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged() from error
    if version != FORMAT_VERSION:
        raise BundleError(
            "The model was made for another version of Negatoscope.",
            what_to_do="Update Negatoscope, or choose another model.",
        )
    try:
        manifest = _MANIFESTS.validate_json(content, strict=True)
    except ValidationError as error:
        raise _damaged() from error
    _check(manifest)
    return manifest


def verify_bundle(folder: Path) -> BundleManifest:
    """Read the manifest and compare size and SHA-256 of every file it names.

    Raises:
        BundleError: As `read_manifest`, or a file is missing, cut short or changed.
    """
    manifest = read_manifest(folder)
    for expected in manifest.files:
        try:
            found = _describe(folder / expected.name)
        except OSError as error:
            message = f"The model is incomplete: {expected.name} is missing."
            raise BundleError(message, what_to_do=_REPAIR) from error
        if found != expected:
            message = f"The model is damaged: {expected.name} is not the file it should be."
            raise BundleError(message, what_to_do=_REPAIR)
    return manifest


def manifest_sha256(folder: Path) -> str:
    """Hash of `manifest.json` in hex: it names the whole bundle, since it holds the others."""
    return hashlib.sha256(_bytes(folder)).hexdigest()


def _bytes(folder: Path) -> bytes:
    try:
        return (folder / MANIFEST).read_bytes()
    except OSError as error:
        raise BundleError("There is no model in the model folder.", what_to_do=_REPAIR) from error


def _describe(path: Path) -> BundleFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    return BundleFile(name=path.name, sha256=digest.hexdigest(), size=path.stat().st_size)


def _damaged() -> BundleError:
    message = "The model's description (manifest.json) is damaged."
    return BundleError(message, what_to_do=_REPAIR)


def _check(manifest: BundleManifest) -> None:
    names = {file.name for file in manifest.files}
    for name in _REQUIRED:
        if name not in names:
            message = f"The model is incomplete: {name} is missing."
            raise BundleError(message, what_to_do=_REPAIR)
    if any(_contradictions(manifest)):
        raise _damaged()


def _contradictions(manifest: BundleManifest) -> Iterator[bool]:
    shape, spec, search = manifest.shape, manifest.preprocess, manifest.decoding
    sizes = [shape.width, shape.heads, shape.decoder_layers, shape.mediator_tokens, shape.grid]
    yield any(Path(file.name).name != file.name for file in manifest.files)
    yield min(*sizes, shape.vocabulary_rows, spec.size) < 1 or shape.width % shape.heads != 0
    yield not shape.views or not set(shape.views) <= {1, 2}
    yield not 0 <= spec.low_percentile < spec.high_percentile <= 100
    yield min(spec.std) <= 0
    yield search.beam < 1 or search.max_tokens < 1 or search.length_penalty < 0
    yield not 0 <= search.draws <= MOST_DRAWS or search.temperature <= 0
    yield search.fluency < 0 or search.findings < 0
    yield manifest.ldm not in {"causal", "paper", "none"}
