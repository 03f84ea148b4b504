"""Signing: patient, changes to the draft, meaning and passphrase.

Return never signs on the first press, as in every `SignedSheet`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, QSizeF, Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from engine.domain.difference import Fate, draft_differences
from engine.domain.report import Report, ReportSentence, SentenceSource, SentenceState
from engine.domain.study import Study
from viewer.dialogs.sheet import EDGE, SCREEN_MARGIN
from viewer.dialogs.signed_sheet import SignedSheet
from viewer.state.report import ReportState
from viewer.state.wording import name_of, person_line, study_line
from viewer.widgets.difference_text import DifferenceText

WIDTH, FORM_WIDTH = 960, 428
REST_HEIGHT = 140
"""Height of the sheet above and below the report's text, in px."""
_FOR_GOOD = "A signed report cannot be changed."
_PREPARED = (SentenceSource.TEMPLATE, SentenceSource.ORDER)
PRELIMINARY_MEANINGS = ("I prepared this report for an attending to review.",)
MEANINGS = (
    "I am the author of this report.",
    "I have reviewed this report and approve it.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftDifferences:
    """The report's sentences by what became of the draft."""

    unchanged: tuple[ReportSentence, ...]
    edited: tuple[ReportSentence, ...]
    rejected: tuple[ReportSentence, ...]
    written: tuple[ReportSentence, ...]
    template: tuple[ReportSentence, ...]
    order: tuple[ReportSentence, ...] = ()

    @property
    def line(self) -> str:
        """The counts in one line."""
        counts = {
            "AI unchanged": self.unchanged,
            "edited": self.edited,
            "rejected": self.rejected,
            "yours": self.written,
            "template": self.template,
            "of the order": self.order,
        }
        return "  ·  ".join(f"{len(told)} {what}" for what, told in counts.items() if told)


def differences(report: Report) -> DraftDifferences:
    """Sort the report's sentences by what became of the draft."""

    def having(state: SentenceState) -> tuple[ReportSentence, ...]:
        return tuple(s for s in report.sentences if s.state is state and s.text.strip())

    own = having(SentenceState.AUTHOR)
    return DraftDifferences(
        unchanged=having(SentenceState.AI_ACCEPTED),
        edited=having(SentenceState.AI_EDITED),
        rejected=having(SentenceState.AI_REJECTED),
        written=tuple(s for s in own if s.source not in _PREPARED),
        template=tuple(s for s in own if s.source is SentenceSource.TEMPLATE),
        order=tuple(s for s in own if s.source is SentenceSource.ORDER),
    )


class SignSheet(SignedSheet):
    """Signs the open report. Closes once it is signed.

    Args:
        state: State of the open report.
        study: Study of the report.
        report: The report to sign.
        parent: The window.
        left: Open points that do not prevent signing, as sentences.
        is_preliminary: Whether the report goes to an attending instead of becoming final.
    """

    def __init__(
        self,
        state: ReportState,
        study: Study,
        report: Report,
        parent: QWidget | None = None,
        *,
        left: Sequence[str] = (),
        is_preliminary: bool = False,
    ) -> None:
        title = "Sign as preliminary" if is_preliminary else "Sign the report"
        super().__init__(title, "Sign", WIDTH, parent)
        self._state = state
        self._is_preliminary = is_preliminary
        self._meanings = PRELIMINARY_MEANINGS if is_preliminary else MEANINGS
        room = self.available_size() - QSize(SCREEN_MARGIN, SCREEN_MARGIN)
        beside = min(WIDTH, room.width()) - FORM_WIDTH - 3 * EDGE
        if beside >= FORM_WIDTH:
            self.report = _WholeReport(report, beside, room.height() - REST_HEIGHT)
            self.add_beside(self.report)
        else:
            self.report = _WholeReport(report, room.width() - 3 * EDGE, room.height() // 2)
            self.column.addWidget(self.report)
        if is_preliminary:
            self.add_heading("Preliminary report")
        self.name = self.add_label(name_of(study.patient), role="display")
        self.person = self.add_label(
            person_line(study.patient, study.study_date, study.patient_age)
        )
        self.add_label(study_line(study), role="dim")
        self.summary = QLabel()
        self.meanings = QButtonGroup(self)
        self._lay_out(report, left)
        self.passphrase.setFocus()

    def _lay_out(self, report: Report, left: Sequence[str]) -> None:
        found = differences(report)
        self.summary.setText(found.line)
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        self.summary.setWordWrap(True)
        self.add_field("Sentences", self.summary)
        for line in left:
            self.add_label(line, role="amber")
        self.add_field("Meaning of the signature", self._meaning_choice())
        self.add_signature("An attending can still edit it." if self._is_preliminary else _FOR_GOOD)

    def _meaning_choice(self) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for number, meaning in enumerate(self._meanings):
            button = QRadioButton(meaning)
            button.setChecked(number == 0)
            self.meanings.addButton(button, number)
            column.addWidget(button)
        return box

    def submit(self) -> None:
        """Sign the report."""
        self._state.sign(
            self.passphrase.text(),
            self._meanings[self.meanings.checkedId()],
            self.accept,
            self.tell_failure,
            is_preliminary=self._is_preliminary,
        )


class _WholeReport(DifferenceText):
    """The report, with removals from the draft struck through and additions underlined.

    Args:
        report: All of it.
        width: In px.
        most: Greatest height in px; a longer report scrolls.
    """

    def __init__(self, report: Report, width: int, most: int) -> None:
        super().__init__()
        self._most = most
        # Without a draft there is nothing to compare with, so the rows get no labels.
        words = None if report.draft_id is not None else dict.fromkeys(Fate, "")
        self.show_differences(draft_differences(report), words)
        self.setAccessibleName("Report")
        self.setFixedWidth(width)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self._fit(self.document().size())

    def _fit(self, size: QSizeF) -> None:
        self.setFixedHeight(min(math.ceil(size.height()), self._most))
