"""Settings: typed, versioned, in two JSON files, one of this computer and one of this user.

The user's file overrides the computer's, except for settings that the latter lists as `fixed`. It
contains only values that differ from the computer's, and is written atomically; the computer's file
is only read. Facts of the model are never settings (they come from its manifest), and nothing about
patients is kept here, because the files are not encrypted.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from engine import paths
from engine.domain.export import ExportForm, Hl7CharacterSet, forms_by_option
from engine.domain.interpolation import Interpolation
from engine.domain.mouse import (
    FASTEST,
    SLOWEST,
    MouseButtons,
    MouseDirection,
    MouseHabits,
    MouseProfile,
)
from engine.errors import AccessError, StorageError
from engine.files import write_atomically
from engine.paths import machine_settings_file, settings_file

_LOG = logging.getLogger(__name__)


class Theme(StrEnum):
    """Colour scheme of the window."""

    DARK = "dark"
    LIGHT = "light"


class Settings(BaseModel):
    """The settings that a user may choose.

    Attributes:
        interface_scale: Factor on all sizes of the interface, text and icons included.
        report_scale: Further factor on the text of reports.
        institution: First line of the letterhead.
        letterhead: Further lines, e.g. the address; separated by line breaks.
        logo: PNG file shown above the letterhead; empty for none.
        backup_folder: Second place for automatic backups; empty for none.
        outbox_folder: Folder that signed results are delivered to; empty for none.
        outbox_acks: Folder that the receiver writes HL7 acknowledgements into; empty for none.
        outbox_forms: Forms in which they are delivered, by their names on the command line.
        hl7_character_set: Characters of HL7 messages, as MSH-18 says.
        orders_folder: Folder in which other systems put orders; empty for none.
        lock_minutes: Minutes without input after which the window locks.
        keys: The user's own shortcuts, in Qt's portable form, by command.
        mouse: Which program's mouse bindings are used.
        own_mouse: The reader's own mouse profile.
        window_drag: Which way a left drag changes the window.
        blind_first: Whether a draft is shown only after the reader has made a first call.
        advance: Whether the next study opens once a report is signed.
        window_speed: Factor on the speed of a window drag.
        interpolation: How magnified films are smoothed.
        screens: Measured device pixels per mm, by screen.
        inbox_folders: Folders that are watched for films; empty for none.
        draft_incoming: Whether studies from these folders are drafted before anybody opens them.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Literal[1] = 1
    theme: Theme = Theme.DARK
    interface_scale: float = Field(default=1.0, ge=0.75, le=3.0)
    report_scale: float = Field(default=1.0, ge=1.0, le=2.0)
    institution: str = Field(default="", max_length=200)
    letterhead: str = Field(default="", max_length=1000)
    logo: str = Field(default="", max_length=1000)
    backup_folder: str = Field(default="", max_length=1000)
    outbox_folder: str = Field(default="", max_length=1000)
    outbox_acks: str = Field(default="", max_length=1000)
    outbox_forms: tuple[str, ...] = (ExportForm.HL7.facts.option,)
    hl7_character_set: Hl7CharacterSet = Hl7CharacterSet.UTF_8
    orders_folder: str = Field(default="", max_length=1000)
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
    inbox_folders: tuple[str, ...] = Field(default=(), max_length=50)
    draft_incoming: bool = True

    @field_validator("outbox_forms")
    @classmethod
    def _require_known_forms(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := [name for name in names if name not in forms_by_option()]:
            raise ValueError(f"no export form is called {unknown[0]}")
        return tuple(dict.fromkeys(names))

    @property
    def outbox(self) -> tuple[ExportForm, ...]:
        """Forms in which signed results are delivered; none without a folder."""
        known = forms_by_option()
        return tuple(known[name] for name in self.outbox_forms) if self.outbox_folder else ()

    @property
    def mouse_habits(self) -> MouseHabits:
        """The mouse settings as one value."""
        return MouseHabits(
            profile=self.mouse,
            own=self.own_mouse,
            direction=self.window_drag,
            speed=self.window_speed,
        )


class _File(Settings):
    """A settings file; what is added here has an effect only in the computer's."""

    fixed: tuple[str, ...] = ()
    model_pack: str = ""


class Source(StrEnum):
    """The source of a setting's value."""

    DEFAULT = "default"
    COMPUTER = "this computer"
    FIXED = "this computer, fixed"
    USER = "you"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """The values of both files as written.

    Attributes:
        fixed: Settings that the user's file cannot override.
        model_folder: Model of this computer, for workspaces that chose none; None for the bundled.
        unreadable: Existing files that could not be read and were ignored.
    """

    computer: Mapping[str, Any] = field(default_factory=dict)
    user: Mapping[str, Any] = field(default_factory=dict)
    fixed: frozenset[str] = frozenset()
    model_folder: Path | None = None
    unreadable: tuple[Path, ...] = ()

    @property
    def below(self) -> Settings:
        """The values for a user without settings of their own."""
        return Settings.model_validate(self.computer)

    @property
    def settings(self) -> Settings:
        """The values in force."""
        chosen = {name: value for name, value in self.user.items() if name not in self.fixed}
        return Settings.model_validate({**self.computer, **chosen})

    def source(self, name: str) -> Source:
        """The source of a setting's value."""
        if name in self.fixed:
            return Source.FIXED
        if name in self.user:
            return Source.USER
        return Source.COMPUTER if name in self.computer else Source.DEFAULT


def read_layers(path: Path | None = None) -> Layers:
    """Read both files; a missing or unreadable one counts as empty.

    Args:
        path: The user's file; None for the usual one.
    """
    machine_file, user_file = machine_settings_file(), path or settings_file()
    computer, user = _values(machine_file), _values(user_file)
    read = ((machine_file, computer), (user_file, user))
    values = computer or {}
    return Layers(
        computer=values,
        user=user or {},
        fixed=frozenset(values.get("fixed", ())) & Settings.model_fields.keys(),
        model_folder=Path(values["model_pack"]) if values.get("model_pack") else None,
        unreadable=tuple(path for path, found in read if found is None),
    )


def installed_model() -> Path:
    """Folder of this computer's model, for workspaces that chose none."""
    return read_layers().model_folder or paths.model_bundle()


def load_settings(path: Path | None = None) -> Settings:
    """The settings in force; defaults for values that are missing or unreadable."""
    return read_layers(path).settings


def save_settings(settings: Settings, path: Path | None = None) -> None:
    """Write values that differ from the computer's and are not fixed; raises `StorageError`."""
    path = path or settings_file()
    layers = read_layers(path)
    below = layers.below.model_dump(mode="json")
    values = {
        name: value
        for name, value in settings.model_dump(mode="json").items()
        if name == "version" or (value != below[name] and name not in layers.fixed)
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(values, indent=2, ensure_ascii=False).encode())
    except OSError as error:
        raise StorageError("The settings could not be saved.") from error


def change_settings(changes: Mapping[str, Any]) -> Settings:
    """Store some values for this user, and return the settings then in force.

    Raises:
        AccessError: One of them is fixed for this computer.
        StorageError: They could not be written.
    """
    layers = read_layers()
    if layers.fixed & changes.keys():
        raise AccessError(
            "This setting is fixed for this computer.",
            what_to_do="Whoever looks after the computer can change it.",
        )
    settings = layers.settings.model_copy(update=dict(changes))
    save_settings(settings)
    return settings


def _values(path: Path) -> dict[str, Any] | None:
    """A file's values, validated; None if the file exists but cannot be read."""
    try:
        values = json.loads(path.read_bytes())
        _File.model_validate(values)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        # A broken settings file must not keep anybody from reading films.
        _LOG.warning("settings cannot be read, the defaults are used", exc_info=True)
        return None
    return dict(values)
