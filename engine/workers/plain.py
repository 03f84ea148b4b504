"""Values as plain JSON and back, for the pipe between the product and its workers.

Only for our own frozen dataclasses: what comes back is built by the types of the fields, so a
worker can send nothing but the values that were asked for.
"""

from __future__ import annotations

import dataclasses
import functools
import types
from datetime import date, time
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Value = TypeVar("Value")


def to_plain(value: object) -> Any:
    """A dataclass, tuple, date, path, enumeration or scalar as JSON-ready data."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = (item.name for item in dataclasses.fields(value))
        return {name: to_plain(getattr(value, name)) for name in names}
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, Path) else value


def from_plain(kind: type[Value], plain: object) -> Value:
    """The value that `to_plain` described; raises `ValueError` or `TypeError` if it is none."""
    return cast("Value", _build(kind, plain))


def _build(kind: Any, plain: Any) -> Any:
    kind = getattr(kind, "__supertype__", kind)  # NewType
    if get_origin(kind) in (Union, types.UnionType):
        if plain is None:
            return None
        kind = next(item for item in get_args(kind) if item is not type(None))
    if get_origin(kind) is tuple:
        return _tuple(get_args(kind), plain)
    if dataclasses.is_dataclass(kind):
        return _dataclass(cast("type", kind), plain)
    if kind in (date, time):
        return kind.fromisoformat(plain)
    if issubclass(kind, Enum | Path | float):
        return kind(plain)
    if not isinstance(plain, kind):
        raise TypeError(f"expected {kind.__name__}")
    return plain


def _dataclass(kind: type, plain: Any) -> Any:
    hints = _hints(kind)
    return kind(**{name: _build(hints[name], item) for name, item in plain.items()})


def _tuple(kinds: tuple[Any, ...], plain: Any) -> tuple[Any, ...]:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_build(kinds[0], item) for item in plain)
    return tuple(_build(item_kind, item) for item_kind, item in zip(kinds, plain, strict=True))


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
