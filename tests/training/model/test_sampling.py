"""Drawn reports: the model's own distribution, special ids in their places."""

from __future__ import annotations

import torch

from training.model.cmcrl import Cmcrl
from training.model.configuration import ModelConfiguration
from training.model.sampling import sample_reports

FORBIDDEN = 4


def model(**changes: object) -> Cmcrl:
    torch.manual_seed(0)
    sizes = {
        "vocabulary_rows": 9,
        "width": 32,
        "heads": 4,
        "feed_forward": 64,
        "encoder_layers": 1,
        "decoder_layers": 2,
        "stem_channels": 8,
        "stem_grid": 4,
        "local_per_head": 2,
        "global_head_width": 8,
    }
    return Cmcrl(ModelConfiguration(**{**sizes, **changes})).eval()


def films(studies: int) -> tuple[torch.Tensor, torch.Tensor]:
    features = torch.randn(studies, 2, 8, 4, 4, generator=torch.Generator().manual_seed(1))
    return features, torch.arange(2).expand(studies, -1)


def test_a_report_begins_ends_and_is_padded() -> None:
    network = model()
    memory = network.encode(*films(3))
    generator = torch.Generator().manual_seed(0)
    ids = sample_reports(network, memory, 5, 12, {FORBIDDEN}, generator)
    assert ids.shape[0] == 15
    assert ids.shape[1] <= 12
    assert not (ids == FORBIDDEN).any()
    for row in ids.tolist():
        assert row[0] == 1
        assert 1 not in row[1:]
        end = row.index(2) if 2 in row else len(row) - 1
        assert 0 not in row[:end]
        assert set(row[end + 1 :]) <= {0}


def test_the_first_words_follow_the_models_probabilities() -> None:
    """4,000 draws of one study against the teacher-forced distribution of its first two words."""
    network = model()
    memory = network.encode(*films(1))
    ids = sample_reports(network, memory, 4000, 12, (), torch.Generator().manual_seed(0))
    for prefix in ([1], [1, 5]):
        width = len(prefix)
        chosen = ids[(ids[:, :width] == torch.tensor(prefix)).all(dim=1), width]
        scores = network.logits(memory, torch.tensor([prefix]))[0, -1]
        scores[[0, 1]] = float("-inf")
        expected = scores.softmax(dim=0)
        found = torch.bincount(chosen, minlength=9) / len(chosen)
        torch.testing.assert_close(found, expected.detach(), atol=0.06, rtol=0.0)


def test_the_samples_of_a_study_see_its_own_films() -> None:
    """Two studies drawn together give what each gives alone."""
    network = model()
    features, views = films(2)
    together = network.encode(features, views)
    ids = sample_reports(network, together, 2000, 12, (), torch.Generator().manual_seed(0))
    for study in range(2):
        alone = network.encode(features[study : study + 1], views[:1])
        scores = network.logits(alone, torch.tensor([[1]]))[0, -1]
        scores[[0, 1]] = float("-inf")
        own = ids[2000 * study : 2000 * (study + 1), 1]
        found = torch.bincount(own, minlength=9) / 2000
        torch.testing.assert_close(found, scores.softmax(dim=0).detach(), atol=0.05, rtol=0.0)
