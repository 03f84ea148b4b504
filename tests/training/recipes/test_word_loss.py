"""The loss of the radiologists' words with a study's own films and with its neighbour's."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from testkit.tiny_model_bundle import tiny_model

from training.data.dataset import StudyExample
from training.data.record import Record
from training.model.cmcrl import Cmcrl
from training.recipes.word_loss import word_loss

WORDS = ((1, 5, 6, 7, 2), (1, 8, 2))


class Films:
    """Random features of four films."""

    def __init__(self, model: Cmcrl) -> None:
        sizes, draw = model.configuration, torch.Generator().manual_seed(3)
        shape = (4, sizes.stem_channels, sizes.stem_grid, sizes.stem_grid)
        self._features = torch.randn(shape, generator=draw)

    def clean(self, films: torch.Tensor) -> torch.Tensor:
        return self._features[films]


def study(number: int, films: tuple[int, ...]) -> StudyExample:
    record = Record(id=str(number), report="", headings=(), films=())
    return StudyExample(
        record=record, films=films, views=tuple(range(len(films))), ids=WORDS[number]
    )


@pytest.fixture(scope="module")
def model() -> Cmcrl:
    return tiny_model(seed=0).model().eval()


def test_the_mean_is_over_words_and_the_other_film_is_the_neighbours(model: Cmcrl) -> None:
    films, first, second = Films(model), study(0, (0, 1)), study(1, (2, 3))
    swapped = [replace(first, films=second.films), replace(second, films=first.films)]
    both = word_loss(model, (first, second), films)
    alone = [word_loss(model, (one,), films) for one in (first, second)]
    crossed = [word_loss(model, (one,), films) for one in swapped]
    # Four words of the first report and two of the second, EOS included.
    assert both.own == pytest.approx((4 * alone[0].own + 2 * alone[1].own) / 6, rel=1e-5)
    assert both.other == pytest.approx((4 * crossed[0].own + 2 * crossed[1].own) / 6, rel=1e-5)
    assert both.own != pytest.approx(both.other, rel=1e-5)


def test_a_study_alone_in_its_batch_keeps_its_films(model: Cmcrl) -> None:
    # One and two views never share a batch.
    losses = word_loss(model, (study(0, (0, 1)), study(1, (2,))), Films(model))
    assert losses.own == losses.other
