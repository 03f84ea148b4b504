"""The kinds of annotation: one row each with its name, points, shortcut and tip.

Tools, commands, menu, key sheet and guards are derived from this table. Formulas and drawing are
in `engine.imaging`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MOST_POINTS: Final = 1000
"""Maximum number of points of an outline."""


class AnnotationKind(StrEnum):
    """A kind of annotation; the value is stored and exported. Menus follow this order."""

    LENGTH = "length"
    BIDIRECTIONAL = "bidirectional"
    ANGLE = "angle"
    COBB = "cobb"
    CARDIOTHORACIC = "cardiothoracic"
    ELLIPSE = "ellipse"
    RECTANGLE = "rectangle"
    FREEHAND = "freehand"
    PROBE = "probe"
    TEXT = "text"
    ARROW = "arrow"

    @property
    def facts(self) -> KindFacts:
        """This kind's row of the table."""
        return _FACTS[self]


class Quantity(StrEnum):
    """What is measured."""

    LENGTH = "length"
    ANGLE = "angle"
    RATIO = "ratio"
    GREY = "grey values"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One point to set.

    Attributes:
        hint: What to do with the mouse.
        point: What the point is, for a reader who sets it with the keyboard.
    """

    hint: str
    point: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KindFacts:
    """Everything the program needs to know about one kind of annotation.

    Attributes:
        name: As shown in menus, sentence case.
        steps: Its points in the order in which they are set and stored; for an outline the first
            ones.
        key: Shortcut in Qt's portable form.
        tip: How it is used, one line.
        icon: File in `resources/icons` without suffix; empty for a kind without a button.
        is_outline: Whether any number of further points may follow, up to `MOST_POINTS`.
    """

    name: str
    quantity: Quantity
    steps: tuple[Step, ...]
    key: str
    tip: str
    icon: str = ""
    is_outline: bool = False

    def takes(self, count: int) -> bool:
        """Whether an annotation of this kind may have `count` points."""
        if self.is_outline:
            return len(self.steps) <= count <= MOST_POINTS
        return count == len(self.steps)


_FACTS = {
    AnnotationKind.LENGTH: KindFacts(
        name="Length",
        quantity=Quantity.LENGTH,
        steps=(
            Step(hint="Length: drag along it", point="one end"),
            Step(hint="Release at its end", point="the other end"),
        ),
        key="D",
        tip="Drag along a structure",
        icon="ruler",
    ),
    AnnotationKind.BIDIRECTIONAL: KindFacts(
        name="Bidirectional",
        quantity=Quantity.LENGTH,
        steps=(
            Step(hint="Bidirectional: drag along the longest diameter", point="one end"),
            Step(hint="Release at its end", point="the other end"),
            Step(hint="Drag across it where it is widest", point="one border, where it is widest"),
            Step(hint="Release at the other border", point="the border opposite"),
        ),
        key="Shift+D",
        tip="Drag the longest diameter, then the widest one across it",
    ),
    AnnotationKind.ANGLE: KindFacts(
        name="Angle",
        quantity=Quantity.ANGLE,
        steps=(
            Step(hint="Angle: drag one arm to the vertex", point="the end of one arm"),
            Step(hint="Release at the vertex", point="the vertex"),
            Step(hint="Click the other arm", point="the end of the other arm"),
        ),
        key="A",
        tip="Drag one arm, click the other",
        icon="triangle-right",
    ),
    AnnotationKind.COBB: KindFacts(
        name="Cobb angle",
        quantity=Quantity.ANGLE,
        steps=(
            Step(hint="Cobb angle: drag along the upper end plate", point="the upper end plate"),
            Step(hint="Release at its end", point="its other end"),
            Step(hint="Drag along the lower end plate", point="the lower end plate"),
            Step(hint="Release at its end", point="its other end"),
        ),
        key="Shift+A",
        tip="Drag along both end plates",
    ),
    AnnotationKind.CARDIOTHORACIC: KindFacts(
        name="Cardiothoracic ratio",
        quantity=Quantity.RATIO,
        steps=(
            Step(
                hint="Cardiothoracic ratio: drag down the midline of the spine",
                point="the top of the spine's midline",
            ),
            Step(hint="Release at the diaphragm", point="the midline at the diaphragm"),
            Step(hint="Click the right border of the heart", point="the right border of the heart"),
            Step(hint="Click the left border of the heart", point="the left border of the heart"),
            Step(
                hint="Click the right inner chest wall, where it is widest",
                point="the right inner chest wall, where it is widest",
            ),
            Step(
                hint="Click the left inner chest wall, where it is widest",
                point="the left inner chest wall, where it is widest",
            ),
        ),
        key="C",
        tip="Drag the midline, click both borders of heart and chest",
        icon="heart",
    ),
    AnnotationKind.ELLIPSE: KindFacts(
        name="Ellipse",
        quantity=Quantity.GREY,
        steps=(
            Step(hint="Ellipse: drag from corner to corner", point="one corner"),
            Step(hint="Release at the other corner", point="the other corner"),
        ),
        key="O",
        tip="Drag from corner to corner: area and grey values",
        icon="circle",
    ),
    AnnotationKind.RECTANGLE: KindFacts(
        name="Rectangle",
        quantity=Quantity.GREY,
        steps=(
            Step(hint="Rectangle: drag from corner to corner", point="one corner"),
            Step(hint="Release at the other corner", point="the other corner"),
        ),
        key="Shift+O",
        tip="Drag from corner to corner: area and grey values",
    ),
    AnnotationKind.FREEHAND: KindFacts(
        name="Freehand region",
        quantity=Quantity.GREY,
        steps=(
            Step(hint="Freehand region: drag around it, or click its corners", point="a corner"),
            Step(hint="Click the next corner", point="the next corner"),
            Step(
                hint="Click the next corner; the same again closes the outline",
                point="the next corner; the same again closes the outline",
            ),
        ),
        key="S",
        tip="Drag around a shadow: area and grey values",
        is_outline=True,
    ),
    AnnotationKind.PROBE: KindFacts(
        name="Probe",
        quantity=Quantity.GREY,
        steps=(Step(hint="Probe: click a place", point="the place"),),
        key="U",
        tip="The value of a pixel",
    ),
    AnnotationKind.TEXT: KindFacts(
        name="Text",
        quantity=Quantity.NOTHING,
        steps=(Step(hint="Text: click where it shall stand", point="where it shall stand"),),
        key="B",
        tip="Write on the film",
        icon="type",
    ),
    AnnotationKind.ARROW: KindFacts(
        name="Arrow",
        quantity=Quantity.NOTHING,
        steps=(
            Step(hint="Arrow: drag towards what it shows", point="its end"),
            Step(hint="Release at what it shows", point="what it shows"),
        ),
        key="Q",
        tip="Point at something",
        icon="move-up-right",
    ),
}
