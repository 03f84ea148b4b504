"""The keys of all commands as a file, to carry them to another computer."""

from __future__ import annotations

import json
from collections.abc import Iterable

from engine.errors import DamagedFileError
from viewer.actions.registry import Command

_KIND = "negatoscope keys"
MAX_BYTES = 2**20
"""Largest file of keys that is read."""


def keys_as_text(commands: Iterable[Command]) -> str:
    """All commands with their keys, as JSON that a person can read."""
    keys = {command.id: list(command.keys) for command in commands}
    return json.dumps({"kind": _KIND, "version": 1, "keys": keys}, indent=2) + "\n"


def keys_of_text(text: str) -> dict[str, tuple[str, ...]]:
    """Keys by command; raises `DamagedFileError` if it is not a file of keys."""
    try:
        content = json.loads(text)
        is_ours = content["kind"] == _KIND and content["version"] == 1
        keys = {str(name): tuple(_strings(value)) for name, value in content["keys"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _no_file_of_keys() from error
    if not is_ours:
        raise _no_file_of_keys()
    return keys


def _strings(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError("keys are a list of texts")
    return value


def _no_file_of_keys() -> DamagedFileError:
    return DamagedFileError(
        "This is not a file of keys.", what_to_do="Choose one that Negatoscope wrote."
    )
