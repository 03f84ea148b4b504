"""What a model bundle says about itself: the facts that are never settings.

A bundle is a folder with `manifest.json`, `encoder.onnx`, `step.onnx` and `tokenizer.json`.
Training writes it, the product verifies it and obeys it.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class PreprocessSpec:
    """From a displayed-as-grey film to the model's input (cmcrl.md 1.2, ours without flips).

    Attributes:
        size: Side of the square input in pixels; the film is resized anisotropically.
        low_percentile: Grey percentile that becomes 0 before resizing.
        high_percentile: Grey percentile that becomes 1.
        mean: Per channel, of values in [0, 1].
        std: Per channel.
    """

    size: int = 224
    low_percentile: float = 0.5
    high_percentile: float = 99.5
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodingSpec:
    """How sentences are searched for (cmcrl.md 5.1).

    Attributes:
        beam: Number of beams.
        max_tokens: Most ids that are generated, BOS not counted.
        length_penalty: Exponent a of score = sum(log p) / length**a; 0 is the paper's plain sum.
        forbidden: Words that are never generated.
        draws: Reports that are drawn instead of a beam search, of which the most central is the
            draft; 0 for the paper's beam search.
        temperature: Of the draws; the logits are divided by it.
        fluency: What the mean log-probability of a draw's words counts beside its agreement with
            the others.
        findings: What the share of the draws that claim a finding counts, for each finding that a
            draw claims.
    """

    beam: int = 3
    max_tokens: int = 60
    length_penalty: float = 0.0
    forbidden: tuple[str, ...] = ("<unk>", "xxxx")
    draws: int = 0
    temperature: float = 1.0
    fluency: float = 0.0
    findings: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelShape:
    """Sizes that the graphs and the beam search must agree on.

    Attributes:
        width: D.
        heads: H of the decoder.
        decoder_layers: Ldec.
        mediator_tokens: Local tokens, 48 in the paper.
        grid: Visual tokens a side and view (14).
        views: View counts that the encoder accepts, e.g. (1, 2).
        vocabulary_rows: Rows of the word table, special ids included.
    """

    width: int
    heads: int
    decoder_layers: int
    mediator_tokens: int
    grid: int
    views: tuple[int, ...]
    vocabulary_rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFile:
    """One file of the bundle with its SHA-256 in hex and its size in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleManifest:
    """`manifest.json` as a value.

    Attributes:
        format_version: Of the manifest itself; this code reads version 1.
        bundle_id: Short name, e.g. "cmcrl-s".
        version: Of the weights, e.g. "0.1".
        ldm: "causal" (KV cache exact), "paper", or "none" (no linguistic deconfounder).
        licence: Plain sentence about what the weights may be used for.
        training: Where the weights come from: commit, data, hours, epochs (free text values).
        metrics: Validation figures by name, measured, as in the model card.
    """

    format_version: int
    bundle_id: str
    version: str
    created: str
    ldm: str
    licence: str
    intended_use: str
    shape: ModelShape
    preprocess: PreprocessSpec
    decoding: DecodingSpec
    files: tuple[BundleFile, ...]
    training: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
