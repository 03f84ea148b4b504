"""Rotation and flip of a film in its viewport, and the orientation letters that follow.

The eight states are the symmetries of a square. "Image pixels" have x right and y down and measure
pixel centres; "view pixels" are the same after rotation and flip, at scale one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

_OPPOSITE = {"L": "R", "R": "L", "A": "P", "P": "A", "H": "F", "F": "H"}


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeLetters:
    """The patient's directions at the edges of the viewport, e.g. "R" or "RA"; "?" if unknown."""

    left: str
    right: str
    top: str
    bottom: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewTransform:
    """How a film is turned: mirrored left to right first, then rotated clockwise.

    Attributes:
        quarter_turns: Clockwise quarter turns, 0 to 3.
        mirrored: Whether left and right are swapped before the rotation.
    """

    quarter_turns: int = 0
    mirrored: bool = False

    def __post_init__(self) -> None:
        """Reduce the quarter turns modulo 4."""
        object.__setattr__(self, "quarter_turns", self.quarter_turns % 4)

    def rotated(self, quarter_turns: int) -> ViewTransform:
        """Rotated further, clockwise as seen on the screen."""
        return replace(self, quarter_turns=self.quarter_turns + quarter_turns)

    def flipped_horizontally(self) -> ViewTransform:
        """Left and right of the screen swapped."""
        return ViewTransform(quarter_turns=-self.quarter_turns, mirrored=not self.mirrored)

    def flipped_vertically(self) -> ViewTransform:
        """Top and bottom of the screen swapped."""
        return self.flipped_horizontally().rotated(2)

    def size(self, rows: int, columns: int) -> tuple[int, int]:
        """Rows and columns of an image of that size after rotation."""
        return (columns, rows) if self.quarter_turns % 2 else (rows, columns)

    def to_view(self, x: float, y: float, *, rows: int, columns: int) -> tuple[float, float]:
        """Image pixels to view pixels, for an image of that size."""
        if self.mirrored:
            x = columns - 1 - x
        for _ in range(self.quarter_turns):
            x, y = rows - 1 - y, x
            rows, columns = columns, rows
        return x, y

    def to_image(self, x: float, y: float, *, rows: int, columns: int) -> tuple[float, float]:
        """View pixels to image pixels; the inverse of `to_view`, with the image's size."""
        rows, columns = self.size(rows, columns)
        for _ in range(self.quarter_turns):
            x, y = y, columns - 1 - x
            rows, columns = columns, rows
        if self.mirrored:
            x = columns - 1 - x
        return x, y

    def matrix(self, rows: int, columns: int) -> tuple[float, float, float, float, float, float]:
        """Image to view as `(m11, m12, m21, m22, dx, dy)` of pixel corners.

        x' = m11 x + m21 y + dx and y' = m12 x + m22 y + dy, the order of QTransform. Corners are
        half a pixel before centres, so that the film's outline maps onto the view's.
        """
        origin = self._corner(0, 0, rows, columns)
        right = self._corner(1, 0, rows, columns)
        down = self._corner(0, 1, rows, columns)
        return (
            right[0] - origin[0],
            right[1] - origin[1],
            down[0] - origin[0],
            down[1] - origin[1],
            origin[0],
            origin[1],
        )

    def letters(self, orientation: tuple[str, str] | None) -> EdgeLetters:
        """Letters at the edges of the viewport.

        Args:
            orientation: (0020,0020), the directions in which rows and columns run, e.g. ("L", "F");
                None gives "?" everywhere: sides are never guessed.
        """
        if orientation is None:
            return EdgeLetters(left="?", right="?", top="?", bottom="?")
        right, bottom = orientation
        left, top = opposite(right), opposite(bottom)
        if self.mirrored:
            left, right = right, left
        for _ in range(self.quarter_turns):
            left, top, right, bottom = bottom, left, top, right
        return EdgeLetters(left=left, right=right, top=top, bottom=bottom)

    def _corner(self, x: float, y: float, rows: int, columns: int) -> tuple[float, float]:
        view_x, view_y = self.to_view(x - 0.5, y - 0.5, rows=rows, columns=columns)
        return view_x + 0.5, view_y + 0.5


def opposite(direction: str) -> str:
    """The opposite direction, letter by letter: "LPF" gives "RAH"; "?" if unknown."""
    if not direction or any(letter not in _OPPOSITE for letter in direction):
        return "?"
    return "".join(_OPPOSITE[letter] for letter in direction)
