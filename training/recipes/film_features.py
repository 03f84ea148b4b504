"""Features of a frozen stem, computed once: films seen whole and in some augmented crops.

A memory-mapped half-precision array `(crops, films, C, g, g)` outside the checkout. Crop 0 is the
film as the product sees it; the others are drawn as in stem adaptation. The key of a cache is the
stem's weights and everything else that made it.
"""

from __future__ import annotations

import hashlib
import json
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from training.config import AugmentConfig
from training.data.augment import augment
from training.data.films import FilmCache
from training.model.visual_encoder import STEM_CHANNELS, STEM_GRID, ConvNorm, VisualStem
from training.objectives.masking import degrade

BATCH = 4
"""Few films at once keep the stem's widest maps in the processor's cache: twice as fast as 32."""


class Degraded(nn.Module):
    """Eq 1 in front of a stem."""

    def forward(self, images: Tensor) -> Tensor:
        """`(B, 3, S, S)` to `(B, 3, S, S)`."""
        return degrade(images)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FeatureCache:
    """Stem features by crop and film.

    Attributes:
        features: `(crops, films, C, g, g)` float16, memory-mapped; rows as in the film cache.
    """

    features: NDArray[np.float16]

    def clean(self, films: Tensor) -> Tensor:
        """Features `(B, v, C, g, g)` float32 of whole films, for rows `(B, v)`."""
        return self._gather(np.zeros(films.shape, dtype=np.int64), films)

    def drawn(self, films: Tensor, generator: torch.Generator) -> Tensor:
        """As `clean`, each film in a crop drawn evenly."""
        crops = torch.randint(self.features.shape[0], films.shape, generator=generator)
        return self._gather(crops.numpy(), films)

    def version(self, films: Tensor, versions: Tensor) -> Tensor:
        """As `clean`, for rows `(B, v)` in the crop of each study, `(B,)`."""
        return self._gather(versions[:, None].expand(films.shape).numpy(), films)

    def _gather(self, crops: NDArray[np.int64], films: Tensor) -> Tensor:
        return torch.from_numpy(self.features[crops, films.numpy()].astype(np.float32))


def open_features(
    stem: VisualStem,
    films: FilmCache,
    config: AugmentConfig,
    *,
    crops: int,
    folder: Path,
    degraded: bool = False,
) -> FeatureCache:
    """The films' features, computed now if they are not there.

    Args:
        stem: Frozen, in evaluation mode.
        films: Every film that will be asked for.
        config: Of the augmented crops.
        crops: Versions of each film, the clean one included.
        folder: Where caches are kept, outside the checkout.
        degraded: Films at half resolution, as pre-training sees them (eq 1).
    """
    target = folder / f"features-{_key(stem, films, config, crops, degraded=degraded)}.npy"
    if not target.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(f"{uuid4().hex}.part")
        try:
            network: nn.Module = folded(stem)
            if degraded:
                network = nn.Sequential(Degraded(), network)
            _write(network, films, config, crops, unfinished)
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
    return FeatureCache(features=np.load(target, mmap_mode="r", allow_pickle=False))


def _write(
    stem: nn.Module, films: FilmCache, config: AugmentConfig, crops: int, target: Path
) -> None:
    count = films.greys.shape[0]
    shape = (crops, count, STEM_CHANNELS, STEM_GRID, STEM_GRID)
    kept = np.lib.format.open_memmap(target, mode="w+", dtype=np.float16, shape=shape)
    paths = sorted(films.rows, key=films.rows.__getitem__)
    generator = torch.Generator().manual_seed(0)
    for crop in range(crops):
        for start in range(0, count, BATCH):
            span = slice(start, min(start + BATCH, count))
            if crop == 0:
                images = torch.from_numpy(np.stack([films.view(path) for path in paths[span]]))
            else:
                greys = torch.from_numpy(films.greys[span].copy())
                images = augment(greys, config, films.spec, generator)
            with torch.no_grad():
                found = stem(images.contiguous(memory_format=torch.channels_last))
            kept[crop, span] = found.contiguous().numpy().astype(np.float16)
    kept.flush()


def folded(stem: VisualStem) -> VisualStem:
    """A copy with each BatchNorm put into the convolution before it: half the time."""
    copy = deepcopy(stem)
    for block in [module for module in copy.modules() if isinstance(module, ConvNorm)]:
        place = next(i for i, layer in enumerate(block) if isinstance(layer, nn.Conv2d))
        convolution, norm = block[place], block[place + 1]
        if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            block[place] = fuse_conv_bn_eval(convolution, norm)
            block[place + 1] = nn.Identity()
    return copy


def _key(
    stem: VisualStem, films: FilmCache, config: AugmentConfig, crops: int, *, degraded: bool
) -> str:
    digest = hashlib.sha256()
    for name, value in sorted(stem.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.contiguous().numpy().tobytes())
    names = [str(path) for path in sorted(films.rows, key=films.rows.__getitem__)]
    facts = [asdict(films.spec), asdict(config) if crops > 1 else {}, crops, names]
    if degraded:
        facts.append("degraded")
    digest.update(json.dumps(facts).encode())
    return digest.hexdigest()[:16]
