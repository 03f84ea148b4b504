import torch

from training.data.augment_outline import OutlineAugmentConfig, augment_outline

STILL = OutlineAugmentConfig(
    zoom=0.0,
    aspect=0.0,
    shift=0.0,
    rotation=0.0,
    gamma=0.0,
    contrast=0.0,
    brightness=0.0,
    noise=0.0,
    blurred=0.0,
    covered=0.0,
)


def films():
    """A film that is bright exactly where its label map has the heart, away from the middle."""
    masks = torch.zeros(3, 64, 64, dtype=torch.uint8)
    masks[:, 20:40, 30:50] = 3
    return masks * 60, masks


def test_without_changes_the_film_stays():
    grey, masks = films()
    shown, labels = augment_outline(grey, masks, STILL, torch.Generator())
    torch.testing.assert_close(shown[:, 0], grey / 255.0, atol=1e-5, rtol=0)
    assert (labels == masks).all()


def test_the_label_map_moves_with_the_film_and_sides_are_kept():
    grey, masks = films()
    moved = OutlineAugmentConfig(
        gamma=0.0, contrast=0.0, brightness=0.0, noise=0.0, blurred=0.0, covered=0.0
    )
    generator = torch.Generator().manual_seed(1)
    shown, labels = augment_outline(grey, masks, moved, generator)
    assert not (labels == masks).all()
    bright = shown[:, 0] > 0.35
    assert ((bright == (labels == 3)).float().mean()) > 0.99
    # The square lies right of the middle; a flip would bring it to the left.
    columns = torch.arange(64.0)
    for label in labels:
        assert ((label == 3).sum(0) * columns).sum() / (label == 3).sum() > 32


def test_greys_stay_in_range_and_the_same_seed_gives_the_same_films():
    grey, masks = films()
    seeds = [torch.Generator().manual_seed(7) for _ in range(2)]
    (one, _), (other, _) = (
        augment_outline(grey, masks, OutlineAugmentConfig(), seed) for seed in seeds
    )
    assert torch.equal(one, other)
    assert one.min() >= 0
    assert one.max() <= 1
