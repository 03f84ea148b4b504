"""Overlap of generated and reference text: BLEU, METEOR, ROUGE-L and CIDEr by the COCO scorers.

Protocol of cmcrl.md 7: cleaned lower-case words separated by single blanks, "." a word of its own,
one reference per study, no PTB tokenisation. References are not truncated to the model's length and
rare words are not replaced (the published code does both to its references).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.bleu.bleu_scorer import cook_refs, cook_test
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.rouge.rouge import Rouge

from training.evaluate.meteor import MeteorJar, has_java, meteor_of_counts

ORDER = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TextScores:
    """Scores of one list of texts.

    Attributes:
        bleu: BLEU-1 to BLEU-4, corpus level, closest reference length.
        meteor: Corpus level; None if it was not computed.
        rouge_l: Mean over studies, beta 1.2.
        cider: Mean over studies, times 10 as in COCO; document frequencies of these references.
        rouge_l_each: `(n,)` per study.
        cider_each: `(n,)` per study.
    """

    bleu: tuple[float, float, float, float]
    meteor: float | None
    rouge_l: float
    cider: float
    rouge_l_each: NDArray[np.float64]
    cider_each: NDArray[np.float64]


def score_texts(
    texts: Sequence[str], references: Sequence[str], *, meteor: bool = True
) -> TextScores:
    """Score texts against one reference each.

    Args:
        texts: Cleaned, generated.
        references: Cleaned, in the same order, none empty.
        meteor: Compute METEOR if Java is installed.
    """
    given = {number: [text] for number, text in enumerate(texts)}
    wanted = {number: [text] for number, text in enumerate(references)}
    bleu, _ = Bleu(ORDER).compute_score(wanted, given, verbose=0)
    rouge, rouge_each = Rouge().compute_score(wanted, given)
    cider, cider_each = Cider().compute_score(wanted, given)
    return TextScores(
        bleu=(float(bleu[0]), float(bleu[1]), float(bleu[2]), float(bleu[3])),
        meteor=_meteor(texts, references) if meteor and has_java() else None,
        rouge_l=float(rouge),
        cider=float(cider),
        rouge_l_each=np.asarray(rouge_each, dtype=np.float64),
        cider_each=np.asarray(cider_each, dtype=np.float64),
    )


def bleu_counts(texts: Sequence[str], references: Sequence[str]) -> NDArray[np.float64]:
    """The counts that BLEU sums over studies, so that resampled corpora need no new counting.

    Returns:
        `(n, 10)`: reference length, text length, clipped matches of orders 1 to 4, n-grams of the
        text of orders 1 to 4.
    """
    rows = []
    for text, reference in zip(texts, references, strict=True):
        cooked = cook_test(text, cook_refs([reference], n=ORDER), n=ORDER)
        length = cooked["reflen"][0] if isinstance(cooked["reflen"], list) else cooked["reflen"]
        rows.append([length, cooked["testlen"], *cooked["correct"], *cooked["guess"]])
    return np.asarray(rows, dtype=np.float64)


def bleu_of_counts(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """BLEU-1 to BLEU-4 of summed counts.

    Args:
        counts: `(..., 10)` sums of `bleu_counts` rows.

    Returns:
        `(..., 4)`.
    """
    reference, length = counts[..., 0], counts[..., 1]
    matches, grams = counts[..., 2:6], counts[..., 6:10]
    precision = np.log(np.maximum(matches, 1e-15) / np.maximum(grams, 1e-9))
    mean = np.cumsum(precision, axis=-1) / np.arange(1, ORDER + 1)
    penalty = np.minimum(0.0, 1.0 - reference / np.maximum(length, 1e-9))
    return np.exp(mean + penalty[..., None])


def _meteor(texts: Sequence[str], references: Sequence[str]) -> float:
    with MeteorJar() as jar:
        return float(meteor_of_counts(jar.counts(texts, references).sum(axis=0)))
