"""The logo of a letterhead: the institution's PNG file inside an SVG drawing.

It is a document's only picture from outside the product. Only its header is parsed here; the layout
decodes the rest.
"""

from __future__ import annotations

import struct
from base64 import b64encode
from pathlib import Path

from engine.errors import ExportError

MAX_BYTES = 1_000_000
MAX_SIDE = 4000
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEAD = struct.Struct(">4x4sII")
_ASK_FOR_ANOTHER = "Choose a PNG picture of at most 1 MB and 4,000 pixels a side."


def logo_drawing(path: Path) -> str:
    """The logo as an SVG drawing; raises `ExportError`."""
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ExportError(
            "The logo cannot be read.", what_to_do="Choose it again, or take it away."
        ) from error
    width, height = _size(content)
    png = b64encode(content).decode("ascii")
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}'>"
        f"<image width='{width}' height='{height}' href='data:image/png;base64,{png}'/></svg>"
    )


def _size(content: bytes) -> tuple[int, int]:
    """Width and height in pixels (PNG, 11.2.1: IHDR comes first)."""
    if len(content) <= MAX_BYTES and content.startswith(_SIGNATURE) and len(content) >= 33:
        kind, width, height = _HEAD.unpack_from(content, len(_SIGNATURE))
        if kind == b"IHDR" and 0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE:
            return width, height
    raise ExportError("The logo cannot be used.", what_to_do=_ASK_FOR_ANOTHER)
