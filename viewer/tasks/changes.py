"""What a write changed, so that the states that show it read again, and no others."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSet:
    """Parts of the workspace that a write touched.

    Attributes:
        studies: Rows of the study list: a study came, went, or its status changed.
        reports: The list of past reports.
    """

    studies: bool = False
    reports: bool = False


NOTHING = ChangeSet()
