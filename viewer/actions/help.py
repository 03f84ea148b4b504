"""Commands that explain the program."""

from __future__ import annotations

from typing import Final

from viewer.actions.registry import Command

SHORTCUTS: Final = "help.shortcuts"
EDIT_KEYS: Final = "help.edit_keys"
ABOUT: Final = "help.about"

HELP_COMMANDS: Final = (
    Command(id=SHORTCUTS, text="Keys", group="Help", shortcut="?", also=("F1",)),
    Command(id=EDIT_KEYS, text="Change shortcuts…", group="Help"),
    Command(id=ABOUT, text="About Negatoscope", group="Help"),
)
