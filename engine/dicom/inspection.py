"""The facts that `negatoscope inspect` prints about one file, for other programs to check."""

from __future__ import annotations

import math
from pathlib import Path
from typing import BinaryIO

import numpy as np
from pydicom.dataset import FileDataset
from pydicom.uid import UID

from engine.dicom.completeness import is_whole
from engine.dicom.file_facts import Facts, no_facts
from engine.dicom.header import found_image, patient_of
from engine.dicom.intent import intent_of
from engine.dicom.picture import found_picture, picture_format, picture_pixels
from engine.dicom.pixels import pixel_image, windows_of
from engine.dicom.reader import read_header, read_whole
from engine.dicom.spacing import spacing_of
from engine.dicom.stored import pixel_format
from engine.dicom.values import texts_of
from engine.dicom.views import stated_view
from engine.domain.bundle import PreprocessSpec
from engine.domain.film_choice import may_be_drafted
from engine.domain.film_graphics import Overlay
from engine.domain.image import PixelImage, VoiLut, Window
from engine.domain.study import ImageRef, PixelSpacing
from engine.errors import DamagedFileError, IncompleteImageError, InputError
from engine.imaging.preprocess import film_grey
from engine.imaging.window import default_voi, display_table, file_vois


def inspect(path: str, source: BinaryIO) -> Facts:
    """Read a complete file and decode its first frame.

    Returns:
        `path`, `ok`, `error` (a plain sentence or None), `notes` (the sentences shown beside the
        film) and the other keys, None where unknown. The header's facts are given for a file with
        unreadable pixels too. `samples_sha256` is of frame 0's stored samples as little-endian
        int32 in row order, before any lookup table; colour samples follow pixel by pixel, in the
        colour model they are stored in (JPEG 2000 gives RGB). `rescaled_min` and `rescaled_max`
        are the extremes of frame 0 after the Modality LUT or rescale; for colour, of its
        luminance. `shown` is the window or curve that the film opens with and its least and most
        grey then, 0 to 255; `model_greys` is the number of different greys in the model's input,
        None for a film that gets no draft.
    """
    facts = no_facts(path, None)
    try:
        if picture_format(source):
            _add_picture(facts, path, source)
        else:
            _add_film(facts, path, source)
        facts["ok"] = True
    except IncompleteImageError as error:
        facts.update(error=error.message, is_whole=False)
    except InputError as error:
        facts["error"] = error.message
        if isinstance(error, DamagedFileError) and facts["is_whole"]:
            facts["is_whole"] = None  # it ends in the file, but nobody can tell what is missing
    except (MemoryError, RecursionError):
        raise
    except Exception:  # noqa: BLE001 - keep the header's facts of any broken file
        facts["error"] = "The file is damaged and cannot be read."
    return facts


def _add_film(facts: Facts, path: str, source: BinaryIO) -> None:
    header = read_header(source)
    facts.update(_header_facts(header))
    if "Rows" in header:
        facts["is_whole"] = is_whole(source, header)
    source.seek(0)
    dataset = read_whole(source)
    if "PixelData" in dataset:
        facts.update(_format_facts(dataset))
    image = pixel_image(dataset)
    facts.update(_pixel_facts(image))
    if image.lost_part:
        facts["is_whole"] = False
    facts["model_greys"] = _model_greys(_image_ref(dataset, path, facts), image)


def _add_picture(facts: Facts, path: str, source: BinaryIO) -> None:
    found = found_picture(source, Path(path)).image
    facts.update(
        modality=found.modality,
        transfer_syntax=found.transfer_syntax,
        photometric=found.photometric,
        rows=found.rows,
        columns=found.columns,
        frames=found.frames,
        bits_stored=found.bits_stored,
    )
    source.seek(0)
    facts.update(_pixel_facts(picture_pixels(source, found.sop_uid)), is_whole=found.is_whole)


def _header_facts(dataset: FileDataset) -> Facts:
    view = stated_view(dataset)
    return {
        "sop_class": _text(dataset, "SOPClassUID"),
        "modality": _text(dataset, "Modality"),
        "transfer_syntax": str(UID(dataset.file_meta.TransferSyntaxUID)),
        "photometric": _text(dataset, "PhotometricInterpretation"),
        "patient_name": patient_of(dataset).name or None,
        "view": view.view.value,
        "view_source": view.source or None,
        "presentation_intent": intent_of(dataset).value or None,
        "spacing": _spacing_facts(spacing_of(dataset)),
        "windows": [_voi_facts(window) for window in windows_of(dataset)],
    }


def _format_facts(dataset: FileDataset) -> Facts:
    form = pixel_format(dataset)
    return {
        "rows": form.rows,
        "columns": form.columns,
        "frames": form.frames,
        "bits_stored": form.bits_stored,
    }


def _pixel_facts(image: PixelImage) -> Facts:
    ends = (int(image.samples.min()), int(image.samples.max()))
    rescaled = sorted(end * image.slope + image.intercept for end in ends)
    return {
        "samples_sha256": image.samples_sha256,
        "rescaled_min": _finite(rescaled[0]),
        "rescaled_max": _finite(rescaled[1]),
        "notes": list(image.notes),
        "spacing": _spacing_facts(image.spacing),
        "windows": [_voi_facts(window) for window in image.windows],
        "overlays": [_overlay_facts(overlay) for overlay in image.overlays],
        "shown": _shown_facts(image),
    }


def _shown_facts(image: PixelImage) -> Facts:
    voi = default_voi(image)
    is_own = any(voi is own for own in file_vois(image))
    greys = display_table(image, voi)[np.unique(image.samples)]
    return {
        "voi": {**_voi_facts(voi), "is_of_file": is_own},
        "least": int(greys.min()),
        "most": int(greys.max()),
    }


def _model_greys(film: ImageRef | None, image: PixelImage) -> int | None:
    """The number of different greys in the model's input; None if the film gets no draft."""
    if film is None or not may_be_drafted(film):
        return None
    try:
        return len(np.unique(film_grey(image, PreprocessSpec())))
    except InputError:  # nothing but padding
        return None


def _image_ref(dataset: FileDataset, path: str, facts: Facts) -> ImageRef | None:
    """The film as a scan would find it; None if a scan would leave it out."""
    try:
        return found_image(dataset, Path(path), is_whole=facts["is_whole"] is True).image
    except InputError:
        return None


def _voi_facts(voi: Window | VoiLut) -> Facts:
    if isinstance(voi, VoiLut):
        count = len(voi.entries)
        numbers = {"first_value": voi.first_value, "entries": count, "bits": voi.bits}
        return {"kind": "curve", **numbers, "name": voi.name}
    return {
        "kind": "window",
        "center": voi.center,
        "width": voi.width,
        "function": voi.function.value,
        "name": voi.name,
    }


def _overlay_facts(overlay: Overlay) -> Facts:
    rows, columns = overlay.mask.shape
    return {
        "row": overlay.row,
        "column": overlay.column,
        "rows": rows,
        "columns": columns,
        "origin": "overlay data" if overlay.bit is None else f"pixel bit {overlay.bit}",
    }


def _spacing_facts(spacing: PixelSpacing | None) -> Facts | None:
    if spacing is None:
        return None
    sides = {"row_mm": spacing.row_mm, "column_mm": spacing.column_mm}
    return {**sides, "kind": spacing.kind.value}


def _finite(value: float) -> float | None:
    """Rounded beyond floating-point noise; None for values that JSON cannot represent."""
    return round(value, 9) if math.isfinite(value) else None


def _text(dataset: FileDataset, keyword: str) -> str | None:
    return "\\".join(texts_of(dataset, keyword)) or None
