"""What the model wrote, as it travels from the inference worker to the product.

Apart from the generator because the product must not import ONNX Runtime.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from engine.domain.report import DraftSentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """What the model wrote about one study.

    Attributes:
        encode_s: Wall time of the encoder in seconds.
        words_s: Wall time of the search for words in seconds.
        warnings: Plain sentences about the text as a whole.
    """

    sentences: tuple[DraftSentence, ...]
    warnings: tuple[str, ...]
    encode_s: float
    words_s: float

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Generated:
        """From the object that `to_json` made."""
        return cls(
            sentences=tuple(DraftSentence(**sentence) for sentence in value["sentences"]),
            warnings=tuple(value["warnings"]),
            encode_s=value["encode_s"],
            words_s=value["words_s"],
        )
