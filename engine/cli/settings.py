"""`negatoscope settings`: what is set, where it comes from, and setting it for this user."""

from __future__ import annotations

import argparse
import json
from typing import Any

from pydantic import ValidationError

from engine.cli.arguments import text
from engine.cli.output import note, print_line, print_object
from engine.errors import InputError
from engine.paths import data_dir, logs_dir, machine_settings_file, settings_file
from engine.settings import Settings, change_settings, read_layers


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `negatoscope settings`."""
    parser.add_argument(
        "--set",
        dest="changes",
        action="append",
        default=[],
        type=text,
        metavar="NAME=VALUE",
        help="for this user; several lines are parted by \\n",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Store what was asked for, then print every setting with its source."""
    changes = dict(_change(words) for words in options.changes)
    if changes:
        change_settings(changes)
    layers = read_layers()
    values = layers.settings.model_dump(mode="json", exclude={"version"})
    for name, value in sorted(values.items()):
        source = layers.source(name)
        if options.json:
            print_object({"name": name, "value": value, "source": source.value})
        else:
            print_line(f"{name:16} {json.dumps(value, ensure_ascii=False):24} {source.value}")
    if not options.json:
        print_line()
        print_line(f"this computer    {machine_settings_file()}")
        print_line(f"you              {settings_file()}")
        print_line(f"data             {data_dir()}")
        print_line(f"logs             {logs_dir()}")
        if layers.model_folder is not None:
            print_line(f"model            {layers.model_folder}")
    for path in layers.unreadable:
        note(f"{path} cannot be read and is not in force.")
    return 1 if layers.unreadable else 0


def _change(words: str) -> tuple[str, Any]:
    """Name and checked value of a change."""
    name, _, written = words.partition("=")
    if name not in Settings.model_fields or name == "version":
        raise InputError(f"There is no setting called {name}.")
    try:
        value = json.loads(written)
    except ValueError:
        value = written.replace("\\n", "\n")
    try:
        return name, getattr(Settings.model_validate({name: value}), name)
    except ValidationError as error:
        raise InputError(f"The setting {name} cannot have that value.") from error
