"""Open to first pixels: a known film to the grey picture that the canvas paints.

Through the product's way (decode worker, shared memory, display table), against the same file
decoded in this process by pydicom alone and windowed over the whole film. What the worker adds is
the price of isolation.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from pydicom import dcmread
from pydicom.pixels import apply_modality_lut, apply_voi_lut

import engine.dicom.codecs  # noqa: F401  registers the lossless JPEG decoder for pydicom alone
from benchmarks.measure import seconds_of, show
from engine.domain.study import ImageRef
from engine.imaging.window import apply_table, default_voi, display_table
from engine.services.workspace import Workspace

RUNS = 7


def main() -> None:
    """Measure every demo film."""
    with tempfile.TemporaryDirectory() as home, Workspace.open_demo(Path(home)) as workspace:
        studies = [workspace.library.study(row.uid) for row in workspace.library.studies()]
        images = [image for study in studies for image in study.images]
        images.sort(key=lambda image: image.path)
        medians = [_measure(workspace, image) for image in images]
    show("open to first pixels, over all demo films", medians)


def _measure(workspace: Workspace, image: ImageRef) -> float:
    def product() -> None:
        pixels = workspace.library.pixels(image)
        grey = np.empty(pixels.samples.shape, np.uint8)
        apply_table(pixels.samples, display_table(pixels, default_voi(pixels)), grey)

    name = f"{image.rows}×{image.columns} {image.transfer_syntax}"
    alone = seconds_of(lambda: _alone(image.path), runs=RUNS)
    baseline = show(f"{name}, pydicom alone", alone)
    return show(name, seconds_of(product, runs=RUNS), baseline=baseline)


def _alone(path: Path) -> None:
    dataset = dcmread(path)
    values = apply_voi_lut(apply_modality_lut(dataset.pixel_array, dataset), dataset)
    low, high = float(values.min()), float(values.max())
    ((values - low) * (255 / max(high - low, 1))).astype(np.uint8)


if __name__ == "__main__":
    main()
