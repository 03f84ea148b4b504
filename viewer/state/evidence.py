"""What the sentence in focus rests on, and which sentences looked at a place of a film.

Only for sentences that were tested (those that assert a finding), and cells only if the model's
cells were measured well enough to be drawn; otherwise the grade is all that a reader gets.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.domain.evidence import GRADE_WORDS, Evidence, Region
from engine.domain.report import ReportSentence, SentenceId, SentenceState
from engine.domain.study import SopUid
from viewer.errors import Notice, Severity
from viewer.state.report import ReportState

NOT_DRAWN = "This model's cells are not shown: they did not prove good enough to point at anything."


class EvidenceState(QObject):
    """The evidence of one sentence at a time.

    Signals:
        changed: Another sentence, another draft, or switched on or off.
        noticed: `Notice`.
    """

    changed = Signal()
    noticed = Signal(object)

    def __init__(self, report: ReportState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._report = report
        self._is_on = True
        self._focused: SentenceId | None = None
        report.opened.connect(self._forget)
        report.changed.connect(self.changed)

    @property
    def is_on(self) -> bool:
        """Whether cells may be drawn."""
        return self._is_on

    @property
    def focused_id(self) -> SentenceId | None:
        """The sentence that the reader looked at last."""
        return self._focused

    @property
    def focused(self) -> Evidence | None:
        """Evidence of the sentence in focus; None without any."""
        sentence = self._sentence(self._focused)
        return self.of(sentence) if sentence is not None else None

    def toggle(self) -> None:
        """Draw cells or not."""
        if self.tell_why_not():
            return
        self._is_on = not self._is_on
        self.changed.emit()

    def tell_why_not(self) -> bool:
        """Say so if the cells of the present draft are not shown at all; False if they are."""
        draft = self._report.draft
        if draft is None or draft.draws_cells:
            return False
        self.noticed.emit(Notice(title="Cells", sentence=NOT_DRAWN, severity=Severity.QUIET))
        return True

    def focus(self, sentence: SentenceId | None) -> None:
        """The reader looks at another sentence, or at none."""
        if sentence != self._focused:
            self._focused = sentence
            self.changed.emit()

    def of(self, sentence: ReportSentence) -> Evidence | None:
        """What a sentence of the model rests on; None if that was not asked."""
        draft = self._report.draft
        if draft is None or sentence.state is SentenceState.AUTHOR:
            return None
        return draft.evidence_of(sentence.draft_text)

    def words_for(self, sentence: ReportSentence) -> str:
        """The grade as a sentence; empty if it was not asked."""
        evidence, draft = self.of(sentence), self._report.draft
        if evidence is None or draft is None:
            return ""
        return GRADE_WORDS[draft.draws_cells, evidence.grade]

    def regions_on(self, film: SopUid) -> tuple[Region, ...]:
        """Cells to be drawn on a film now."""
        evidence, draft = self.focused, self._report.draft
        if not self._is_on or evidence is None or draft is None or not draft.draws_cells:
            return ()
        return tuple(region for region in evidence.regions if region.film == film)

    def sentences_at(self, film: SopUid, x: float, y: float) -> tuple[SentenceId, ...]:
        """Sentences that looked at a place in image pixels, those that did most first."""
        report, draft = self._report.report, self._report.draft
        if report is None or draft is None or not draft.draws_cells:
            return ()
        found = [
            (region.weight, sentence.id)
            for sentence in report.sentences
            for region in self._regions_of(sentence)
            if region.film == film and region.contains(x, y)
        ]
        return tuple(sentence for _, sentence in sorted(found, key=lambda pair: -pair[0]))

    def _regions_of(self, sentence: ReportSentence) -> tuple[Region, ...]:
        evidence = self.of(sentence)
        return evidence.regions if evidence is not None else ()

    def _sentence(self, wanted: SentenceId | None) -> ReportSentence | None:
        report = self._report.report
        sentences = report.sentences if report is not None else ()
        return next((s for s in sentences if s.id == wanted), None)

    def _forget(self) -> None:
        self._focused = None
        self.changed.emit()
