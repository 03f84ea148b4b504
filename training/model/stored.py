"""A trained model on disk: weights, and the settings without which they cannot be read."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.domain.bundle import DecodingSpec, PreprocessSpec
from engine.errors import DamagedFileError
from training.model.cmcrl import Cmcrl
from training.model.configuration import ModelConfiguration

WEIGHTS = "model.safetensors"
SETTINGS = "model.json"
STEM = "stem.safetensors"
STEM_HEAD = "stem_head.safetensors"
TOKENIZER = "tokenizer.json"

_PREPROCESS = TypeAdapter(PreprocessSpec)


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """How a model was validated and is to be evaluated.

    Attributes:
        most_views: Maximum films of a study that it gets.
        max_tokens: Maximum ids that it writes, BOS not counted.
        forbidden: Words that it never writes.
    """

    most_views: int = 2
    max_tokens: int = 60
    forbidden: tuple[str, ...] = DecodingSpec().forbidden

    def decoding(self, beam: int) -> DecodingSpec:
        """Its search with that many beams."""
        return DecodingSpec(beam=beam, max_tokens=self.max_tokens, forbidden=self.forbidden)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredModel:
    """A model as a run kept it.

    Attributes:
        configuration: Its sizes and switches.
        tensors: Its weights by name.
        preprocess: How films become the stem's input.
        labels: Names of the label head's outputs.
        facts: Where the weights come from: epoch, minutes.
        writing: How it writes; RadCARE's weights and older ones have the defaults.
    """

    configuration: ModelConfiguration
    tensors: dict[str, Tensor]
    preprocess: PreprocessSpec
    labels: tuple[str, ...] = ()
    facts: dict[str, Any]
    writing: Writing = field(default_factory=Writing)

    def model(self) -> Cmcrl:
        """The model in evaluation mode; no weight may be missing (cmcrl.md B12).

        Raises:
            DamagedFileError: Some weights are missing, of another size, or not the model's.
        """
        model = Cmcrl(self.configuration)
        try:
            model.load_state_dict(self.tensors, strict=True)
        except RuntimeError as error:
            raise DamagedFileError(
                "These weights are not of a whole model that writes reports.",
                what_to_do='Name "best" or "last" of a fine-tuning run.',
            ) from error
        return model.eval()


_WRITING = TypeAdapter(Writing)


def save_model(folder: Path, stored: StoredModel) -> None:
    """Write weights and settings into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.detach().contiguous() for name, value in stored.tensors.items()}
    save_file(tensors, folder / WEIGHTS)
    settings = {
        "model": stored.configuration.as_dict(),
        "preprocess": asdict(stored.preprocess),
        "labels": stored.labels,
        "facts": stored.facts,
        "writing": asdict(stored.writing),
    }
    (folder / SETTINGS).write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")


def load_model(folder: Path) -> StoredModel:
    """Read what `save_model` wrote; raises `DamagedFileError`."""
    try:
        settings = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
        return StoredModel(
            configuration=ModelConfiguration.from_dict(settings["model"]),
            tensors=load_file(folder / WEIGHTS),
            preprocess=_PREPROCESS.validate_python(settings["preprocess"]),
            labels=tuple(settings["labels"]),
            facts=settings["facts"],
            writing=_WRITING.validate_python(settings.get("writing", {})),
        )
    except Exception as error:  # safetensors raises an exception type of its own
        raise DamagedFileError(f"The model in {folder.name} cannot be read.") from error
