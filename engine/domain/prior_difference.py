"""How findings and numbers changed between two reports of one patient."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Course(StrEnum):
    """What became of a finding from one report to the next."""

    NEW = "new"
    GONE = "gone"
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingCourse:
    """One finding in both reports.

    Attributes:
        category: Name in the lexicon.
        where: Side and site in plain words; empty if neither sentence says.
        before: The earlier report's sentence; empty if it does not mention the finding.
        after: This report's sentence, empty likewise. If the finding is gone, this is the sentence
            that denies it, if there is one.
        remark: What differs in a finding that stayed, e.g. "mild, then moderate".
    """

    course: Course
    category: str
    where: str
    before: str
    after: str
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberCourse:
    """One quantity that both reports, or one of them, measure.

    Attributes:
        before: Value and unit as written; empty if the earlier report has none.
        after: Value and unit in this report; empty if it has none.
        remark: Why the two may not be compared, e.g. "PA, then AP"; empty if they may.
    """

    quantity: str
    before: str
    after: str
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorDifference:
    """What changed since an earlier report, in the order new, gone, same."""

    findings: tuple[FindingCourse, ...]
    numbers: tuple[NumberCourse, ...]
