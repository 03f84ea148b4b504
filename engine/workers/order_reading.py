"""The decode worker's verb for order files: which kind a file is, and the orders in it."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Final

from engine.dicom.reader import looks_like_dicom, opened, read_header
from engine.dicom.worklist_file import worklist_order
from engine.documents.orders.fhir_order import fhir_orders
from engine.documents.orders.hl7_order import hl7_orders
from engine.documents.orders.hl7_text import ENVELOPES
from engine.domain.order import Order, OrderFile
from engine.errors import LimitExceededError, UnsupportedImageError
from engine.workers.entry import Call
from engine.workers.plain import reply_with
from engine.workers.protocol import Reply

GREATEST_BYTES: Final = 8 * 2**20
"""An order has some thousand bytes, a day's batch of a hospital some million."""
_FRAMES: Final = b"\x0b\x1c\r\n \t"
_BYTE_ORDER_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def order_file(call: Call) -> Reply:
    """The orders in one file; raises `InputError` if it holds none."""
    with opened(Path(call.arguments["path"])) as stream:
        content = stream.read(GREATEST_BYTES + 1)
    if len(content) > GREATEST_BYTES:
        raise LimitExceededError("The file is too large to be an order.")
    orders, problems = _orders(content)
    digest = hashlib.sha256(content).hexdigest()
    return reply_with(OrderFile(digest=digest, orders=orders, problems=problems))


def _orders(content: bytes) -> tuple[tuple[Order, ...], tuple[str, ...]]:
    start = content[:64]
    for mark in _BYTE_ORDER_MARKS:
        start = start.removeprefix(mark)
    start = start.replace(b"\0", b"").lstrip(_FRAMES)
    if start[:3] in ENVELOPES:
        return hl7_orders(content)
    if start[:1] in (b"{", b"["):
        return fhir_orders(content)
    stream = io.BytesIO(content)
    if looks_like_dicom(stream):
        return (worklist_order(read_header(stream)),), ()
    raise UnsupportedImageError(
        "It is no order: neither a DICOM worklist file, nor FHIR in JSON, nor HL7 v2."
    )
