"""What the guards say about the open report, kept up to date while it is written.

The rules run off the main thread, a moment after the last change: their word lists take a second
to read the first time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QObject, QTimer, Signal

from engine.domain.areas import AreaState
from engine.domain.guard import GuardAlert, GuardRule, Measured
from engine.domain.report import Report, ReportSentence, Section, SentenceId, SentenceSource
from engine.domain.study import Study, StudyUid
from engine.services.checking import (
    ReportCheck,
    SentenceMarks,
    check,
    with_side,
    without_words,
)
from viewer.state.library import LibraryState
from viewer.state.report import ReportState
from viewer.tasks.runner import TaskRunner

PAUSE_MS = 120
NO_MARKS = SentenceMarks(text="")


class GuardState(QObject):
    """Alerts and marks of the open report.

    Signals:
        changed: Read `result`.
    """

    changed = Signal()

    def __init__(
        self,
        runner: TaskRunner,
        library: LibraryState,
        report: ReportState,
        parent: QObject | None = None,
        measured: Callable[[StudyUid], tuple[Measured, ...]] = lambda _study: (),
    ) -> None:
        super().__init__(parent)
        self._measured = measured
        self._runner = runner
        self._library = library
        self._report = report
        self._result = ReportCheck(marks={})
        self._checked: tuple[Report, Study] | None = None
        self._checked_with: tuple[Measured, ...] = ()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._run)
        report.opened.connect(self._start_anew)
        report.changed.connect(self._pause.start)
        library.study_changed.connect(self._pause.start)

    @property
    def result(self) -> ReportCheck:
        """What was found last; of a report that is closed, nothing."""
        return self._result

    @property
    def is_current(self) -> bool:
        """Whether `result` is about the report as it stands."""
        return self._checked is not None and self._checked[0] is self._report.report

    @property
    def has_read(self) -> bool:
        """Whether `result` is about a report with sentences."""
        return self._checked is not None and bool(self._checked[0].kept())

    def look_again(self) -> None:
        """Something on the films changed."""
        self._pause.start()

    def marks_of(self, sentence: ReportSentence) -> SentenceMarks:
        """Words to be looked at; none while the sentence is being checked again."""
        marks = self._result.marks.get(sentence.id, NO_MARKS)
        return marks if marks.text == sentence.text else NO_MARKS

    def alerts_at(self, sentence: SentenceId) -> tuple[GuardAlert, ...]:
        """Alerts of the budget that are told at this sentence: each at its first one."""
        return tuple(a for a in self._result.shown if a.sentence_ids[0] == sentence)

    def settle(self, sentence: SentenceId, rule: GuardRule) -> bool:
        """The reader says that it is right as it stands."""
        return self._report.edit(lambda report, now: report.with_settled(sentence, rule.name, now))

    def settle_all(self, alert: GuardAlert) -> None:
        """The same for every sentence of an alert."""
        for sentence in alert.sentence_ids:
            self.settle(sentence, alert.rule)

    def set_side(self, sentence: ReportSentence, word: str) -> bool:
        """The reader says which side; an empty word takes it out of the sentence."""
        sides = self.marks_of(sentence).sides
        if not sides:
            return False
        text = sentence.text
        if sides[0].word.lower() != word:
            text = with_side(text, sides[0], word)

        def change(report: Report, now: datetime) -> Report:
            changed = report if text == sentence.text else report.with_text(sentence.id, text, now)
            return changed.with_settled(sentence.id, GuardRule.LATERALITY.name, now)

        return self._report.edit(change)

    def take_out(self, sentence: ReportSentence) -> bool:
        """Take the words that lean on an earlier film, or the numbers, out of a sentence."""
        marks = self.marks_of(sentence)
        text = without_words(sentence.text, (*marks.priors, *marks.numbers))
        return self._report.set_text(sentence.id, text)

    def link_prior(self, prior: StudyUid) -> bool:
        """Compare the report with an earlier study."""
        return self._report.edit(lambda report, now: report.with_prior(prior, now))

    def call_normal(self, name: str = "") -> None:
        """Write the normal sentence of a silent area, or of all; nothing else is touched."""
        silent = [
            area
            for area in self._result.areas
            if area.state is AreaState.SILENT and name in {"", area.name}
        ]

        def change(report: Report, now: datetime) -> Report:
            for area in silent:
                report = report.with_sentence(
                    Section.FINDINGS, area.normal, now, source=SentenceSource.TEMPLATE
                )
            return report

        # What was found may be about an older text: the next check decides again.
        if silent and self.is_current:
            self._report.edit(change)

    def _start_anew(self) -> None:
        self._result, self._checked = ReportCheck(marks={}), None
        self._pause.start()
        self.changed.emit()

    def _run(self) -> None:
        report, study = self._report.report, self._library.study
        if report is None or study is None or report.study_uid != study.uid:
            return
        measured = self._measured(study.uid)
        is_same = measured == self._checked_with
        if self._checked is not None and is_same and _is_same(self._checked[0], report):
            self._checked = (report, study)
            return

        def done(result: ReportCheck) -> None:
            if self._report.report is not None and self._report.report.id == report.id:
                self._result, self._checked = result, (report, study)
                self._checked_with = measured
                if not self.is_current:
                    # Answers may come in another order than they were asked for.
                    self._pause.start()
                self.changed.emit()

        self._runner.query(lambda: check(report, study, measured), done)


def _is_same(one: Report, other: Report) -> bool:
    return (one.id, one.sentences, one.prior_uid) == (other.id, other.sentences, other.prior_uid)
