"""What the shipped bundle writes about studies, exactly as the product does.

Picture file, `engine.imaging.preprocess`, the ONNX graphs, the engine's search, the removal of
repeated sentences: what is scored is what a reader would see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.domain.bundle import BundleManifest
from engine.imaging.preprocess import grey_image, model_input
from engine.inference.generated import Generated
from engine.inference.generator import Generator, SentenceFilter, no_sentence
from training.data.dataset import VIEW_IDS
from training.data.picture import film_samples
from training.data.record import Record
from training.evaluate.label_metrics import rule_labels

OnDone = Callable[[int], None]


def open_bundle(folder: Path, **search: object) -> Generator:
    """Verify and load a bundle, for evaluation on the processor.

    Args:
        folder: The bundle's folder.
        search: Fields of `DecodingSpec` to override.

    Raises:
        BundleError: The bundle is damaged.
    """
    generator = Generator.load(folder, allow_gpu=False, read_findings=rule_labels)
    decoding = replace(generator.manifest.decoding, **search)  # type: ignore[arg-type] # by name
    generator.manifest = replace(generator.manifest, decoding=decoding)
    return generator


def bundle_identity(manifest: BundleManifest) -> dict[str, Any]:
    """What identifies a bundle: name, version, search, hash of every file."""
    decoding = manifest.decoding
    return {
        "id": manifest.bundle_id,
        "version": manifest.version,
        "decoding": {**asdict(decoding), "forbidden": list(decoding.forbidden)},
        "sha256": {file.name: file.sha256 for file in manifest.files},
    }


def drafts(
    generator: Generator,
    records: Sequence[Record],
    *,
    explains: SentenceFilter = no_sentence,
    on_done: OnDone = lambda _done: None,
) -> list[Generated]:
    """What the bundle writes, in the order of the studies.

    Args:
        generator: Of the bundle.
        records: Studies; the first frontal and the first lateral film are used. A lateral film
            alone is used as such, as in training; the product refuses such a study.
        explains: Which sentences get a deletion test.
        on_done: Called with the number of studies done.

    Raises:
        DamagedFileError: A film cannot be read.
    """
    written = []
    for done, (reader, images) in enumerate(_shown(generator, records), start=1):
        written.append(reader.generate(images, explains=explains))
        on_done(done)
    return written


def drawn_ids(
    generator: Generator, records: Sequence[Record], draws: int
) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Ids of `draws` reports that the bundle draws for each study.

    Raises:
        DamagedFileError: A film cannot be read.
    """
    for reader, images in _shown(generator, records):
        yield reader.drawn(images, draws)


def _shown(
    generator: Generator, records: Sequence[Record]
) -> Iterator[tuple[Generator, NDArray[np.float32]]]:
    """For each study the generator for its views, and its films as model input."""
    spec, accepted = generator.manifest.preprocess, generator.manifest.shape.views
    for record in records:
        films = record.views if len(record.views) in accepted else record.views[:1]
        images = model_input([grey_image(film_samples(film.path)) for film in films], spec)
        yield generator.reading_alone(VIEW_IDS[films[0].view]), images


def cleaned_text(draft: Generated) -> str:
    """The draft's sentences as one cleaned text."""
    return " ".join(sentence.raw for sentence in draft.sentences)
