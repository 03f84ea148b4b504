"""The product's colours and sizes, by name, for a dark reading room and a lit office.

Widgets never spell a colour: they ask a token. The values are those of the design's token table;
a test holds every text colour to a contrast of at least 4.5:1 on the grounds it stands on
(WCAG 2.2, 1.4.3).
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
        text: Words.
        text_dim: Captions, hints, keys.
        accent: The one accent: focus, selection, "by the AI, untouched".
        on_accent: Words on the accent.
        amber: "You must decide"; nothing else.
        red: Wrong patient, lost data or error; nothing else.
        film_ground: Around the film, black in every theme.
        film_text: Words on the film.
        film_letter: Orientation letters on the film, which must be seen on any grey.
        film_halo: The dark edge that keeps them readable on bright film.
        evidence: Outlines of the model's evidence.
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
    evidence="#58C4DD",
)

GRID: Final = 4
"""Distances are multiples of this, in px."""
CONTROL_HEIGHT: Final = 28
"""Height of buttons and one-line fields in px."""
RADIUS: Final = 4
"""Corner radius in px."""
ICON_SIZE: Final = 20
"""Side of an icon in px."""
BANNER_HEIGHT: Final = 40
"""Height of the patient banner in px."""
TOOLBAR_HEIGHT: Final = 36
"""Height of the tool bar in px."""
STATUS_HEIGHT: Final = 24
"""Height of the status bar in px."""
FONT_SIZES: Final = {"caption": 11, "base": 13, "report": 15, "title": 18, "display": 22}
"""The type scale in px."""
REPORT_LINE_HEIGHT: Final = 1.45
"""Line height of the report's body, as a factor of the font size."""
ANIMATION_MS: Final = 120
"""The longest motion, in ms; there is none over the film."""
