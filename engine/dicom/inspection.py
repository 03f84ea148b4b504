"""What `negatoscope inspect` prints about one file: facts that another program can check."""

from __future__ import annotations

import math
from typing import Any, BinaryIO

from pydicom.dataset import FileDataset
from pydicom.uid import UID

from engine.dicom.pixels import pixel_image
from engine.dicom.reader import read_whole
from engine.dicom.stored import pixel_format
from engine.errors import InputError

Facts = dict[str, Any]

_KEYS = (
    "sop_class",
    "modality",
    "transfer_syntax",
    "photometric",
    "rows",
    "columns",
    "frames",
    "bits_stored",
    "samples_sha256",
    "rescaled_min",
    "rescaled_max",
)


def inspect(path: str, source: BinaryIO) -> Facts:
    """Read a file whole and decode its first frame.

    Returns:
        `path`, `ok`, `error` (a plain sentence or None) and the other keys, None where unknown.
        `samples_sha256` is of frame 0's stored samples as little-endian int32 in row order,
        before any lookup table; colour samples follow pixel by pixel, in the colour model they
        are stored in (JPEG 2000 gives RGB). `rescaled_min` and `rescaled_max` are the extremes
        of frame 0 after the Modality LUT or rescale; for colour, of its luminance.
    """
    facts: Facts = {"path": path, "ok": False, "error": None, **dict.fromkeys(_KEYS)}
    try:
        dataset = read_whole(source)
        facts.update(_header_facts(dataset))
        if "PixelData" in dataset:
            facts.update(_format_facts(dataset))
        facts.update(_pixel_facts(dataset))
        facts["ok"] = True
    except InputError as error:
        facts["error"] = error.message
    return facts


def _header_facts(dataset: FileDataset) -> Facts:
    return {
        "sop_class": _text(dataset, "SOPClassUID") or None,
        "modality": _text(dataset, "Modality") or None,
        "transfer_syntax": str(UID(dataset.file_meta.TransferSyntaxUID)),
        "photometric": _text(dataset, "PhotometricInterpretation") or None,
    }


def _format_facts(dataset: FileDataset) -> Facts:
    form = pixel_format(dataset)
    return {
        "rows": form.rows,
        "columns": form.columns,
        "frames": form.frames,
        "bits_stored": form.bits_stored,
    }


def _pixel_facts(dataset: FileDataset) -> Facts:
    image = pixel_image(dataset)
    ends = (int(image.samples.min()), int(image.samples.max()))
    rescaled = sorted(end * image.slope + image.intercept for end in ends)
    return {
        "samples_sha256": image.samples_sha256,
        "rescaled_min": _finite(rescaled[0]),
        "rescaled_max": _finite(rescaled[1]),
    }


def _finite(value: float) -> float | None:
    """Rounded past the noise of binary fractions; None for what JSON has no number for."""
    return round(value, 9) if math.isfinite(value) else None


def _text(dataset: FileDataset, keyword: str) -> str:
    try:
        return str(dataset.get(keyword) or "").strip()
    except (ValueError, TypeError, NotImplementedError):
        return ""
