"""Generated reports of studies through the shipped bundle, the product's whole way.

Picture file, `engine.imaging.preprocess`, the ONNX graphs, the engine's beam search, the removal of
sentences said twice: what is scored is what a reader would see.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.errors import DamagedFileError
from engine.imaging.preprocess import grey_image, model_input
from engine.inference.generator import Generator
from training.data.record import FilmRecord, Record


def with_bundle(
    bundle: Path, records: Sequence[Record], tell: Callable[[int], None] = lambda _done: None
) -> list[str]:
    """Cleaned reports that the bundle writes, in the order of the studies.

    Args:
        bundle: The bundle's folder; verified before use.
        records: Studies; the first frontal and the first lateral film are shown.
        tell: Called with the number of studies done.

    Raises:
        BundleError: The bundle is damaged.
        DamagedFileError: A film cannot be read.
    """
    generator = Generator.load(bundle)
    spec = generator.manifest.preprocess
    accepted = generator.manifest.shape.views
    texts = []
    for done, record in enumerate(records, start=1):
        films = record.views if len(record.views) in accepted else record.views[:1]
        images = model_input([grey_image(_samples(film)) for film in films], spec)
        generated = generator.generate(images)
        texts.append(" ".join(sentence.raw for sentence in generated.sentences))
        tell(done)
    return texts


def _samples(film: FilmRecord) -> NDArray[np.uint8]:
    try:
        with Image.open(film.path) as picture:
            return np.asarray(picture.convert("L"), dtype=np.uint8)
    except (OSError, Image.DecompressionBombError) as error:
        raise DamagedFileError(f"The film {film.path.name} cannot be read.") from error
