"""What stands at the border of a view: whose film it is, and whether there is one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ViewportStage(StrEnum):
    """What a view has to show."""

    NO_FILM = "no film"
    DECODING = "decoding"
    READY = "ready"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmCaption:
    """What the corners say about whose film this is.

    Attributes:
        patient: Short name, e.g. "Okafor, A.".
        study: Study date, and what else tells the study apart.
        view: View and series, e.g. "Frontal PA · chest".
        position: Place in the study, e.g. "1 of 2"; empty for a single film.
        badges: Words that must not be missed, in capitals: "DEMO", "PRIOR".
    """

    patient: str = ""
    study: str = ""
    view: str = ""
    position: str = ""
    badges: tuple[str, ...] = ()
