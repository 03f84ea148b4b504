import torch

from engine.domain.bundle import PreprocessSpec
from training.config import AugmentConfig
from training.data.augment import augment, normalise

SPEC = PreprocessSpec(size=32)


def test_without_changes_the_film_is_only_resized_and_normalised():
    films = torch.full((2, 48, 48), 128, dtype=torch.uint8)
    still = AugmentConfig(smallest_crop=1.0, rotation=0.0, contrast=0.0, brightness=0.0)
    found = augment(films, still, SPEC, torch.Generator().manual_seed(0))
    expected = normalise(torch.full((2, 1, 32, 32), 128 / 255), SPEC)
    torch.testing.assert_close(found, expected)


def test_left_stays_left():
    films = torch.zeros((16, 64, 64), dtype=torch.uint8)
    films[:, :, :20] = 255
    found = augment(films, AugmentConfig(), SPEC, torch.Generator().manual_seed(0))
    assert (found[:, 0, :, :8].mean((1, 2)) > found[:, 0, :, -8:].mean((1, 2))).all()


def test_draws_follow_the_generator():
    films = torch.randint(0, 256, (3, 48, 48), dtype=torch.uint8)
    one, same, other = (
        augment(films, AugmentConfig(), SPEC, torch.Generator().manual_seed(seed))
        for seed in (1, 1, 2)
    )
    torch.testing.assert_close(one, same)
    assert not torch.allclose(one, other)
