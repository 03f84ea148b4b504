"""What the model wrote, as it is sent from the inference worker to the product.

Separate from the generator so that importing it loads no ONNX Runtime.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.report import DraftSentence
from engine.inference.attribution import Cell, Deletion
from engine.inference.device import Device


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceCells:
    """The cells that one sentence looked at, and the deletion test of them.

    Attributes:
        sentence: Index among the sentences.
    """

    sentence: int
    cells: tuple[Cell, ...]
    deletion: Deletion


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """What the model wrote about one study.

    Attributes:
        cells: Of the sentences that were tested, in their order.
        others: The other reports of the search, in the model's own words, best first.
        encode_s: Wall time of the encoder in seconds.
        words_s: Wall time of the search for words in seconds.
        warnings: Plain sentences about the text as a whole.
    """

    sentences: tuple[DraftSentence, ...]
    warnings: tuple[str, ...]
    encode_s: float
    words_s: float
    cells: tuple[SentenceCells, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """What the model wrote, and where it ran."""

    device: Device
    generated: Generated
