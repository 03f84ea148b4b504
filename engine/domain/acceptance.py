"""An acceptance test: how far a model's drafts agree with a site's own signed reports.

Counts only. Nothing here names a patient, quotes a report or judges a reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from engine.domain.analytics import Share

_READ_BY_RULES = (
    "Findings are read from English text by rules; docs/findings.md says how well. A report that "
    "does not mention a finding counts as a report without it."
)
DRAFTING = "Drafting"
"""Message of the progress while studies are drafted."""
FEW_STUDIES = 100
"""Fewer studies than this are called few."""
FEW_IN_GROUP = 30
FEW_CASES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyOutcome:
    """One study: what the draft asserts and what the report asserts.

    Attributes:
        drafted: Findings that the draft asserts, sorted.
        reported: Findings that the report, or the study's codes, assert, sorted.
        is_abnormal: Whether the report says that something is not normal.
        groups: Kind and value of what the headers tell, e.g. ("sex", "F").
        seconds: Time of the draft.
    """

    drafted: tuple[str, ...]
    reported: tuple[str, ...]
    is_abnormal: bool
    groups: tuple[tuple[str, str], ...]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A figure with its 95 % interval (bootstrap over studies)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Agreement over some studies, micro-averaged over all pairs of study and finding.

    Attributes:
        name: Which studies, or which way of writing reports.
        reported: Number of findings in the reports.
        drafted: Number of findings in the drafts.
        both: Number of findings in both.
    """

    name: str
    studies: int
    reported: int
    drafted: int
    both: int
    precision: Measured
    recall: Measured
    f1: Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingAgreement:
    """One finding over all studies."""

    category: str
    reported: int
    drafted: int
    both: int

    @property
    def missed(self) -> int:
        """Number of studies whose report has the finding and whose draft has not."""
        return self.reported - self.both

    @property
    def added(self) -> int:
        """Number of studies whose draft has the finding and whose report has not."""
        return self.drafted - self.both

    @property
    def precision(self) -> Share:
        """Share of the drafted findings that are reported."""
        return Share(count=self.both, total=self.drafted)

    @property
    def recall(self) -> Share:
        """Share of the reported findings that are drafted."""
        return Share(count=self.both, total=self.reported)

    @property
    def f1(self) -> float:
        """Harmonic mean of both; 0 without any."""
        total = self.drafted + self.reported
        return 2 * self.both / total if total else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceFigures:
    """All figures of an acceptance test.

    Attributes:
        abnormal: Over studies whose report is not normal; None if there are none.
        exchanged: Drafts handed to other studies, over all orders together.
        constant: The constant report that would have agreed best with these reports.
        constant_claims: The findings that it names.
        ahead_of_exchanged: F1 of the drafts less that of exchanged ones, over the same drawn
            studies.
        ahead_of_constant: The same beside the constant.
        findings: The most often reported first.
        groups: Kind of group, then the agreement in each of its groups.
        seconds: Median and 95th percentile of the time of a draft.
    """

    whole: Agreement
    abnormal: Agreement | None
    exchanged: Agreement
    exchanged_abnormal: Agreement | None
    constant: Agreement
    constant_claims: tuple[str, ...]
    ahead_of_exchanged: Measured
    ahead_of_constant: Measured
    findings: tuple[FindingAgreement, ...]
    groups: tuple[tuple[str, tuple[Agreement, ...]], ...]
    seconds: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceResult:
    """A finished acceptance test.

    Attributes:
        model: Name and version.
        model_sha256: Hash of the model's manifest, hex.
        licence: Of the model.
        program: Version of Negatoscope.
        day: Local day of the test.
        references: What drafts were compared with, e.g. "report text", with the number of studies.
        left_out: Reasons why studies or files were left out, with their number.
    """

    model: str
    model_sha256: str
    licence: str
    program: str
    day: date
    references: tuple[tuple[str, int], ...]
    left_out: tuple[tuple[str, int], ...]
    figures: AcceptanceFigures

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the figures say and what they do not, in sentences; no verdict."""
        figures, whole = self.figures, self.figures.whole
        return (
            _named(whole),
            _beside(figures.ahead_of_exchanged, "drafts of other studies do"),
            _beside(figures.ahead_of_constant, "the best constant report does"),
            *_about_numbers(figures),
            _READ_BY_RULES,
        )


def _named(whole: Agreement) -> str:
    return (
        f"Of {whole.reported} findings in the reports the drafts name {whole.both}; of "
        f"{whole.drafted} findings in the drafts {whole.both} are in the reports."
    )


def _beside(ahead: Measured, what: str) -> str:
    """How the drafts stand beside something that looked at no film."""
    numbers = f"the difference of F1 is {figure(ahead)}"
    if ahead.low > 0:
        return f"The drafts agree with the reports better than {what}: {numbers}."
    if ahead.high < 0:
        return f"The drafts agree with the reports less than {what}: {numbers}."
    return f"Whether the drafts agree with the reports better than {what} is open: {numbers}."


def _about_numbers(figures: AcceptanceFigures) -> tuple[str, ...]:
    found = []
    if figures.whole.studies < FEW_STUDIES:
        found.append(
            f"{figures.whole.studies} studies are few: the intervals are wide, and another sample "
            "of the same site may look different."
        )
    rare = sum(0 < one.reported < FEW_CASES for one in figures.findings)
    if rare:
        found.append(
            f"{rare} findings are in fewer than {FEW_CASES} reports each: about these the test "
            "says next to nothing."
        )
    return tuple(found)


def figure(measured: Measured) -> str:
    """A figure with its interval, e.g. ".307 [.268, .346]"."""
    return f"{short(measured.value)} [{short(measured.low)}, {short(measured.high)}]"


def short(value: float) -> str:
    """Three decimals without the leading 0."""
    return f"{value:.3f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.3f}"
