"""Features of a frozen stem, computed once: whole films and some augmented crops.

A memory-mapped half-precision array `(crops, films, C, g, g)` outside the checkout. Crop 0 is the
film as the product sees it; the others are drawn as in stem adaptation. The key of a cache is the
stem's weights, the films and everything else it depends on.
"""

from __future__ import annotations

import hashlib
import json
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol, TypeVar
from uuid import uuid4

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from engine.errors import InputError
from engine.imaging.preprocess import model_view
from training.config import AugmentConfig
from training.data.augment import augment
from training.data.films import FilmCache
from training.model.stem import Stem
from training.model.visual_encoder import ConvNorm
from training.objectives.masking import degrade

BATCH = 4
"""Four films at once keep the stem's widest maps in the processor's cache: twice as fast as 32."""


GRID = 14
"""Side of every stem's feature map for the films that are cached."""

StemT = TypeVar("StemT", bound=Stem)


class CleanFilms(Protocol):
    """What a model reads of whole films."""

    def clean(self, films: Tensor) -> Tensor:
        """Whole films, for rows `(B, v)` of the film cache: `(B, v, ...)` float32."""
        ...


class FilmSource(CleanFilms, Protocol):
    """Films for training: cached features of a frozen stem, or the films themselves."""

    def drawn(self, films: Tensor, generator: torch.Generator) -> Tensor:
        """Like `clean`, with each film changed a little at random."""
        ...


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
        """Like `clean`, with each film in a uniformly drawn crop."""
        crops = torch.randint(self.features.shape[0], films.shape, generator=generator)
        return self._gather(crops.numpy(), films)

    def version(self, films: Tensor, versions: Tensor) -> Tensor:
        """Like `clean`, for rows `(B, v)` in the crop of each study, `(B,)`."""
        return self._gather(versions[:, None].expand(films.shape).numpy(), films)

    def _gather(self, crops: NDArray[np.int64], films: Tensor) -> Tensor:
        return torch.from_numpy(self.features[crops, films.numpy()].astype(np.float32))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FilmPixels:
    """The films themselves, for a stem that learns with the model: `(B, v, 3, S, S)`."""

    films: FilmCache
    augmentation: AugmentConfig

    def clean(self, films: Tensor) -> Tensor:
        """Films as the product gives them to the model."""
        greys = self.films.greys[films.flatten().numpy()].astype(np.float32) / 255.0
        views = np.stack([model_view(grey, self.films.spec) for grey in greys])
        return torch.from_numpy(views).reshape(*films.shape, *views.shape[1:])

    def drawn(self, films: Tensor, generator: torch.Generator) -> Tensor:
        """Like `clean`, with each film in a crop of its own."""
        greys = torch.from_numpy(self.films.greys[films.flatten().numpy()])
        images = augment(greys, self.augmentation, self.films.spec, generator)
        return images.reshape(*films.shape, *images.shape[1:])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LiveFeatures:
    """Features of a stem that learned with the model, computed on demand."""

    pixels: CleanFilms
    stem: Stem

    @torch.no_grad()
    def clean(self, films: Tensor) -> Tensor:
        """Features `(B, v, C, g, g)` of whole films."""
        images = self.pixels.clean(films)
        return read_films(self.stem.eval(), images)


def read_films(stem: Stem, images: Tensor) -> Tensor:
    """Features `(B, v, C, g, g)` of films `(B, v, 3, S, S)`."""
    features: Tensor = stem(images.flatten(0, 1))
    return features.reshape(*images.shape[:2], *features.shape[1:])


def open_features(
    stem: Stem,
    films: FilmCache,
    config: AugmentConfig,
    *,
    crops: int,
    folder: Path,
    degraded: bool = False,
) -> FeatureCache:
    """The films' features, computed if they do not exist.

    Args:
        stem: Frozen, in evaluation mode.
        films: Every film that will be needed.
        config: Of the augmented crops.
        crops: Versions of each film, the clean one included.
        folder: Where caches are stored, outside the checkout.
        degraded: Use films at half resolution, as pre-training sees them (eq 1).
    """
    target = folder / f"features-{_key(stem, films, config, crops, degraded=degraded)}.npy"
    if not target.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(f"{uuid4().hex}.part")
        try:
            network: nn.Module = folded(stem)
            if degraded:
                network = nn.Sequential(Degraded(), network)
            _write(network, films, config, crops, stem.channels, unfinished)
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
    return FeatureCache(features=np.load(target, mmap_mode="r", allow_pickle=False))


def _write(
    stem: nn.Module,
    films: FilmCache,
    config: AugmentConfig,
    crops: int,
    channels: int,
    target: Path,
) -> None:
    count = films.greys.shape[0]
    shape = (crops, count, channels, GRID, GRID)
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
            kept[crop, span] = _halved(found.contiguous().numpy())
    kept.flush()


def _halved(features: NDArray[np.float32]) -> NDArray[np.float16]:
    """Features at half precision; raises `InputError` for values outside its range."""
    if not np.abs(features).max(initial=0.0) <= np.finfo(np.float16).max:  # true for NaN too
        raise InputError(
            "The stem's features are too large to be kept: its weights are random or damaged.",
            what_to_do="Name a stem with trained weights (--stem), or let it learn (--stem_rate).",
        )
    return features.astype(np.float16)


def folded(stem: StemT) -> StemT:
    """A copy with each BatchNorm folded into the convolution before it: half the time.

    For an EfficientNet-Lite0; other stems are copied as they are.
    """
    copy = deepcopy(stem)
    for block in [module for module in copy.modules() if isinstance(module, ConvNorm)]:
        index = next(i for i, layer in enumerate(block) if isinstance(layer, nn.Conv2d))
        convolution, norm = block[index], block[index + 1]
        if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            block[index] = fuse_conv_bn_eval(convolution, norm)
            block[index + 1] = nn.Identity()
    return copy


def _key(stem: Stem, films: FilmCache, config: AugmentConfig, crops: int, *, degraded: bool) -> str:
    digest = hashlib.sha256()
    for name, value in sorted(stem.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.contiguous().numpy().tobytes())
    # The films' content key, not their names: a replaced film must not get old features.
    facts = [asdict(films.spec), asdict(config) if crops > 1 else {}, crops, films.key]
    if degraded:
        facts.append("degraded")
    digest.update(json.dumps(facts).encode())
    return digest.hexdigest()[:16]
