"""A real bundle of a tiny random model: real graphs from the real exporter, made in seconds.

It writes nonsense, but by the same graphs, shapes and rules as the trained one.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from engine.domain.bundle import DecodingSpec, PreprocessSpec
from training.data.vocabulary import Vocabulary, build_vocabulary
from training.export.parity import ParityReport
from training.export.write_bundle import ExportConfig, make_manifest, write_bundle
from training.model.cmcrl import Cmcrl
from training.model.configuration import ModelConfiguration
from training.model.stored import TOKENIZER, StoredModel

SIZE = 64
SIZES = {
    "width": 32,
    "heads": 4,
    "feed_forward": 32,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "stem_channels": 8,
    "stem_grid": 4,
    "local_per_head": 3,
    "global_head_width": 4,
    "longest": 32,
    "labels": 3,
    "label_prompt": True,
}
TEXT = (
    "the heart is normal in size . the lungs are clear . there is no pleural effusion . "
    "no pneumothorax is seen . the aorta is tortuous . there is xxxx scarring ."
)


class TinyStem(nn.Module):
    """`(v, 3, 64, 64)` to `(v, 8, 4, 4)`."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, 8, 16, stride=16)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        features: torch.Tensor = self.convolution(images)
        return features


def write_tiny_bundle(
    folder: Path, *, seed: int = 0, studies: int = 4, **form: object
) -> ParityReport:
    """Write the bundle, compared with its model on a few random films like any other; a pack too.

    `form` are switches of the model's configuration.
    """
    stored = tiny_model(seed, **form)
    source = folder.with_name(f"{folder.name}-source")
    tiny_vocabulary().save(source / TOKENIZER)
    config = ExportConfig(
        source=source,
        target=folder,
        bundle_id="tiny",
        licence="For tests only.",
        intended_use="Tests of training; its text means nothing.",
        version=str(seed),
        decoding=DecodingSpec(max_tokens=20),
        pack=folder.with_suffix(".zip"),
    )
    manifest = make_manifest(stored, config)
    torch.manual_seed(seed)
    films = iter(random_films(studies, seed))
    return write_bundle(stored.model(), TinyStem().eval(), manifest, config, films)


def tiny_vocabulary() -> Vocabulary:
    """A vocabulary of some twenty words."""
    return build_vocabulary([TEXT], min_count=1)


def tiny_model(seed: int, **form: object) -> StoredModel:
    """Random weights that write different words for different films."""
    sizes = ModelConfiguration(**{**SIZES, "vocabulary_rows": len(tiny_vocabulary()), **form})
    torch.manual_seed(seed)
    model = Cmcrl(sizes)
    with torch.no_grad():
        model.head.weight.mul_(4.0)
        model.head.bias.normal_()
    return StoredModel(
        configuration=sizes,
        tensors=model.state_dict(),
        preprocess=PreprocessSpec(size=SIZE),
        facts={"weights": "random"},
    )


def random_films(studies: int, seed: int) -> list[NDArray[np.float32]]:
    """Studies of one and two films in turn, `(v, 3, 64, 64)`."""
    draw = np.random.default_rng(seed)
    return [
        draw.standard_normal((1 + number % 2, 3, SIZE, SIZE)).astype(np.float32)
        for number in range(studies)
    ]
