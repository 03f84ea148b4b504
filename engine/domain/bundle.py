"""What a model bundle says about itself: facts of the model, never settings.

A bundle is a folder with `manifest.json`, `encoder.onnx`, `step.onnx` and `tokenizer.json`, and
`ngrams.npy` if drafts are assembled from sentences. Training writes it; the product verifies it and
uses what it says.
"""

from __future__ import annotations

from dataclasses import dataclass, field

NORMAL = "normal"
"""The label of a study without a finding."""

LABEL_LOGITS = "labels"
"""The encoder's output of label logits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreprocessSpec:
    """How a film's display greys become the model's input (cmcrl.md 1.2, ours without flips).

    Attributes:
        size: Side of the square input in pixels; the film is resized anisotropically.
        low_percentile: Grey percentile that becomes 0 before resizing.
        high_percentile: Grey percentile that becomes 1.
        mean: Mean of each channel, for values in [0, 1].
        std: Standard deviation of each channel.
    """

    size: int = 224
    low_percentile: float = 0.5
    high_percentile: float = 99.5
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssemblySpec:
    """How a draft is assembled from the sentences of drawn reports: the weight of each term.

    A study that is surely normal keeps the most central draw, whole: radiologists say "normal" in
    the same few reports again and again, and a draw is often one of them.

    Attributes:
        candidates: Maximum number of sentences tried, the most frequent ones.
        least_draws: Draws that must contain a sentence whose word order is unusual.
        rouge: Weight of ROUGE-L against the draws.
        bleu: Weight of the linear BLEU-4.
        length: Cost of a word, as a share of what all its matches could bring.
        sentence: Cost of a sentence: the reader answers for each one with a key.
        cider: Weight of CIDEr; CIDEr is 1 for a text equal to the draw.
        recall: Weight of the F-score over single words that favours recall.
        findings: Weight of each asserted finding's probability less `least_probability`.
        least_probability: A finding above it speaks for the sentence that asserts it.
        surely_normal: The label head's probability of "normal" above which a draw is kept whole; 1
            for never. A bundle whose label head does not know "normal" always assembles.
    """

    candidates: int = 40
    least_draws: int = 2
    rouge: float = 1.5
    bleu: float = 1.0
    length: float = 0.45
    sentence: float = 0.015
    cider: float = 0.5
    recall: float = 1.0
    findings: float = 0.8
    least_probability: float = 0.15
    surely_normal: float = 0.65


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodingSpec:
    """How sentences are searched for (cmcrl.md 5.1).

    Attributes:
        beam: Number of beams.
        max_tokens: Maximum number of generated ids, BOS not counted.
        length_penalty: Exponent a of score = sum(log p) / length**a; 0 is the paper's plain sum.
        forbidden: Words that are never generated.
        draws: Reports drawn instead of a beam search, from which the draft is made; 0 for the
            paper's beam search.
        temperature: Divides the logits of the draws.
        fluency: Weight of the mean log-probability of a draw's words beside its agreement with the
            other draws.
        findings: Weight of the share of draws that assert a finding, for each finding that a draw
            asserts.
        assembly: How the draft is assembled from sentences of the draws; None takes the most
            central draw as it is.
    """

    beam: int = 3
    max_tokens: int = 60
    length_penalty: float = 0.0
    forbidden: tuple[str, ...] = ("<unk>", "xxxx")
    draws: int = 0
    temperature: float = 1.0
    fluency: float = 0.0
    findings: float = 0.0
    assembly: AssemblySpec | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelShape:
    """Sizes that the graphs and the beam search must agree on.

    Attributes:
        width: D.
        heads: H of the decoder.
        decoder_layers: Ldec.
        mediator_tokens: Local tokens, 48 in the paper.
        grid: Visual tokens per side and view (14).
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
        format_version: Of the manifest itself. Version 2 may have `labels` and `assembly`.
        bundle_id: Short name, e.g. "cmcrl-s".
        version: Of the weights, e.g. "0.1".
        ldm: "causal" (KV cache exact), "paper", or "none" (no linguistic deconfounder).
        licence: Plain sentence about what the weights may be used for.
        training: Where the weights come from: commit, data, hours, epochs (free text values).
        metrics: Measured validation figures by name, as in the model card.
        labels: Names of the encoder's label logits, `NORMAL` for a study without a finding; empty
            for an encoder whose logits nobody reads.
        label_tensor: The encoder's tensor that holds the logits. If it is not an output of the
            graph, it becomes one when the graph is loaded.
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
    labels: tuple[str, ...] = ()
    label_tensor: str = LABEL_LOGITS
