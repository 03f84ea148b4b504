"""Presentation states written element by element, and films to be shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, GrayscaleSoftcopyPresentationStateStorage

from engine.domain.annotation import Annotation, Point, new_annotation
from engine.domain.annotation_kind import AnnotationKind
from engine.domain.image import PixelImage, Window
from engine.domain.presentation_state import DisplayedArea
from engine.domain.study import ImageRef
from engine.imaging.presentation import GreyLook, ShownFilm
from engine.imaging.transform import ViewTransform
from testkit.pixel_films import film_header
from testkit.report_documents import study_of

NOW = datetime(2026, 3, 18, 10, 44, 5, tzinfo=UTC)


def item(**elements: Any) -> Dataset:
    """A sequence item of the given elements."""
    made = Dataset()
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    return made


def table(first: int, entries: Any, bits: int = 16) -> Dataset:
    """A LUT item as in an explicit-VR file."""
    made = Dataset()
    made.add_new("LUTDescriptor", "SS", [len(entries), first, bits])
    made.add_new("LUTData", "OW", np.asarray(entries, "<u2").tobytes())
    return made


def reference(film: str) -> list[Dataset]:
    """A Referenced Image Sequence of one film."""
    return [
        item(ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.1.1", ReferencedSOPInstanceUID=film)
    ]


def state_dataset(film: str, **elements: Any) -> FileDataset:
    """A minimal state for one film: a window of 0 to 1000, whole film; `elements` replace."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = FileDataset(
        "",
        {},
        file_meta=meta,
        preamble=b"\0" * 128,
        is_implicit_VR=False,
        is_little_endian=True,
    )
    defaults: dict[str, Any] = {
        "SpecificCharacterSet": "ISO_IR 192",
        "SOPClassUID": GrayscaleSoftcopyPresentationStateStorage,
        "SOPInstanceUID": "1.2.3.4.99",
        "StudyInstanceUID": "1.2.3",
        "SeriesInstanceUID": "1.2.3.99",
        "PatientID": "T-1",
        "PatientName": "Test^Ada",
        "Modality": "PR",
        "ContentLabel": "CHECKED",
        "ContentDescription": "Look here",
        "ContentCreatorName": "Doe^Jo",
        "PresentationCreationDate": "20240204",
        "ReferencedSeriesSequence": [
            item(SeriesInstanceUID="1.2.3.4", ReferencedImageSequence=reference(film))
        ],
        "SoftcopyVOILUTSequence": [item(WindowCenter=500.5, WindowWidth=1001)],
        "PresentationLUTShape": "IDENTITY",
    }
    for keyword, value in {**defaults, **elements}.items():
        if value is not None:
            setattr(made, keyword, value)
    meta.MediaStorageSOPClassUID = made.SOPClassUID
    meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    return made


def write_state(path: Path, film: str, **elements: Any) -> Path:
    """Write `state_dataset(...)` to a file."""
    state_dataset(film, **elements).save_as(path, enforce_file_format=True)
    return path


def annotations_on(image: ImageRef, *kinds: AnnotationKind) -> tuple[Annotation, ...]:
    """An annotation of each kind, its points spread over a film of at least 100 by 80 pixels."""
    return tuple(
        new_annotation(
            kind,
            image,
            [Point(x=10.0 + 7 * k, y=12.0 + 5 * k + k * k) for k, _ in enumerate(kind.facts.steps)],
            author="Dr Ada Byron",
            text="see here" if kind in (AnnotationKind.TEXT, AnnotationKind.ARROW) else "",
            now=NOW,
        )
        for kind in kinds
    )


def shown_film(pixels: PixelImage, **changes: Any) -> ShownFilm:
    """A film shown whole as its file asks; `changes` are fields of `ShownFilm`."""
    image = replace(
        film_header(pixels, photometric="MONOCHROME1" if pixels.monochrome1 else "MONOCHROME2"),
        study_uid=study_of("Núñez, Ana").uid,
    )
    fields: dict[str, Any] = {
        "study": study_of("Núñez, Ana"),
        "image": image,
        "pixels": pixels,
        "spacing": pixels.spacing,
        "look": GreyLook(voi=Window(center=1500, width=900, name="Standard"), inverted=False),
        "turn": ViewTransform(),
        "area": DisplayedArea.whole(pixels.rows, pixels.columns),
        "shutter": None,
        "annotations": (),
        "author": "Dr Ada Byron",
    }
    return ShownFilm(**(fields | changes))
