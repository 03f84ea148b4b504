"""Rectangles of device pixels, as parts of arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewArea:
    """Device pixels of a view: x right, y down; right and bottom are the first outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Pixels across, at least 0."""
        return max(self.right - self.left, 0)

    @property
    def height(self) -> int:
        """Pixels down, at least 0."""
        return max(self.bottom - self.top, 0)

    @property
    def size(self) -> int:
        """Number of pixels."""
        return self.width * self.height

    @property
    def is_empty(self) -> bool:
        """Whether there are none."""
        return self.size == 0

    def moved(self, dx: int, dy: int) -> ViewArea:
        """The same further right and down."""
        return ViewArea(
            left=self.left + dx, top=self.top + dy, right=self.right + dx, bottom=self.bottom + dy
        )

    def intersected(self, other: ViewArea) -> ViewArea:
        """What lies in both."""
        return ViewArea(
            left=max(self.left, other.left),
            top=max(self.top, other.top),
            right=min(self.right, other.right),
            bottom=min(self.bottom, other.bottom),
        )

    def around(self, hole: ViewArea) -> Iterator[ViewArea]:
        """What remains without a part of it: up to four areas."""
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
        """All of it from top to bottom, in whole rows of about `size` pixels together."""
        rows = max(1, size // max(self.width, 1))
        for top in range(self.top, self.bottom if self.width else self.top, rows):
            bottom = min(top + rows, self.bottom)
            yield ViewArea(left=self.left, top=top, right=self.right, bottom=bottom)

    def within(self, outer: ViewArea) -> tuple[slice, slice]:
        """Rows and columns of this in the array of an area around it."""
        return (
            slice(self.top - outer.top, self.bottom - outer.top),
            slice(self.left - outer.left, self.right - outer.left),
        )
