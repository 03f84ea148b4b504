"""Colours and sizes by name, for a dark reading room and a lit office.

Widgets use tokens and never spell a colour. A test holds every text colour to a contrast of at
least 4.5:1 on its grounds (WCAG 2.2, 1.4.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """One theme. Colours are "#RRGGBB".

    Attributes:
        name: "dark" or "light".
        ground: Behind everything.
        panel: Panels, docks, tool bars, editors.
        raised: Buttons, fields, pop-ups.
        line: Borders and separators.
        hover: Under the pointer.
        text: Text.
        text_dim: Captions, hints, keys.
        accent: The only accent: focus, selection, drafted and untouched text.
        on_accent: Text on the accent.
        amber: For what needs a decision; nothing else.
        red: Wrong patient, lost data or an error; nothing else.
        film_ground: Around the film, black in every theme.
        film_text: Text on the film.
        film_letter: Orientation letters on the film, which must be visible on any grey.
        film_halo: The dark edge that keeps text readable on bright film.
        film_amber: On the film, for what needs a decision.
        evidence: Outlines of evidence cells.
    """

    name: str
    ground: str
    panel: str
    raised: str
    line: str
    hover: str
    text: str
    text_dim: str
    accent: str
    on_accent: str
    amber: str
    red: str
    film_ground: str
    film_text: str
    film_letter: str
    film_halo: str
    film_amber: str
    evidence: str


DARK: Final = Tokens(
    name="dark",
    ground="#0B0D0F",
    panel="#14171A",
    raised="#1C2024",
    line="#2A2F35",
    hover="#23282D",
    text="#D6DADF",
    text_dim="#8E969F",
    accent="#7FA9D1",
    on_accent="#0B0D0F",
    amber="#E0A83E",
    red="#E5674E",
    film_ground="#000000",
    film_text="#BFC6CD",
    film_letter="#E6E9EC",
    film_halo="#000000",
    film_amber="#E0A83E",
    evidence="#58C4DD",
)

LIGHT: Final = Tokens(
    name="light",
    ground="#E4E7EA",
    panel="#F4F5F6",
    raised="#FFFFFF",
    line="#C5CAD0",
    hover="#E9ECEF",
    text="#1B1F23",
    text_dim="#555D66",
    accent="#2F628F",
    on_accent="#FFFFFF",
    amber="#7F5600",
    red="#B03019",
    film_ground="#000000",
    film_text="#BFC6CD",
    film_letter="#E6E9EC",
    film_halo="#000000",
    film_amber="#E0A83E",
    evidence="#58C4DD",
)

GRID: Final = 4
"""Distances are multiples of this, in px."""
CONTROL_HEIGHT: Final = 28
"""Height of buttons and one-line fields, in px."""
RADIUS: Final = 4
"""Corner radius, in px."""
ICON_SIZE: Final = 20
"""Side of an icon, in px."""
SMALL_ICON: Final = 16
"""Side of an icon beside text or in a head, in px."""
BANNER_HEIGHT: Final = 40
"""Height of the patient banner, in px."""
TOOLBAR_HEIGHT: Final = 36
"""Height of the tool bar, in px."""
STATUS_HEIGHT: Final = 24
"""Height of the status bar, in px."""
FONT_SIZES: Final = {"caption": 11, "base": 13, "report": 15, "title": 18, "display": 22}
"""The type scale, in px."""
REPORT_LINE_HEIGHT: Final = 1.45
"""Line height of report text, as a factor on the font size."""
