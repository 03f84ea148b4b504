"""A film as it is seen, as a Grayscale Softcopy Presentation State (PS3.3 A.33.1).

Window or VOI LUT, inversion, turn, the part in view, the shutter and the annotations with what they
measure: everything another viewer needs to show the film as it is here. The film is not read again:
every value comes from the index and from what is shown.
"""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Callable

import numpy as np
from highdicom import (
    VOILUT,
    ModalityLUTTransformation,
    PresentationLUTTransformation,
)
from highdicom.pr import (
    GraphicAnnotation,
    GraphicLayer,
    GraphicObject,
    GrayscaleSoftcopyPresentationState,
    SoftcopyVOILUTTransformation,
    TextObject,
)
from pydicom import Dataset
from pydicom.valuerep import format_number_as_ds

import engine.documents.dicom.standard_tables  # noqa: F401 - makes highdicom read less
from engine.documents.dicom.reference import MANUFACTURER, MODEL_NAME, as_file, described, person
from engine.domain.annotation import Point
from engine.domain.film_graphics import Shutter
from engine.domain.image import VoiLut, Window
from engine.domain.study import ImageRef
from engine.errors import ExportError, UnsupportedImageError
from engine.imaging.measure import annotation_shape, measure
from engine.imaging.measurement import AnnotationShape, frame_of
from engine.imaging.presentation import ShownFilm, stored_rescale
from engine.imaging.window import is_flipped

LABEL = "NEGATOSCOPE"
DESCRIPTION = "As seen in Negatoscope"
_GREY = ("MONOCHROME1", "MONOCHROME2")
_LONGEST_TEXT = 1024
_LINES_OF_FILM = 55
"""Number of text lines that fill the height of a film."""
_HEAD = 0.012
"""Length of an arrow's head as a share of the film's height."""


def presentation_state_file(shown: ShownFilm, software: str) -> bytes:
    """The presentation state as a DICOM file.

    Raises:
        ExportError: The film is no greyscale DICOM film, or its values go through a table.
    """
    image = shown.image
    if image.is_picture or image.photometric not in _GREY:
        raise ExportError("A presentation state can only be written of a greyscale DICOM film.")
    try:
        rescale = stored_rescale(shown.pixels)
    except UnsupportedImageError as error:
        raise ExportError(error.message) from error
    film = _film(shown)
    layer = GraphicLayer(layer_name="MARKS", order=1)
    annotations = _annotations(shown, film, layer)
    is_inverse = is_flipped(shown.pixels, inverted=shown.look.inverted)
    made = GrayscaleSoftcopyPresentationState(
        referenced_images=[film],
        series_instance_uid=_new_uid(),
        series_number=9002,
        sop_instance_uid=_new_uid(),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=MODEL_NAME,
        software_versions=software or "0",
        device_serial_number="0",
        content_label=LABEL,
        content_description=DESCRIPTION,
        content_creator_name=person(shown.author) or None,
        graphic_annotations=annotations or None,
        graphic_layers=[layer] if annotations else None,
        modality_lut_transformation=_modality(rescale),
        voi_lut_transformations=[_voi(shown.look.voi)],
        presentation_lut_transformation=PresentationLUTTransformation(
            presentation_lut_shape="INVERSE" if is_inverse else "IDENTITY"
        ),
    )
    _set_body_part(made, shown.image)
    _set_area(made, shown)
    _set_turn(made, shown)
    if shown.shutter is not None:
        _set_shutter(made, shown.shutter)
    return as_file(made)


def _set_body_part(made: Dataset, image: ImageRef) -> None:
    """Body part and side (PS3.3 C.7.3.1): a chest has no side, other parts may lack one."""
    part = image.body_part.upper()
    made.Laterality = image.laterality if image.laterality in {"L", "R"} else ""
    if re.fullmatch("[A-Z0-9_ ]{1,16}", part):
        made.BodyPartExamined = part
    if part == "CHEST" and not made.Laterality:
        del made.Laterality


def _film(shown: ShownFilm) -> Dataset:
    image = shown.image
    film = described(shown.study, image.sop_class, image.uid_in_file, image.series_uid)
    film.Rows, film.Columns = shown.pixels.rows, shown.pixels.columns
    film.SamplesPerPixel = 1
    film.PhotometricInterpretation = image.photometric
    return film


def _new_uid() -> str:
    """A UID under 2.25 (PS3.5 B.2)."""
    return f"2.25.{uuid.uuid4().int}"


def _number(value: float) -> float:
    """The nearest number that a decimal string of 16 characters can hold."""
    return float(format_number_as_ds(float(value)))


def _modality(rescale: tuple[float, float]) -> ModalityLUTTransformation | None:
    if rescale == (1.0, 0.0):
        return None
    slope, intercept = rescale
    return ModalityLUTTransformation(
        rescale_slope=_number(slope), rescale_intercept=_number(intercept), rescale_type="US"
    )


def _voi(voi: Window | VoiLut) -> SoftcopyVOILUTTransformation:
    name = voi.name[:64] or None
    if isinstance(voi, Window):
        return SoftcopyVOILUTTransformation(
            window_center=_number(voi.center),
            window_width=_number(voi.width),
            window_explanation=name,
            voi_lut_function=voi.function.value,
        )
    # The library writes tables of 8 or 16 bits, so a 12-bit table is scaled to 16.
    spread = np.rint(voi.entries.astype(np.float64) * (65_535 / (2**voi.bits - 1)))
    if not -0x8000 <= voi.first_value <= 0xFFFF:
        raise ExportError("The film's display curve starts where no presentation state can.")
    table = VOILUT(
        first_mapped_value=max(voi.first_value, 0),
        lut_data=np.clip(spread, 0, 65_535).astype(np.uint16),
        lut_explanation=name,
    )
    if voi.first_value < 0:
        # The library refuses negative values, which films of signed samples have (PS3.3
        # C.11.2.1.1).
        table.add_new("LUTDescriptor", "SS", [len(voi.entries) & 0xFFFF, voi.first_value, 16])
    return SoftcopyVOILUTTransformation(voi_luts=[table])


def _set_area(made: Dataset, shown: ShownFilm) -> None:
    """The part in view; its corners are named as they appear on the screen (PS3.3 C.10.4)."""
    area, rows, columns = shown.area, shown.pixels.rows, shown.pixels.columns
    # Clipped to the film: validators refuse an area that reaches beyond it.
    left = min(max(math.floor(area.left + 0.5) + 1, 1), columns)
    top = min(max(math.floor(area.top + 0.5) + 1, 1), rows)
    right = min(max(math.ceil(area.right + 0.5), left), columns)
    bottom = min(max(math.ceil(area.bottom + 0.5), top), rows)
    # Which corner of the area appears at the top left after the turn.
    at_left, at_top = shown.turn.to_image(0, 0, rows=rows, columns=columns)
    first_x, last_x = (left, right) if at_left < columns / 2 else (right, left)
    first_y, last_y = (top, bottom) if at_top < rows / 2 else (bottom, top)
    item = made.DisplayedAreaSelectionSequence[0]
    del item.PixelOriginInterpretation  # only for slide microscopy
    item.DisplayedAreaTopLeftHandCorner = [first_x, first_y]
    item.DisplayedAreaBottomRightHandCorner = [last_x, last_y]
    item.PresentationSizeMode = area.mode.value
    spacing = shown.spacing
    if spacing is not None:
        del item.PresentationPixelAspectRatio
        item.PresentationPixelSpacing = [_number(spacing.row_mm), _number(spacing.column_mm)]
    else:
        item.PresentationPixelAspectRatio = [round(1000 * shown.pixels.pixel_aspect), 1000]


def _set_turn(made: Dataset, shown: ShownFilm) -> None:
    """The Spatial Transformation module (PS3.3 C.10.6): it rotates first, then flips."""
    turn = shown.turn
    turns = -turn.quarter_turns % 4 if turn.mirrored else turn.quarter_turns
    if turns or turn.mirrored:
        made.ImageRotation = 90 * turns
        made.ImageHorizontalFlip = "Y" if turn.mirrored else "N"


def _set_shutter(made: Dataset, shutter: Shutter) -> None:
    """The Display Shutter module (PS3.3 C.7.6.11), which counts pixels from 1."""
    shapes = []
    if shutter.box is not None:
        shapes.append("RECTANGULAR")
        left, top, right, bottom = (round(edge) + 1 for edge in shutter.box)
        made.ShutterLeftVerticalEdge, made.ShutterRightVerticalEdge = left, right
        made.ShutterUpperHorizontalEdge, made.ShutterLowerHorizontalEdge = top, bottom
    if shutter.circle is not None:
        shapes.append("CIRCULAR")
        x, y, radius = shutter.circle
        made.CenterOfCircularShutter = [round(y) + 1, round(x) + 1]
        made.RadiusOfCircularShutter = round(radius)
    if shutter.polygon:
        shapes.append("POLYGONAL")
        corners = [(round(y) + 1, round(x) + 1) for x, y in shutter.polygon]
        made.VerticesOfThePolygonalShutter = [number for corner in corners for number in corner]
    made.ShutterShape = shapes
    made.ShutterPresentationValue = 0


def _annotations(shown: ShownFilm, film: Dataset, layer: GraphicLayer) -> list[GraphicAnnotation]:
    """One item for each annotation: its lines, and its text or measurement."""
    frame, place = frame_of(shown.pixels, shown.spacing), _placing(shown)
    found = []
    for annotation in shown.annotations:
        shape = annotation_shape(annotation, frame)
        measured = measure(annotation, shown.pixels, shown.spacing, shown.image.view_position)
        found.append(
            GraphicAnnotation(
                referenced_images=[film],
                graphic_layer=layer,
                graphic_objects=_graphics(shape, place, _HEAD * shown.pixels.rows) or None,
                text_objects=_texts(measured.lines, shape.anchor, shown) or None,
            )
        )
    return found


def _placing(shown: ShownFilm) -> Callable[[Point], tuple[float, float]]:
    """From image pixels to PIXEL units, clipped to the film as readers of the standard expect."""
    rows, columns = shown.pixels.rows, shown.pixels.columns

    def place(point: Point) -> tuple[float, float]:
        return (
            min(max(point.x + 0.5, 0.0), float(columns)),
            min(max(point.y + 0.5, 0.0), float(rows)),
        )

    return place


def _graphics(
    shape: AnnotationShape, place: Callable[[Point], tuple[float, float]], head: float
) -> list[GraphicObject]:
    lines = [[place(point) for point in line] for line in (*shape.lines, *shape.guides)]
    found = [_object("POLYLINE", line) for line in lines]
    if shape.box is not None:
        (left, top), (right, bottom) = place(shape.box[0]), place(shape.box[1])
        middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
        across, down = ((left, middle_y), (right, middle_y)), ((middle_x, top), (middle_x, bottom))
        is_wide = abs(right - left) >= abs(bottom - top)
        found.append(_object("ELLIPSE", [*across, *down] if is_wide else [*down, *across]))
    if shape.head is not None and lines:
        found.append(_object("POLYLINE", _arrow_head(lines[0][0], lines[0][1], head)))
    if shape.cross is not None:
        found.append(_object("POINT", [place(shape.cross)]))
    return found


def _object(kind: str, points: list[tuple[float, float]]) -> GraphicObject:
    return GraphicObject(graphic_type=kind, graphic_data=np.array(points), units="PIXEL")


def _arrow_head(
    tail: tuple[float, float], tip: tuple[float, float], length: float
) -> list[tuple[float, float]]:
    """Both barbs of an arrow as one line through its tip."""
    angle = math.atan2(tail[1] - tip[1], tail[0] - tip[0])
    barbs = [
        (
            max(tip[0] + length * math.cos(angle + spread), 0.0),
            max(tip[1] + length * math.sin(angle + spread), 0.0),
        )
        for spread in (-0.45, 0.45)
    ]
    return [barbs[0], tip, barbs[1]]


def _texts(lines: tuple[str, ...], anchor: Point, shown: ShownFilm) -> list[TextObject]:
    """The lines of text beside their anchor, in a box of about their size."""
    if not any(lines):
        return []
    rows, columns = shown.pixels.rows, shown.pixels.columns
    line = rows / _LINES_OF_FILM
    width = min(max(len(each) for each in lines) * 0.6 * line, columns)
    height = min(len(lines) * 1.3 * line, rows)
    left = min(max(anchor.x + 0.5, 0.0), columns - width)
    top = min(max(anchor.y + 0.5, 0.0), rows - height)
    text = "\r\n".join(lines).encode()[:_LONGEST_TEXT].decode(errors="ignore")
    return [
        TextObject(
            text_value=text,
            units="PIXEL",
            bounding_box=(left, top, left + width, top + height),
            text_justification="LEFT",
        )
    ]
