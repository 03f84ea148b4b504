"""Presentation states: how a film should be shown, stored apart from it (PS3.3 A.33.1).

Points are in image pixels (x right, y down, (0, 0) the centre of the first stored pixel), whatever
units the file used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from engine.domain.annotation import Point
from engine.domain.film_graphics import Shutter
from engine.domain.image import VoiLut, Window
from engine.domain.study import SopUid, StudyUid


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentationRef:
    """A presentation state: where its file is and which films it refers to.

    Attributes:
        path: The file, or the ZIP archive that holds it.
        member: Name inside the ZIP archive; empty for a plain file.
        patient_id: From its header; the state is only used on films of the same patient.
        label: Content Label, e.g. "FRACTURE".
        creator: Content creator's name in the header; may be empty.
        films: SOP Instance UIDs of the films that it refers to.
    """

    path: Path
    member: str = ""
    sop_uid: SopUid
    study_uid: StudyUid
    patient_id: str
    label: str = ""
    description: str = ""
    creator: str = ""
    created: date | None = None
    films: tuple[SopUid, ...]

    @property
    def title(self) -> str:
        """Its name in a menu: the description, else the label."""
        return self.description or self.label or "Presentation state"


class GraphicKind(StrEnum):
    """Shape of a graphic (PS3.3 C.10.5.1.2)."""

    POINT = "POINT"
    POLYLINE = "POLYLINE"
    INTERPOLATED = "INTERPOLATED"
    CIRCLE = "CIRCLE"
    ELLIPSE = "ELLIPSE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Graphic:
    """A line or shape over a film.

    Attributes:
        points: Of a circle its centre and a point on it; of an ellipse the ends of its longer, then
            of its shorter axis; otherwise the vertices in order.
    """

    kind: GraphicKind
    points: tuple[Point, ...]
    is_filled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphicText:
    """Words over a film.

    Attributes:
        corner: Top left of the text box as displayed; None if only an anchor was given.
        anchor: The point that the words are about, or None.
        is_tied: Whether a line is drawn from the words to the anchor.
    """

    lines: tuple[str, ...]
    corner: Point | None = None
    anchor: Point | None = None
    is_tied: bool = False


class SizeMode(StrEnum):
    """How large the displayed area is shown (PS3.3 C.10.4)."""

    SCALE_TO_FIT = "SCALE TO FIT"
    TRUE_SIZE = "TRUE SIZE"
    MAGNIFY = "MAGNIFY"


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayedArea:
    """The part of a film to show, by its edges; a whole film's are -0.5 and its size - 0.5.

    Attributes:
        magnification: Screen pixels per image pixel in mode MAGNIFY.
    """

    left: float
    top: float
    right: float
    bottom: float
    mode: SizeMode = SizeMode.SCALE_TO_FIT
    magnification: float = 1.0

    @classmethod
    def whole(cls, rows: int, columns: int) -> DisplayedArea:
        """All of a film of that size."""
        return cls(left=-0.5, top=-0.5, right=columns - 0.5, bottom=rows - 0.5)

    def is_whole(self, rows: int, columns: int) -> bool:
        """Whether it is all of a film of that size, fitted to the viewport."""
        return self == DisplayedArea.whole(rows, columns)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PresentationState:
    """What a presentation state says about one film: the whole grey pipeline, and more.

    It replaces what the film's own header says. A stage that is absent here is an identity, and the
    film's own MONOCHROME1 or MONOCHROME2 is ignored (PS3.4 N.2.1).

    Attributes:
        film: The film that the state is applied to.
        title: For badge and menu.
        window: VOI window in the state's own modality values, or None.
        lut: VOI LUT in the state's own modality values; it takes precedence over `window`.
        rescale: Slope and intercept from stored values; None for identity.
        has_modality_table: Whether a table stands in place of `rescale`.
        table: Presentation LUT from the whole output range of window or VOI LUT to P-values (PS3.3
            C.11.6), or None. Its `first_value` is ignored.
        inverse: Whether low output is bright.
        quarter_turns: Clockwise, after `mirrored`.
        mirrored: Whether left and right are swapped first.
        left_out: Parts of the state that are not shown here, each in plain words.
    """

    film: SopUid
    title: str
    window: Window | None = None
    lut: VoiLut | None = None
    table: VoiLut | None = None
    rescale: tuple[float, float] | None = None
    has_modality_table: bool = False
    inverse: bool = False
    quarter_turns: int = 0
    mirrored: bool = False
    area: DisplayedArea | None = None
    shutter: Shutter | None = None
    graphics: tuple[Graphic, ...] = ()
    texts: tuple[GraphicText, ...] = ()
    left_out: tuple[str, ...] = ()
