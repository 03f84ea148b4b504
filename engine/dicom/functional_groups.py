"""Attributes of single frames in an enhanced multi-frame file (DICOM PS3.3 C.7.6.16).

Rescale, window, spacing, orientation and shutter are stored there in sequences for all frames or
for each. They are copied to the top level, where a single-frame file has them, so that other code
need not know about functional groups.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pydicom.dataset import Dataset, FileDataset

from engine.dicom.values import items_of

_SHARED: Final = "SharedFunctionalGroupsSequence"
_FRAMES: Final = "PerFrameFunctionalGroupsSequence"
_MACROS: Final = {
    "PixelValueTransformationSequence": ("RescaleIntercept", "RescaleSlope", "RescaleType"),
    "FrameVOILUTSequence": (
        "WindowCenter",
        "WindowWidth",
        "WindowCenterWidthExplanation",
        "VOILUTFunction",
        "VOILUTSequence",
    ),
    "PixelMeasuresSequence": ("PixelSpacing",),
    "FramePixelDataPropertiesSequence": ("ImagerPixelSpacing",),
    "PatientOrientationInFrameSequence": ("PatientOrientation",),
    "FrameDisplayShutterSequence": (
        "ShutterShape",
        "ShutterLeftVerticalEdge",
        "ShutterRightVerticalEdge",
        "ShutterUpperHorizontalEdge",
        "ShutterLowerHorizontalEdge",
        "CenterOfCircularShutter",
        "RadiusOfCircularShutter",
        "VerticesOfThePolygonalShutter",
    ),
}


def of_frame(dataset: FileDataset, index: int) -> FileDataset:
    """The data set for one of its frames; the same object if it has no functional groups.

    The frame's own values override the shared ones, which override those at the top level.
    """
    found = {
        keyword: item[keyword]
        for item, keywords in _macros(dataset, index)
        for keyword in keywords
        if keyword in item
    }
    if not found:
        return dataset
    single = type(dataset)(
        "",
        dict(dataset.items()),
        dataset.preamble,
        dataset.file_meta,
        dataset.original_encoding[0] is True,
        dataset.original_encoding[1] is not False,
    )
    implicit, little = dataset.original_encoding
    single.set_original_encoding(implicit, little, dataset.original_character_set)
    for keyword, element in found.items():
        single[keyword] = element
    return single


def _macros(dataset: FileDataset, index: int) -> Iterator[tuple[Dataset, tuple[str, ...]]]:
    """The macro items that apply to a frame, in ascending order of precedence."""
    frames = items_of(dataset, _FRAMES)
    for group in (*items_of(dataset, _SHARED)[:1], *frames[index : index + 1]):
        for keyword, wanted in _MACROS.items():
            for item in items_of(group, keyword)[:1]:
                yield item, wanted
