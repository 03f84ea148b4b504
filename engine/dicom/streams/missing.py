"""Errors for incomplete films, with their messages."""

from __future__ import annotations

from engine.errors import DamagedFileError, IncompleteImageError

COPY_AGAIN = "Copy it again from where it came from."


def cut_short() -> IncompleteImageError:
    """The error for an image that ends early at an unknown point."""
    return IncompleteImageError("The image inside the file is cut short.", what_to_do=COPY_AGAIN)


def rows_missing(first: int, last: int, of: int) -> IncompleteImageError:
    """The error for missing or unreliable rows.

    Args:
        first: First of the rows, from 0.
        last: The row after the last.
        of: Rows of the image.
    """
    if first == 0 and last == of:
        where = "nothing of it can be trusted"
    elif last == of:
        where = f"it is not whole from row {first + 1:,} of {of:,} on"
    else:
        where = f"rows {first + 1:,} to {last:,} of {of:,} are not whole"
    return IncompleteImageError(
        f"A part of the image inside the file is missing: {where}.", what_to_do=COPY_AGAIN
    )


def damaged() -> DamagedFileError:
    """The error for code that no encoder would write."""
    return DamagedFileError("The image inside the file is damaged.", what_to_do=COPY_AGAIN)
