"""Time to first pixels: from a known film to the grey picture that the canvas paints.

The product's way (decode worker, shared memory, display table) against the same file decoded in
this process by pydicom alone and windowed over the whole film. The difference is the price of
isolation.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from imagecodecs import jpeg8_decode, jpeg8_encode, ljpeg_decode
from pydicom import dcmread
from pydicom.encaps import encapsulate, get_frame
from pydicom.pixels import apply_modality_lut, apply_voi_lut
from pydicom.uid import (
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    generate_uid,
)

from benchmarks.measure import seconds_of, show
from engine.domain.study import ImageRef
from engine.imaging.window import apply_table, default_voi, display_table
from engine.services.workspace import Workspace

RUNS = 7
_LOSSY = {JPEGBaseline8Bit: (8, 90), JPEGExtended12Bit: (12, 95)}
"""Bits and quality of the copies."""


def main() -> None:
    """Measure every demo film."""
    with tempfile.TemporaryDirectory() as home, Workspace.open_demo(Path(home)) as workspace:
        studies = [workspace.library.study(row.uid) for row in workspace.library.studies()]
        images = [image for study in studies for image in study.images]
        images.sort(key=lambda image: image.path)
        medians = [_measure(workspace, image) for image in images]
        show("open to first pixels, over all demo films", medians)
        largest = max(images, key=lambda image: image.rows * image.columns)
        added = workspace.library.add([_with_loss(Path(home) / "lossy", largest.path)])
        for image in (image for study in added.studies for image in study.images):
            _measure(workspace, image)


def _measure(workspace: Workspace, image: ImageRef) -> float:
    def product() -> None:
        pixels = workspace.library.pixels(image)
        grey = np.empty(pixels.samples.shape, np.uint8)
        apply_table(pixels.samples, display_table(pixels, default_voi(pixels)), grey)

    name = f"{image.rows}×{image.columns} {image.transfer_syntax}"
    alone = seconds_of(lambda: _alone(image.path), runs=RUNS)
    baseline = show(f"{name}, pydicom alone", alone)
    return show(name, seconds_of(product, runs=RUNS), baseline=baseline)


def _with_loss(folder: Path, source: Path) -> Path:
    """Write copies of a film as JPEG with loss."""
    folder.mkdir()
    for syntax, (bits, quality) in _LOSSY.items():
        film = dcmread(source)
        samples = film.pixel_array >> max(0, film.BitsStored - bits)
        kind = np.uint8 if bits == 8 else np.uint16
        stream = jpeg8_encode(samples.astype(kind), level=quality, bitspersample=bits)
        film.PixelData = encapsulate([bytes(stream)])
        film.BitsAllocated, film.BitsStored, film.HighBit = 8 * kind().itemsize, bits, bits - 1
        film.file_meta.TransferSyntaxUID = syntax
        film.SOPInstanceUID = film.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        film.StudyInstanceUID, film.SeriesInstanceUID = generate_uid(), generate_uid()
        film.save_as(folder / f"{bits}.dcm")
    return folder


def _alone(path: Path) -> None:
    dataset = dcmread(path)
    if dataset.file_meta.TransferSyntaxUID in (JPEGLossless, JPEGLosslessSV1):
        # pydicom has no decoder of its own for this; the one used here checks nothing.
        stored = ljpeg_decode(get_frame(dataset.PixelData, 0, number_of_frames=1))
    elif dataset.file_meta.TransferSyntaxUID == JPEGExtended12Bit:
        stored = jpeg8_decode(get_frame(dataset.PixelData, 0, number_of_frames=1))
    else:
        stored = dataset.pixel_array
    values = apply_voi_lut(apply_modality_lut(stored, dataset), dataset)
    low, high = float(values.min()), float(values.max())
    ((values - low) * (255 / max(high - low, 1))).astype(np.uint8)


if __name__ == "__main__":
    main()
