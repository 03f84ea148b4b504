"""Messages between the product and its child processes: length-prefixed JSON over two pipes.

A message is four bytes of length (big endian), that many bytes of UTF-8 JSON, and, if no memory
block is shared, the raw bytes of its arrays. No sockets. A request is answered by any number of
progress messages and then one result or one error, all with the request's number; only a cancel
message may come in between. What a child sends is checked before it is used: the child has handled
untrusted files.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from engine import errors

MAX_MESSAGE_BYTES = 64 * 2**20
MAX_ARRAY_BYTES = 2**30
_LONGEST_SENTENCE = 500
_LONGEST_CAUSE = 4000
_DTYPES = ("uint8", "int8", "uint16", "int16", "int32", "int64", "float16", "float32", "float64")

Array = NDArray[Any]


class ProtocolError(Exception):
    """The other end sent something that is not a message; the child is then ended."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Message:
    """One message.

    Attributes:
        kind: "request", "cancel", "loaded", "progress", "result" or "error".
        body: JSON object.
        arrays: Arrays sent with it.
        number: Of the request that it is or answers. It is random, so that no answer can be forged
            before its request is known.
    """

    kind: str
    number: int = 0
    body: Mapping[str, Any] = field(default_factory=dict)
    arrays: tuple[Array, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reply:
    """A handler's result: a JSON value and arrays, which arrive read-only."""

    value: Any = None
    arrays: tuple[Array, ...] = ()


class MemoryBlock:
    """Anonymous memory (Linux memfd) that parent and child both hold open.

    It has no name, so nothing is left behind when either is killed. Bytes go in and out by
    positioned writes and reads, never through a mapping: a child that shrinks the block while it is
    read causes a short read, not a SIGBUS in the product.
    """

    def __init__(self, fd: int) -> None:
        self.fd = fd

    @classmethod
    def create(cls) -> MemoryBlock | None:
        """A new block; None if the system has none, so that arrays go through the pipe."""
        if not hasattr(os, "memfd_create"):
            return None
        return cls(os.memfd_create("negatoscope", os.MFD_CLOEXEC))

    def write(self, arrays: Sequence[Array]) -> None:
        """Replace the content by the arrays, one after the other."""
        os.ftruncate(self.fd, 0)
        offset = 0
        for array in arrays:
            view = _bytes_of(array)
            while view:
                written = os.pwrite(self.fd, view, offset)
                offset += written
                view = view[written:]

    def read(self, arrays: Sequence[Array]) -> None:
        """Fill the arrays in order and give the memory back to the system."""
        offset = 0
        for array in arrays:
            view = _bytes_of(array)
            while view:
                count = os.preadv(self.fd, [view], offset)
                if count == 0:
                    raise ProtocolError("the memory block is shorter than announced")
                offset += count
                view = view[count:]
        os.ftruncate(self.fd, 0)

    def close(self) -> None:
        """Close this end."""
        os.close(self.fd)


def send(stream: BinaryIO, message: Message, block: MemoryBlock | None) -> None:
    """Write one message; raises `OSError` if the other end is gone."""
    arrays = [np.ascontiguousarray(array) for array in message.arrays]
    header = {
        "kind": message.kind,
        "number": message.number,
        "body": message.body,
        "arrays": [[array.dtype.name, list(array.shape)] for array in arrays],
        "inline": block is None,
    }
    payload = json.dumps(header).encode()
    if len(payload) > MAX_MESSAGE_BYTES:
        raise ProtocolError("message too long")
    if arrays and block is not None:
        block.write(arrays)
    stream.write(len(payload).to_bytes(4, "big") + payload)
    if block is None:
        for array in arrays:
            stream.write(_bytes_of(array))
    stream.flush()


def receive(stream: BinaryIO, block: MemoryBlock | None) -> Message | None:
    """Read one message; None at the end of the stream. Raises `ProtocolError`."""
    prefix = stream.read(4)
    if len(prefix) < 4:
        return None
    length = int.from_bytes(prefix, "big")
    if length > MAX_MESSAGE_BYTES:
        raise ProtocolError("message too long")
    payload = stream.read(length)
    if len(payload) < length:
        return None
    try:
        header = json.loads(payload)
        kind, body, inline = str(header["kind"]), header["body"], bool(header["inline"])
        number = int(header["number"])
        arrays = tuple(_announced(name, shape) for name, shape in header["arrays"])
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
        raise ProtocolError("not a message") from error
    if not isinstance(body, dict) or sum(array.nbytes for array in arrays) > MAX_ARRAY_BYTES:
        raise ProtocolError("not a message")
    if inline:
        _read_inline(stream, arrays)
    elif arrays:
        if block is None:
            raise ProtocolError("no memory block is shared")
        block.read(arrays)
    for array in arrays:
        array.flags.writeable = False
    return Message(kind=kind, number=number, body=body, arrays=arrays)


def error_body(error: BaseException, cause: str) -> dict[str, str]:
    """An error of ours as JSON; anything else becomes a plain `WorkerError`."""
    if not isinstance(error, errors.NegatoscopeError):
        error = errors.WorkerError("Something unexpected went wrong in the background.")
    return {
        "error": type(error).__name__,
        "message": error.message,
        "what_to_do": error.what_to_do,
        "cause": cause,
    }


def error_from(body: Mapping[str, Any]) -> errors.NegatoscopeError:
    """The error that `error_body` described, with its technical cause chained."""
    kind = getattr(errors, str(body.get("error", "")), None)
    if not (isinstance(kind, type) and issubclass(kind, errors.NegatoscopeError)):
        kind = errors.WorkerError
    text = {key: str(body.get(key, ""))[:_LONGEST_SENTENCE] for key in ("message", "what_to_do")}
    error = kind(text["message"], what_to_do=text["what_to_do"])
    error.__cause__ = errors.TechnicalError(str(body.get("cause", ""))[:_LONGEST_CAUSE])
    return error


def _announced(name: str, shape: Sequence[int]) -> Array:
    sizes = [int(size) for size in shape]
    if name not in _DTYPES or len(sizes) > 8 or any(size < 0 for size in sizes):
        raise ProtocolError("an array of an unknown kind")
    if math.prod(sizes) * np.dtype(name).itemsize > MAX_ARRAY_BYTES:
        raise ProtocolError("an array that is too large")
    return np.empty(sizes, dtype=name)


def _bytes_of(array: Array) -> memoryview:
    return memoryview(cast("Any", array.reshape(-1).view(np.uint8)))


def _read_inline(stream: BinaryIO, arrays: Sequence[Array]) -> None:
    for array in arrays:
        view = _bytes_of(array)
        while view:
            count = cast("Any", stream).readinto(view)
            if not count:
                raise ProtocolError("the stream ended inside an array")
            view = view[count:]
