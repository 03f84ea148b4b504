"""What a write changed, so that only the states that show it read again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSet:
    """Parts of the workspace that a write changed.

    Attributes:
        studies: The study list: a study was added or removed, or its status changed.
        reports: The list of past reports.
    """

    studies: bool = False
    reports: bool = False


NOTHING = ChangeSet()
