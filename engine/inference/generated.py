"""What the model wrote, as it travels from the inference worker to the product.

Apart from the generator because the product must not import ONNX Runtime.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from engine.domain.report import DraftSentence
from engine.inference.attribution import Cell, Deletion


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceCells:
    """What one sentence looked at, and what became of it without that.

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
        cells: Of the sentences that were asked about, in their order.
        others: The other reports that were found, in the model's own words, best first.
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

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        value: dict[str, Any] = _GENERATED.dump_python(self, mode="json")
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Generated:
        """From the object that `to_json` made."""
        return _GENERATED.validate_python(value)


_GENERATED = TypeAdapter(Generated)
