"""Values as plain JSON and arrays and back, for the pipe between the product and its workers.

Only for our own frozen dataclasses: what comes back is built by the types of the fields, so a
worker can send only values of the requested type. Arrays are lifted out and travel beside the JSON;
in their place stands their index.
"""

from __future__ import annotations

import dataclasses
import functools
import types
from collections.abc import Callable, Sequence
from datetime import date, time
from enum import Enum
from pathlib import Path
from typing import Any, Final, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import numpy as np

from engine.errors import WorkerError
from engine.workers.protocol import Array, Reply

Value = TypeVar("Value")
_AS_THEY_ARE: Final = frozenset({str, int, float, bool, type(None)})


def reply_with(value: object) -> Reply:
    """A value as a worker's answer, its arrays lifted out."""
    arrays: list[Array] = []
    return Reply(value=to_plain(value, arrays), arrays=tuple(arrays))


def value_of(kind: type[Value], reply: Reply) -> Value:
    """The value of a worker's answer; raises `WorkerError` if it does not fit the type."""
    try:
        return from_plain(kind, reply.value, reply.arrays)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise WorkerError("The background process gave an answer that made no sense.") from error


def to_plain(value: object, arrays: list[Array] | None = None) -> Any:
    """A dataclass, tuple, date, path, enumeration or scalar as JSON-ready data.

    Args:
        value: The value to convert.
        arrays: Collects the arrays of the value; without it the value must have none.
    """
    if type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, np.ndarray) and arrays is not None:
        arrays.append(value)
        return len(arrays) - 1
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: to_plain(getattr(value, name), arrays) for name in _names(type(value))}
    if isinstance(value, tuple | list):
        return [to_plain(item, arrays) for item in value]
    return _plain_leaf(value)


def _plain_leaf(value: object) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, Path) else value


@functools.cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def from_plain(kind: type[Value], plain: object, arrays: Sequence[Array] = ()) -> Value:
    """The value from `to_plain`'s data; `ValueError`, `KeyError` or `TypeError` if it does not fit.

    An array must have the element type that its field declares; its shape is checked by the value
    itself.
    """
    return cast("Value", _builder(cast("Any", kind))(plain, arrays))


Build = Callable[[Any, Sequence[Array]], Any]


@functools.cache
def _builder(kind: Any) -> Build:
    """The function that builds values of a type; cached, because a scan builds thousands."""
    kind = getattr(kind, "__supertype__", kind)  # NewType
    if get_origin(kind) in (Union, types.UnionType):
        return _optional(next(item for item in get_args(kind) if item is not type(None)))
    if get_origin(kind) in (tuple, np.ndarray):
        make = _tuple if get_origin(kind) is tuple else _array
        return make(get_args(kind))
    if dataclasses.is_dataclass(kind):
        return _dataclass(cast("type", kind))
    if kind in (date, time):
        return lambda plain, _: kind.fromisoformat(plain)
    if issubclass(kind, Enum | Path | float):
        return lambda plain, _: kind(plain)
    return _scalar(kind)


def _scalar(kind: type) -> Build:
    def build(plain: Any, _: Sequence[Array]) -> Any:
        if not isinstance(plain, kind):
            raise TypeError(f"expected {kind.__name__}")
        return plain

    return build


def _optional(kind: Any) -> Build:
    build = _builder(kind)
    return lambda plain, arrays: None if plain is None else build(plain, arrays)


def _dataclass(kind: type) -> Build:
    def build(plain: Any, arrays: Sequence[Array]) -> Any:
        builders = _builders(kind)  # deferred: a type may contain itself
        return kind(**{name: builders[name](item, arrays) for name, item in plain.items()})

    return build


@functools.cache
def _builders(kind: type) -> dict[str, Build]:
    return {name: _builder(hint) for name, hint in get_type_hints(kind).items()}


def _tuple(kinds: tuple[Any, ...]) -> Build:
    builders = [_builder(kind) for kind in kinds if kind is not Ellipsis]
    if kinds[1:] == (Ellipsis,):
        each = builders[0]
        return lambda plain, arrays: tuple(each(item, arrays) for item in plain)

    def build(plain: Any, arrays: Sequence[Array]) -> tuple[Any, ...]:
        pairs = zip(builders, plain, strict=True)
        return tuple(one(item, arrays) for one, item in pairs)

    return build


def _array(parameters: tuple[Any, ...]) -> Build:
    (element,) = get_args(parameters[1])  # of `numpy.dtype`

    def build(plain: Any, arrays: Sequence[Array]) -> Array:
        if not isinstance(plain, int) or not 0 <= plain < len(arrays):
            raise ValueError("an array that was not sent")
        if arrays[plain].dtype != element:
            raise TypeError(f"expected elements {element.__name__}")
        return arrays[plain]

    return build
