"""What the canvas draws: every tool, badge and state, beside stored pictures.

How to renew them, and what is compared, stands in `testkit.snapshots`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from testkit.pixel_films import SQUARE, film_header, pixel_film
from testkit.snapshots import TOLERANCE, check, difference, picture_of

from engine.domain.annotation import Point
from engine.domain.annotation_kind import AnnotationKind
from engine.domain.display_filter import DisplayFilter
from engine.domain.evidence import EvidenceGrade, Region
from engine.domain.film_graphics import Overlay, Shutter
from engine.domain.image import VoiLut, Window
from engine.domain.mouse import DragAction
from engine.domain.presentation_state import (
    Graphic,
    GraphicKind,
    GraphicText,
    PresentationRef,
    PresentationState,
)
from engine.domain.study import PixelSpacing, SpacingKind
from engine.imaging.display_filter import filtered
from viewer.canvas.viewport import Viewport
from viewer.state.annotations import AnnotationLevel
from viewer.state.film_in_view import FilmCaption
from viewer.state.tool_choice import ToolChoice
from viewer.state.viewport import ViewportState
from viewer.theme.fonts import load_fonts
from viewer.tools.arrow_keys import ArrowKeys
from viewer.tools.dispatcher import ToolDispatcher

STORED = Path(__file__).with_name("snapshots")
WIDTH, HEIGHT = 416, 320
ROWS, COLUMNS = 500, 400
CAPTION = FilmCaption(
    patient="Okafor, A.", study="2026-03-02", view="Frontal PA", position="1 of 2"
)
WINDOW = Window(center=2000.0, width=4000.0)


def phantom() -> np.ndarray:
    """A chest of few greys: body, lungs, heart, spine; no symmetry, so that a turn shows."""
    y, x = np.mgrid[:ROWS, :COLUMNS]
    film = np.full((ROWS, COLUMNS), 300, np.uint16)
    for center_x, center_y, a, b, value in (
        (200, 280, 190, 260, 2300),
        (120, 250, 70, 150, 900),
        (280, 250, 70, 150, 1000),
        (230, 330, 65, 70, 2900),
        (120, 130, 10, 10, 2600),
    ):
        film[((x - center_x) / a) ** 2 + ((y - center_y) / b) ** 2 <= 1] = value
    film[60:, 190:210] = 3300
    return film


class Bench:
    """One view on the phantom; `film` are fields of `PixelImage`, `header` of `ImageRef`."""

    def __init__(self, qtbot, **header) -> None:
        load_fonts()
        self.state = ViewportState()
        self.view = Viewport(self.state)
        qtbot.addWidget(self.view)
        self.choice = ToolChoice()
        self.arrows = ArrowKeys(self.view, self.choice, ToolDispatcher(self.view, self.choice))
        self.view.resize(WIDTH, HEIGHT)
        with qtbot.waitExposed(self.view):
            self.view.show()
        self.header = header
        self.show()

    def show(self, caption=CAPTION, *, orientation=("L", "F"), lossy=False, **film) -> None:
        fields = {"windows": (WINDOW,), **film}
        self.film = pixel_film(phantom(), **fields)
        image = film_header(self.film, patient_orientation=orientation, lossy=lossy)
        self.image = replace(image, view_position="PA")
        self.state.show_image(self.image, self.film, caption)

    def annotation(
        self, kind: AnnotationKind, *places: tuple[float, float], text: str = ""
    ) -> None:
        points = [Point(x=x, y=y) for x, y in places]
        self.state.annotations.add(self.state.annotations.new(kind, self.image, points, text))


CHEST = ((200, 90), (202, 380), (160, 320), (294, 330), (52, 250), (349, 250))
PLACES = {
    AnnotationKind.LENGTH: ((80, 200), (180, 240)),
    AnnotationKind.BIDIRECTIONAL: ((245, 290), (300, 380), (245, 350), (300, 310)),
    AnnotationKind.ANGLE: ((80, 200), (140, 280), (210, 240)),
    AnnotationKind.COBB: ((90, 150), (190, 180), (90, 350), (190, 310)),
    AnnotationKind.CARDIOTHORACIC: CHEST,
    AnnotationKind.ELLIPSE: ((230, 160), (320, 260)),
    AnnotationKind.RECTANGLE: ((90, 180), (160, 300)),
    AnnotationKind.FREEHAND: tuple(
        (85 + (30 + 8 * np.sin(3 * t)) * np.cos(t), 240 + 60 * np.sin(t))
        for t in np.linspace(0, 6.1, 60)
    ),
    AnnotationKind.PROBE: ((230, 330),),
    AnnotationKind.TEXT: ((240, 200),),
    AnnotationKind.ARROW: ((300, 120), (240, 260)),
}


def put(kind: AnnotationKind) -> Callable[[Bench], None]:
    """An annotation as its tool leaves it."""

    def act(bench: Bench) -> None:
        bench.annotation(kind, *PLACES[kind], text="Compare" if kind is AnnotationKind.TEXT else "")

    return act


def take(tool: AnnotationKind | DragAction, *keys: Qt.Key) -> Callable[[Bench], None]:
    """A tool in hand, after some keys."""

    def act(bench: Bench) -> None:
        bench.view.setFocus()
        bench.choice.choose(tool)
        for key in keys:
            QTest.keyClick(bench.view, key)

    return act


LEFT, RIGHT, UP, RETURN = (
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Return,
)
TOOLS = {
    **{f"tool-{kind.value}": put(kind) for kind in PLACES},
    "tool-window": take(DragAction.WINDOW, *[UP] * 8),
    "tool-zoom": take(DragAction.ZOOM, *[UP] * 8),
    "tool-pan": take(DragAction.PAN, *[RIGHT] * 5),
    "placing": take(AnnotationKind.LENGTH, LEFT, LEFT, RETURN, *[UP] * 4),
}
LUT = VoiLut(
    first_value=0, entries=np.linspace(0, 4095, 4096).astype(np.uint16), bits=12, name="Chest"
)
MASK = np.zeros((40, 120), bool)
MASK[10:30, 20:100] = True
FIDUCIAL = PixelSpacing(row_mm=0.3, column_mm=0.3, kind=SpacingKind.BY_USER)


def hide_marks(bench: Bench) -> None:
    put(AnnotationKind.LENGTH)(bench)
    put(AnnotationKind.ARROW)(bench)
    while bench.state.annotations.level is not AnnotationLevel.NONE:
        bench.state.annotations.cycle_level()


def leave_lut(bench: Bench) -> None:
    bench.show(voi_luts=(LUT,))
    bench.state.grey.apply_preset(3)
    bench.state.grey.chosen.clear()


def lift_shutter(bench: Bench) -> None:
    bench.show(shutter=Shutter(box=(60, 60, 340, 460)))
    bench.state.film.toggle_shutter()


def model_eye(bench: Bench) -> None:
    bench.state.film.show_model_view((phantom()[::20, ::20] / 13).astype(np.uint8))


REF = PresentationRef(
    path=Path("state.dcm"), sop_uid="1.9", study_uid="1.2.3", patient_id="T-1", films=()
)
STATE = PresentationState(
    film="1.2.3.4.5",
    title="Look here",
    window=Window(center=1500.0, width=2000.0),
    inverse=True,
    quarter_turns=1,
    graphics=(
        Graphic(kind=GraphicKind.CIRCLE, points=(Point(x=230.0, y=330.0), Point(x=290.0, y=330.0))),
    ),
    texts=(GraphicText(lines=("Tip of line",), corner=Point(x=90.0, y=120.0), anchor=None),),
)


def applied(*, graphics_only: bool = False, changed: bool = False) -> Callable[[Bench], None]:
    """A presentation state in force, and changed by the reader if that is asked for."""

    def act(bench: Bench) -> None:
        # Without a step the film's values would count as of a table.
        bench.show(stored_step=1.0)
        bench.state.applied.offer((REF,))
        bench.state.apply_state(REF, STATE, graphics_only=graphics_only)
        if changed:
            bench.state.grey.toggle_invert()

    return act


def sharpen(bench: Bench) -> None:
    samples = filtered(bench.film, DisplayFilter.SHARPEN)
    bench.state.grey.filter.show(DisplayFilter.SHARPEN, samples)


BADGES = {
    "badge-state-offered": lambda b: b.state.applied.offer((REF,)),
    "badge-state": applied(),
    "badge-state-changed": applied(changed=True),
    "badge-state-graphics": applied(graphics_only=True),
    "badge-processed": sharpen,
    "badge-other-film": lambda b: b.show(replace(CAPTION, badges=("NOT THE FILM OF THE REPORT",))),
    "badge-demo-prior": lambda b: b.show(replace(CAPTION, badges=("DEMO", "PRIOR"))),
    "badge-not-diagnostic": lambda b: b.show(
        replace(CAPTION, badges=("NOT A DIAGNOSTIC SOURCE",)), spacing=None
    ),
    "badge-inverted": lambda b: b.state.grey.toggle_invert(),
    "badge-lossy": lambda b: b.show(lossy=True),
    "badge-lut": lambda b: b.show(voi_luts=(LUT,)),
    "badge-lut-left": leave_lut,
    "preset-named": lambda b: b.state.grey.apply_preset(3),
    "badge-shutter": lambda b: b.show(shutter=Shutter(box=(60, 60, 340, 460))),
    "badge-shutter-lifted": lift_shutter,
    "badge-model-eye": model_eye,
    "badge-key-image": lambda b: b.state.annotations.toggle_key(b.image),
    "badge-marks-hidden": hide_marks,
    "badge-none-enlarged": lambda b: b.state.placement.zoom_by(3.0),
}


def loupe(*, own_window: bool) -> Callable[[Bench], None]:
    return lambda b: b.view.loupe.hold(200, 150, zoom=b.state.placement.zoom, own_window=own_window)


def cells(grade: EvidenceGrade) -> Callable[[Bench], None]:
    def act(bench: Bench) -> None:
        shown = tuple(
            Region(film=bench.image.sop_uid, left=x, top=250, right=x + 60, bottom=310, weight=0.5)
            for x in (80, 240)
        )
        bench.view.show_cells(shown, grade)

    return act


def point_in_hand(bench: Bench) -> None:
    put(AnnotationKind.LENGTH)(bench)
    bench.arrows.select_handle()


def calibrate(bench: Bench) -> None:
    put(AnnotationKind.LENGTH)(bench)
    bench.state.annotations.calibrate(bench.image, 30.0, FIDUCIAL)


def crowd(bench: Bench) -> None:
    """Six measurements whose words all want to stand in one corner."""
    for x in range(300, 354, 9):
        bench.annotation(AnnotationKind.LENGTH, (x - 60, 200), (x, 300))


STATES = {
    "crowded": crowd,
    "no-film": lambda b: b.state.clear("No studies.", "Drop a folder, or press Ctrl+O."),
    "decoding": lambda b: b.state.show_decoding(b.image, CAPTION),
    "unreadable": lambda b: b.state.show_unreadable(
        b.image, CAPTION, "The film is damaged.", "Ask for the film again."
    ),
    "active": lambda b: b.view.set_active(True),
    "turned": lambda b: (b.state.placement.rotate(90), b.state.placement.flip_horizontal()),
    "orientation-unknown": lambda b: b.show(orientation=None),
    "no-scale": lambda b: (b.show(spacing=None), put(AnnotationKind.LENGTH)(b)),
    "oblong-pixels": lambda b: b.show(spacing=replace(SQUARE, row_mm=0.3)),
    "monochrome1": lambda b: b.show(monochrome1=True),
    "overlay": lambda b: b.show(overlays=(Overlay(mask=MASK, row=20, column=30, name="Marker"),)),
    "calibrated": calibrate,
    "point-in-hand": point_in_hand,
    "loupe": loupe(own_window=False),
    "loupe-own-window": loupe(own_window=True),
    "evidence-used": cells(EvidenceGrade.RESTS_ON),
    "evidence-not-shown": cells(EvidenceGrade.NOT_SHOWN),
}
ALL = TOOLS | BADGES | STATES


@pytest.mark.parametrize("name", list(ALL))
def test_it_looks_as_it_was_stored(qtbot, name):
    bench = Bench(qtbot)
    ALL[name](bench)
    check(picture_of(bench.view.grab()), STORED / f"{name}.png")


def test_every_tool_has_a_picture_and_no_picture_is_left_over():
    assert {f"tool-{kind.value}" for kind in AnnotationKind} <= set(TOOLS)
    assert {path.stem for path in STORED.glob("*.png")} == set(ALL)


def test_a_missing_badge_a_lost_letter_and_a_turn_are_seen(qtbot):
    """The comparison can fail, and for as little as one letter."""
    bench = Bench(qtbot)
    plain = picture_of(bench.view.grab())
    assert difference(plain, picture_of(bench.view.grab())) == 0
    bench.show(lossy=True)
    assert difference(plain, picture_of(bench.view.grab())) > TOLERANCE
    bench.show(orientation=("R", "F"))
    assert difference(plain, picture_of(bench.view.grab())) > TOLERANCE
    bench.show()
    bench.state.placement.flip_horizontal()
    assert difference(plain, picture_of(bench.view.grab())) > TOLERANCE
