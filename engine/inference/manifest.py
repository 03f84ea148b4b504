"""Model bundles on disk: `manifest.json` as a value, and whether the files match it.

A model that was exchanged, cut short or changed in one bit must not write a single word, so every
file is hashed before a session is made from it (design: bundles are imported by file only).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from engine.domain.bundle import BundleFile, BundleManifest
from engine.errors import BundleError

FORMAT_VERSION = 2
READ_VERSIONS = (1, FORMAT_VERSION)
"""Version 1 has neither labels nor assembly; otherwise the values are the same."""
MANIFEST = "manifest.json"
ENCODER = "encoder.onnx"
STEP = "step.onnx"
TOKENIZER = "tokenizer.json"
NGRAMS = "ngrams.npy"

_REQUIRED = (ENCODER, STEP, TOKENIZER)
_MANIFESTS = TypeAdapter(BundleManifest)
MOST_DRAWS = 256
"""Maximum number of draws: memory and time grow with them."""

MOST_CANDIDATES = 100
"""Maximum number of candidate sentences: the time grows with their square."""

_LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""Files that desktops leave in folders; no graph reads one."""

MOST_BEAMS, MOST_TOKENS = 64, 1_000_000
"""Largest plausible width and length of a search; a manifest with more is rejected."""
_MOST_CELLS, _MOST_WORDS, _WIDEST, _DEEPEST, _LARGEST = 4_096, 1_000_000, 16_384, 256, 4_096

_REPAIR = "Install the model again, or choose another one."


def write_manifest(folder: Path, manifest: BundleManifest) -> BundleManifest:
    """Write `manifest.json` for the files in the folder.

    Args:
        folder: The bundle, with `encoder.onnx`, `step.onnx`, `tokenizer.json` and whatever else
            belongs to it (a licence, external weights). All files are hashed.
        manifest: Its `files` are replaced by what is found.

    Returns:
        The manifest as written.

    Raises:
        BundleError: A file is missing or the manifest contradicts itself.
    """
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    files = tuple(describe(folder / name) for name in names if name != MANIFEST)
    complete = replace(manifest, files=files)
    _check(complete)
    text = json.dumps(asdict(complete), indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    return complete


def read_manifest(folder: Path) -> BundleManifest:
    """Read and check `manifest.json`; the files it names are not opened.

    Raises:
        BundleError: There is no bundle, it is of another version, or it is inconsistent.
    """
    content = _bytes(folder)
    try:
        version = json.loads(content)["format_version"]
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged() from error
    if version not in READ_VERSIONS:
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
        BundleError: As for `read_manifest`, or a file is missing, cut short or changed.
    """
    manifest = read_manifest(folder)
    verify_files(folder, manifest.files)
    return manifest


def verify_files(folder: Path, files: Sequence[BundleFile]) -> None:
    """Compare size and SHA-256 of every file that a model's manifest names.

    Raises:
        BundleError: A file is missing, cut short or changed, or there is one more.
    """
    for expected in files:
        try:
            found = describe(folder / expected.name)
        except OSError as error:
            message = f"The model is incomplete: {expected.name} is missing."
            raise BundleError(message, what_to_do=_REPAIR) from error
        if found != expected:
            message = f"The model is damaged: {expected.name} is not the file it should be."
            raise BundleError(message, what_to_do=_REPAIR)
    _require_no_others(folder, files)


def manifest_sha256(folder: Path) -> str:
    """Hash of `manifest.json` in hex: it identifies the whole bundle, since it holds all hashes."""
    return hashlib.sha256(_bytes(folder)).hexdigest()


def _require_no_others(folder: Path, files: Sequence[BundleFile]) -> None:
    """Refuse unlisted files: a graph may load weights from any file beside it, unhashed."""
    listed = {MANIFEST, *(file.name for file in files)}
    others = sorted(path.name for path in folder.iterdir() if path.name not in listed | _LITTER)
    if others:
        raise BundleError(
            f"The model's folder holds {others[0]!r}, which its description does not name.",
            what_to_do="Take the file out, or install the model again.",
        )


def _bytes(folder: Path) -> bytes:
    try:
        return (folder / MANIFEST).read_bytes()
    except OSError as error:
        raise BundleError("There is no model in the model folder.", what_to_do=_REPAIR) from error


def describe(path: Path) -> BundleFile:
    """Name, hash and size of a file; raises `OSError`."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    return BundleFile(name=path.name, sha256=digest.hexdigest(), size=path.stat().st_size)


def _damaged() -> BundleError:
    message = "The model's description (manifest.json) is damaged."
    return BundleError(message, what_to_do=_REPAIR)


def _check(manifest: BundleManifest) -> None:
    names = {file.name for file in manifest.files}
    required = _REQUIRED if manifest.decoding.assembly is None else (*_REQUIRED, NGRAMS)
    for name in required:
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
    yield not 1 <= search.beam <= MOST_BEAMS or not 1 <= search.max_tokens <= MOST_TOKENS
    yield search.length_penalty < 0 or spec.size > _LARGEST
    yield shape.width > _WIDEST or shape.heads > _WIDEST or shape.decoder_layers > _DEEPEST
    yield shape.grid > _MOST_CELLS or shape.mediator_tokens > _MOST_CELLS
    yield shape.vocabulary_rows > _MOST_WORDS
    yield not 0 <= search.draws <= MOST_DRAWS or search.temperature <= 0
    yield search.fluency < 0 or search.findings < 0
    if (assembly := search.assembly) is not None:
        counted = (assembly.rouge, assembly.bleu, assembly.length, assembly.cider, assembly.recall)
        yield search.draws < 1 or not 1 <= assembly.least_draws <= search.draws
        yield not 1 <= assembly.candidates <= MOST_CANDIDATES
        yield (
            min(*counted, assembly.findings, assembly.sentence) < 0
            or not 0 <= assembly.least_probability <= 1
        )
        yield not 0 <= assembly.surely_normal <= 1
    yield manifest.ldm not in {"causal", "paper", "none"} or not manifest.label_tensor
