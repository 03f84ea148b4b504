"""The evidence of the sentence in focus, and the sentences whose evidence covers a point.

Only sentences that assert a finding are tested. Cells are drawn only if the model's cells were
measured well enough; otherwise the reader gets the grade alone.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.domain.evidence import GRADE_WORDS, Evidence, Region
from engine.domain.report import ReportSentence, SentenceId
from engine.domain.study import SopUid
from engine.domain.tested import CHANGED, evidence_for, has_changed
from viewer.state.notices import Notices
from viewer.state.report import ReportState

NOT_DRAWN = "No image areas are shown for this model: they did not prove reliable."


class EvidenceState(QObject):
    """The evidence of one sentence at a time.

    Signals:
        changed: The focused sentence, the draft or the switch changed.
    """

    changed = Signal()

    def __init__(
        self, report: ReportState, notices: Notices, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._notices = notices
        self._report = report
        self._is_on = True
        self._focused: SentenceId | None = None
        report.opened.connect(self._forget)
        report.changed.connect(self.changed)

    @property
    def is_on(self) -> bool:
        """Whether the reader has cells switched on."""
        return self._is_on

    @property
    def focused_id(self) -> SentenceId | None:
        """The sentence that the reader looked at last."""
        return self._focused

    @property
    def focused(self) -> Evidence | None:
        """Evidence of the sentence in focus; None if it has none."""
        sentence = self._sentence(self._focused)
        return self.of(sentence) if sentence is not None else None

    def toggle(self) -> None:
        """Switch the cells on or off."""
        if self.tell_why_not():
            return
        self._is_on = not self._is_on
        self.changed.emit()

    def tell_why_not(self) -> bool:
        """Tell the reader if this draft's cells are never drawn; False if they are drawn."""
        draft = self._report.draft
        if draft is None or draft.draws_cells:
            return False
        self._notices.say("Cells", NOT_DRAWN)
        return True

    def focus(self, sentence: SentenceId | None) -> None:
        """Set the sentence that the reader looks at; None for no sentence."""
        if sentence != self._focused:
            self._focused = sentence
            self.changed.emit()

    def of(self, sentence: ReportSentence) -> Evidence | None:
        """Evidence of a sentence; None if it was not tested in its present words."""
        draft = self._report.draft
        return None if draft is None else evidence_for(draft, sentence)

    def words_for(self, sentence: ReportSentence) -> str:
        """The grade in words, or that other words were tested; empty if nothing was tested."""
        evidence, draft = self.of(sentence), self._report.draft
        if draft is None:
            return ""
        if evidence is None:
            return CHANGED if has_changed(draft, sentence) else ""
        return GRADE_WORDS[draft.draws_cells, evidence.grade]

    def regions_on(self, film: SopUid) -> tuple[Region, ...]:
        """Cells to draw on a film, in image pixels."""
        evidence, draft = self.focused, self._report.draft
        if not self._is_on or evidence is None or draft is None or not draft.draws_cells:
            return ()
        return tuple(region for region in evidence.regions if region.film == film)

    def sentences_at(self, film: SopUid, x: float, y: float) -> tuple[SentenceId, ...]:
        """Sentences whose evidence covers a point in image pixels, highest weight first."""
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
