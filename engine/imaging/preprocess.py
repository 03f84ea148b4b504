"""From decoded films to the model's input; training and product share this implementation.

A film's modality values become grey in [0, 1], bright where the film is bright (MONOCHROME1,
inverse presentation and a falling VOI LUT undone), stretched between two percentiles of its own
pixels, resized with antialiasing to the model's square and normalised per channel (cmcrl.md 1.2,
without crops or flips). Windows and VOI LUTs are for the eye: the model gets the same film whatever
display setting its file asks for, or one film could give two drafts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.domain.bundle import PreprocessSpec
from engine.domain.image import PixelImage, VoiLut
from engine.errors import UnsupportedImageError
from engine.imaging.quality import looks_inverted
from engine.imaging.window import default_voi, is_falling, is_flipped

LEVELS = 65536


def film_grey(image: PixelImage, spec: PreprocessSpec) -> NDArray[np.float32]:
    """Modality values of the film, stretched between the percentiles of the spec.

    Args:
        image: Any decoded frame.
        spec: Its percentiles are used.

    Returns:
        `(rows, columns)` in [0, 1], bright where the film shows bright. Padding is 0; a film with
        one single value is 0 everywhere.

    Raises:
        UnsupportedImageError: The film has no pixels, or only padding.
    """
    counts = _histogram(image)
    is_flipped_by_file = is_flipped(image)
    if not _opens_through_falling_curve(image):
        return _stretched(image, counts, spec, high_is_dark=is_flipped_by_file)
    # A falling VOI LUT either sets the film right or is a display setting that inverts it; only
    # the film itself can tell which.
    as_shown = _stretched(image, counts, spec, high_is_dark=not is_flipped_by_file)
    if not looks_inverted(as_shown):
        return as_shown
    as_filed = _stretched(image, counts, spec, high_is_dark=is_flipped_by_file)
    return as_shown if looks_inverted(as_filed) else as_filed


def model_view(grey: NDArray[np.float32], spec: PreprocessSpec) -> NDArray[np.float32]:
    """One view of the model's input from a grey film.

    Args:
        grey: `(rows, columns)` in [0, 1].
        spec: Size, mean and standard deviation.

    Returns:
        `(3, size, size)`: resized anisotropically with antialiasing (a triangle filter as wide as
        the reduction), pixel centres as in `GridTransform`, then normalised per channel.
    """
    mean = np.asarray(spec.mean, dtype=np.float32)[:, None, None]
    std = np.asarray(spec.std, dtype=np.float32)[:, None, None]
    return ((model_grey(grey, spec)[None] - mean) / std).astype(np.float32)


def model_grey(grey: NDArray[np.float32], spec: PreprocessSpec) -> NDArray[np.float32]:
    """The grey film on the model's grid before normalisation: `(size, size)` in [0, 1]."""
    resized = np.asarray(
        Image.fromarray(np.ascontiguousarray(grey, dtype=np.float32)).resize(
            (spec.size, spec.size), Image.Resampling.BILINEAR
        ),
        dtype=np.float32,
    )
    return np.clip(resized, 0.0, 1.0)


def model_input(films: Sequence[PixelImage], spec: PreprocessSpec) -> NDArray[np.float32]:
    """The model's input for a study: `(v, 3, size, size)`, films in the given order."""
    return np.stack([model_view(film_grey(film, spec), spec) for film in films])


def grey_image(samples: NDArray[np.uint8] | NDArray[np.uint16]) -> PixelImage:
    """An 8- or 16-bit grey picture (a training film, a PNG) as a film without a header.

    Args:
        samples: `(rows, columns)`, 0 is black.
    """
    wide = np.ascontiguousarray(samples, dtype=np.uint16)
    wide.setflags(write=False)
    return PixelImage(
        samples=wide,
        slope=1.0,
        intercept=0.0,
        bits_stored=8 * samples.dtype.itemsize,
        monochrome1=False,
        inverse=False,
        padding=None,
        windows=(),
        voi_luts=(),
        spacing=None,
        samples_sha256=hashlib.sha256(samples.astype("<i4").tobytes()).hexdigest(),
    )


def _histogram(image: PixelImage) -> NDArray[np.int64]:
    counts = np.bincount(image.samples.ravel(), minlength=LEVELS)
    if image.padding is not None:
        counts[image.padding[0] : image.padding[1] + 1] = 0
    if not counts.any():
        raise UnsupportedImageError("This film holds no picture.")
    return counts


def _opens_through_falling_curve(image: PixelImage) -> bool:
    voi = default_voi(image) if image.voi_luts else None
    return isinstance(voi, VoiLut) and is_falling(voi)


def _stretched(
    image: PixelImage, counts: NDArray[np.int64], spec: PreprocessSpec, *, high_is_dark: bool
) -> NDArray[np.float32]:
    """The film stretched between its percentiles, with its high values bright or dark."""
    values = np.arange(LEVELS, dtype=np.float64) * image.slope + image.intercept
    shown = -values if high_is_dark else values
    low, high = _stretch_limits(shown, counts, spec)
    table = np.zeros(LEVELS, dtype=np.float32)
    if high > low:
        table = np.clip((shown - low) / (high - low), 0.0, 1.0).astype(np.float32)
    if image.padding is not None:
        table[image.padding[0] : image.padding[1] + 1] = 0.0
    return np.take(table, image.samples)


def _stretch_limits(
    shown: NDArray[np.float64], counts: NDArray[np.int64], spec: PreprocessSpec
) -> tuple[float, float]:
    """The two grey percentiles as values that occur in the film (nearest rank from each end)."""
    present = np.flatnonzero(counts)
    order = present[np.argsort(shown[present], kind="stable")]
    weights = counts[order]
    total = int(weights.sum())
    from_below = np.searchsorted(np.cumsum(weights), total * spec.low_percentile / 100.0)
    from_above = np.searchsorted(
        np.cumsum(weights[::-1]), total * (100.0 - spec.high_percentile) / 100.0
    )
    return float(shown[order[from_below]]), float(shown[order[::-1][from_above]])
