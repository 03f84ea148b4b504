"""What the shipped bundle writes about studies, the product's whole way.

Picture file, `engine.imaging.preprocess`, the ONNX graphs, the engine's search, the removal of
sentences said twice: what is scored is what a reader would see.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from engine.domain.bundle import BundleManifest
from engine.imaging.preprocess import grey_image, model_input
from engine.inference.generated import Generated
from engine.inference.generator import Asks, Generator, asks_nothing
from training.data.dataset import VIEW_IDS
from training.data.picture import film_samples
from training.data.record import Record
from training.evaluate.label_metrics import rule_labels

Tell = Callable[[int], None]


def open_bundle(folder: Path, *, beam: int | None = None) -> Generator:
    """Verify and load a bundle, for evaluation on the processor.

    Args:
        folder: The bundle's folder.
        beam: Search with this number of beams instead of the bundle's own way.

    Raises:
        BundleError: The bundle is damaged.
    """
    generator = Generator.load(folder, allow_gpu=False, reads=rule_labels)
    if beam is not None:
        decoding = replace(generator.manifest.decoding, beam=beam, draws=0)
        generator.manifest = replace(generator.manifest, decoding=decoding)
    return generator


def bundle_identity(manifest: BundleManifest) -> dict[str, Any]:
    """What tells one bundle from another: name, version, search, hash of every file."""
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
    explains: Asks = asks_nothing,
    tell: Tell = lambda _done: None,
) -> list[Generated]:
    """What the bundle writes, in the order of the studies.

    Args:
        generator: Of the bundle.
        records: Studies; the first frontal and the first lateral film are shown. A lateral film
            alone is read as one, as in training; the product refuses such a study.
        explains: Which sentences are tested for what they rest on.
        tell: Called with the number of studies done.

    Raises:
        DamagedFileError: A film cannot be read.
    """
    spec = generator.manifest.preprocess
    accepted = generator.manifest.shape.views
    written = []
    for done, record in enumerate(records, start=1):
        films = record.views if len(record.views) in accepted else record.views[:1]
        images = model_input([grey_image(film_samples(film.path)) for film in films], spec)
        reader = generator.reading_alone(VIEW_IDS[films[0].view])
        written.append(reader.generate(images, explains=explains))
        tell(done)
    return written


def cleaned_text(draft: Generated) -> str:
    """The draft's sentences as one cleaned text."""
    return " ".join(sentence.raw for sentence in draft.sentences)
