"""Settings of this user: typed, versioned, one JSON file, written whole or not at all.

Facts of the model are never settings (they come from its manifest), and nothing about patients
is kept here: the file is not encrypted.
"""

from __future__ import annotations

import json
import logging
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.domain.interpolation import Interpolation
from engine.domain.mouse import (
    FASTEST,
    SLOWEST,
    MouseButtons,
    MouseDirection,
    MouseHabits,
    MouseProfile,
)
from engine.errors import StorageError
from engine.files import write_atomically
from engine.paths import settings_file

_LOG = logging.getLogger(__name__)


class Theme(StrEnum):
    """Colours of the window."""

    DARK = "dark"
    LIGHT = "light"


class Settings(BaseModel):
    """What a user may choose.

    Attributes:
        interface_scale: Factor on all sizes of the interface, words and pictures of buttons too.
        report_scale: Further factor on the words of reports.
        institution: First line of the letterhead.
        letterhead: Further lines, e.g. the address; separated by line breaks.
        lock_minutes: After how many minutes without a touch the window is locked.
        keys: Keys that the user gave to commands, in Qt's portable form, by command.
        mouse: Whose habits the mouse follows.
        own_mouse: What buttons and wheel do in the reader's own profile.
        window_drag: Which way a left drag changes the window.
        blind_first: Whether a draft is shown only after the reader has said something.
        advance: Whether the next study opens once a report is signed.
        window_speed: Factor on the speed of that drag.
        interpolation: How enlarged films are smoothed.
        screens: Device pixels per mm that somebody measured, by screen.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Literal[1] = 1
    theme: Theme = Theme.DARK
    interface_scale: float = Field(default=1.0, ge=0.75, le=3.0)
    report_scale: float = Field(default=1.0, ge=1.0, le=2.0)
    institution: str = Field(default="", max_length=200)
    letterhead: str = Field(default="", max_length=1000)
    keys: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    mouse: MouseProfile = MouseProfile.STANDARD
    own_mouse: MouseButtons = Field(default_factory=MouseButtons)
    window_drag: MouseDirection = MouseDirection.STANDARD
    blind_first: bool = False
    advance: bool = False
    window_speed: float = Field(default=1.0, ge=SLOWEST, le=FASTEST)
    interpolation: Interpolation = Interpolation.AUTOMATIC
    screens: dict[str, float] = Field(default_factory=dict)
    lock_minutes: int = Field(default=10, ge=1, le=30)

    @property
    def mouse_habits(self) -> MouseHabits:
        """All that was chosen about the mouse."""
        return MouseHabits(
            profile=self.mouse,
            own=self.own_mouse,
            direction=self.window_drag,
            speed=self.window_speed,
        )


def load_settings(path: Path | None = None) -> Settings:
    """The stored settings; the defaults if there are none or they cannot be read."""
    path = path or settings_file()
    try:
        return Settings.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Settings()
    except (OSError, ValidationError):
        # A broken settings file must not keep anybody from reading films.
        _LOG.warning("settings cannot be read, the defaults are used", exc_info=True)
        return Settings()


def save_settings(settings: Settings, path: Path | None = None) -> None:
    """Write the settings; raises `StorageError`."""
    path = path or settings_file()
    content = json.dumps(settings.model_dump(mode="json"), indent=2, ensure_ascii=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content.encode())
    except OSError as error:
        raise StorageError("The settings could not be saved.") from error
