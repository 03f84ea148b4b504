"""Reads highdicom's tables of the standard piece by piece.

To learn whether an object has a ContentDate, highdicom parses all 22 MB of its table of modules:
0.3 s of the processor in one call, during which no other thread runs and the window stands still,
and 68 MB that stay. An object of ours needs some thirty of 436 modules.

Importing this module is enough. What highdicom asks for is decoded by the same decoder.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from highdicom import _standard_utils

_LARGE: Final = 1_000_000
"""Letters of a table from which on it is read in pieces."""
_INDENT: Final = "\n  "


class Pieces(Mapping[str, Any]):
    """A JSON object, indented by two, whose members are decoded when they are asked for."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """The member; raises `KeyError`."""
        if name not in self._known:
            head = f"{_INDENT}{json.dumps(name)}: "
            at = self._text.find(head)
            if at < 0:
                raise KeyError(name)
            self._known[name], _end = json.JSONDecoder().raw_decode(self._text, at + len(head))
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        """The names, which costs what was to be saved; highdicom does not ask for them."""
        return iter(json.loads(self._text))

    def __len__(self) -> int:
        """Number of members, as costly."""
        return len(json.loads(self._text))


class _Json:
    """Stands for the module `json` in highdicom's reader of its tables."""

    @staticmethod
    def loads(text: str) -> Any:
        is_indented = text.startswith("{" + _INDENT + '"')
        return Pieces(text) if is_indented and len(text) > _LARGE else json.loads(text)


_standard_utils.json = _Json
