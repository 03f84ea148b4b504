"""Stored features are the stem's own, crops differ, and another stem never meets an old cache."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from engine.domain.bundle import PreprocessSpec
from engine.errors import InputError
from training.config import AugmentConfig
from training.data.films import FilmCache, open_films
from training.model.visual_encoder import VisualStem
from training.recipes.film_features import open_features


@pytest.fixture
def films(tmp_path: Path) -> FilmCache:
    draw = np.random.default_rng(0)
    paths = []
    for number in range(3):
        path = tmp_path / f"{number}.png"
        Image.fromarray(draw.integers(0, 255, (64, 64), dtype=np.uint8)).save(path)
        paths.append(path)
    return open_films(paths, PreprocessSpec(), tmp_path)


def stem(seed: int) -> VisualStem:
    torch.manual_seed(seed)
    network = VisualStem().frozen()
    for name, value in network.state_dict().items():
        if name.endswith("running_mean"):
            value.normal_(std=0.1)
    return network


def test_clean_features_are_those_of_the_product(films: FilmCache, tmp_path: Path) -> None:
    network = stem(0)
    cache = open_features(network, films, AugmentConfig(), crops=2, folder=tmp_path)
    path = next(iter(films.rows))
    with torch.no_grad():
        expected = network(torch.from_numpy(films.view(path))[None])[0]

    found = cache.clean(torch.tensor([[films.rows[path]]]))[0, 0]
    scale = float(expected.abs().max())
    torch.testing.assert_close(found / scale, expected / scale, atol=2e-3, rtol=0)


def test_drawn_features_come_from_every_crop(films: FilmCache, tmp_path: Path) -> None:
    cache = open_features(stem(0), films, AugmentConfig(), crops=2, folder=tmp_path)
    generator = torch.Generator().manual_seed(0)
    same_film = torch.zeros(40, 1, dtype=torch.int64)

    drawn = cache.drawn(same_film, generator).flatten(1)
    assert len(torch.unique(drawn, dim=0)) == 2


def test_another_stem_or_degraded_films_have_a_cache_of_their_own(
    films: FilmCache, tmp_path: Path
) -> None:
    rows = torch.tensor([[0], [1], [2]])
    caches = [
        open_features(stem(0), films, AugmentConfig(), crops=1, folder=tmp_path),
        open_features(stem(1), films, AugmentConfig(), crops=1, folder=tmp_path),
        open_features(stem(0), films, AugmentConfig(), crops=1, folder=tmp_path, degraded=True),
        open_features(stem(0), films, AugmentConfig(), crops=1, folder=tmp_path),
    ]
    values = [cache.clean(rows) for cache in caches]

    assert len(list(tmp_path.glob("features-*.npy"))) == 3
    assert not torch.equal(values[0], values[1])
    assert not torch.equal(values[0], values[2])
    assert torch.equal(values[0], values[3])


def test_a_replaced_film_does_not_meet_old_features(films: FilmCache, tmp_path: Path) -> None:
    before = open_features(stem(0), films, AugmentConfig(), crops=1, folder=tmp_path)
    path = next(iter(films.rows))
    Image.fromarray(np.full((64, 65), 7, dtype=np.uint8)).save(path)
    replaced = open_films(films.rows, films.spec, tmp_path)
    after = open_features(stem(0), replaced, AugmentConfig(), crops=1, folder=tmp_path)
    row = torch.tensor([[films.rows[path]]])
    assert not torch.equal(before.clean(row), after.clean(row))


@pytest.mark.parametrize("value", [1e6, float("inf"), float("nan")])
def test_features_that_half_precision_cannot_hold_are_said_and_not_kept(
    films: FilmCache, tmp_path: Path, value: float
) -> None:
    network = stem(0)
    with torch.no_grad():
        last = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)][-1]
        last.bias.fill_(value)
    with pytest.raises(InputError, match="too large"):
        open_features(network, films, AugmentConfig(), crops=1, folder=tmp_path / "kept")
    assert not list((tmp_path / "kept").iterdir())
