"""Rectangles of device pixels, as parts of arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewArea:
    """A rectangle of device pixels: x right, y down; right and bottom are exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Width in pixels, at least 0."""
        return max(self.right - self.left, 0)

    @property
    def height(self) -> int:
        """Height in pixels, at least 0."""
        return max(self.bottom - self.top, 0)

    @property
    def size(self) -> int:
        """Number of pixels."""
        return self.width * self.height

    @property
    def is_empty(self) -> bool:
        """Whether the area holds no pixel."""
        return self.size == 0

    def moved(self, dx: int, dy: int) -> ViewArea:
        """The area moved right and down."""
        return ViewArea(
            left=self.left + dx, top=self.top + dy, right=self.right + dx, bottom=self.bottom + dy
        )

    def intersected(self, other: ViewArea) -> ViewArea:
        """The area common to both."""
        return ViewArea(
            left=max(self.left, other.left),
            top=max(self.top, other.top),
            right=min(self.right, other.right),
            bottom=min(self.bottom, other.bottom),
        )

    def around(self, hole: ViewArea) -> Iterator[ViewArea]:
        """The area without a part of it, as up to four areas."""
        for left, top, right, bottom in (
            (self.left, self.top, self.right, hole.top),
            (self.left, hole.bottom, self.right, self.bottom),
            (self.left, hole.top, hole.left, hole.bottom),
            (hole.right, hole.top, self.right, hole.bottom),
        ):
            strip = ViewArea(left=left, top=top, right=right, bottom=bottom)
            if not strip.is_empty:
                yield strip

    def strips(self, size: int) -> Iterator[ViewArea]:
        """The area in strips from top to bottom: whole rows, about `size` pixels each."""
        rows = max(1, size // max(self.width, 1))
        for top in range(self.top, self.bottom if self.width else self.top, rows):
            bottom = min(top + rows, self.bottom)
            yield ViewArea(left=self.left, top=top, right=self.right, bottom=bottom)

    def within(self, outer: ViewArea) -> tuple[slice, slice]:
        """Row and column slices of this area in the array of an enclosing area."""
        return (
            slice(self.top - outer.top, self.bottom - outer.top),
            slice(self.left - outer.left, self.right - outer.left),
        )
