"""What a model with a fixed reading side sees in each study, computed once.

If only the writing side learns, the encoder gives the same for the same films in every epoch, so
each study is encoded once per version of its films, which saves two thirds of a step.
"""

from __future__ import annotations

import torch
from torch import Tensor

from training.data.dataset import Batch
from training.model.cmcrl import Cmcrl, FilmReading
from training.recipes.film_features import FeatureCache
from training.recipes.precision import autocast

Key = tuple[int, tuple[int, ...], int]


class FilmReadings:
    """Readings of training studies by study, films shown and version of the films.

    Args:
        model: Its reading side must not change while this exists.
        features: Of the films.
        versions: How many of the films' versions are shown, the whole film first.
    """

    def __init__(self, model: Cmcrl, features: FeatureCache, versions: int) -> None:
        self._model = model
        self._versions = versions
        self._features = features
        self._kept: dict[Key, tuple[Tensor, ...]] = {}

    @torch.no_grad()
    def drawn(self, batch: Batch, generator: torch.Generator) -> FilmReading:
        """The batch's studies, each in a uniformly drawn version of its films; float32."""
        versions = torch.randint(self._versions, (len(batch.studies),), generator=generator)
        keys: list[Key] = [
            (study, tuple(films), version)
            for study, films, version in zip(
                batch.studies, batch.films.tolist(), versions.tolist(), strict=True
            )
        ]
        missing = [row for row, key in enumerate(keys) if key not in self._kept]
        if missing:
            self._read(batch, versions, keys, missing)
        rows = zip(*(self._kept[key] for key in keys), strict=True)
        film, mediator, rollout, cells, labels = (torch.stack(part) for part in rows)
        return FilmReading(film.float(), mediator.float(), rollout, cells, labels)

    def _read(self, batch: Batch, versions: Tensor, keys: list[Key], rows: list[int]) -> None:
        was_training = self._model.training
        self._model.eval()
        features = self._features.version(batch.films[rows], versions[rows])
        with autocast():
            reading = self._model.read(features, batch.views[rows])
        labels = reading.labels
        if labels is None:
            labels = torch.zeros(len(rows), 0)
        for index, row in enumerate(rows):
            self._kept[keys[row]] = (
                reading.film[index].half(),
                reading.mediator[index].half(),
                reading.rollout[index],
                reading.local_cells[index],
                labels[index],
            )
        self._model.train(was_training)
