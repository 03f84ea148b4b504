"""Report sentences that state a measurement, kept true until signing.

The annotation stores its sentence's id and the text it last gave it. While that text is unchanged,
moving the annotation or calibrating its film rewrites the sentence. Once the reader has edited it,
only the values and the note about their millimetres are updated, and only if each of them occurs at
most once.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import QObject

from engine.domain.annotation import Annotation, Calibration
from engine.domain.report import ReportSentence, Section, SentenceSource
from viewer.state.annotations import AnnotationsState
from viewer.state.report import ReportState
from viewer.state.report_undo import ReportUndo

# A value with its unit, or the bracketed note after it.
_FACT = re.compile(r"-?\d+(?:\.\d+)?(?: (?:mm²|cm²|px²|mm\b|px\b)|°)?|\([^()]*\)")

SentenceOf = Callable[[Annotation], str]
"""Makes the sentence of an annotation; empty if its film is not in view or it measures nothing."""


class MeasuredSentences(QObject):
    """Updates sentences of the open report when their annotations change."""

    def __init__(
        self,
        annotations: AnnotationsState,
        report: ReportState,
        undo: ReportUndo,
        sentence_of: SentenceOf,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._annotations = annotations
        self._report = report
        self._undo = undo
        self._sentence_of = sentence_of
        annotations.put.connect(self._follow)
        annotations.calibrated.connect(self._on_calibrated)

    def insert(self) -> str:
        """Add the selected annotation's measurement to the findings.

        Returns:
            Why that is impossible, as a sentence; empty if it was done.
        """
        annotation, report = self._annotations.selected, self._report.report
        if annotation is None or not annotation.measures:
            return "Select a measurement on the film first."
        if report is None or not report.is_editable:
            return "This report is signed; nothing can be added."
        if annotation.study_uid != report.study_uid:
            return "This measurement is on a film of another study."
        text = self._sentence_of(annotation)
        if not text:
            return "This annotation has no value yet."
        sentence = self._report.add(Section.FINDINGS, text, source=SentenceSource.MEASUREMENT)
        if sentence is not None:
            self._annotations.link(annotation, sentence, text)
        return ""

    def _on_calibrated(self, calibration: Calibration) -> None:
        for annotation in self._annotations.of_film(calibration.sop_uid):
            self._follow(annotation)

    def _follow(self, annotation: Annotation) -> None:
        """Update the sentence of an annotation that has changed."""
        report = self._report.report
        text = self._sentence_of(annotation) if annotation.sentence_id else ""
        if report is None or not report.is_editable or text in {"", annotation.sentence_text}:
            return
        sentence = next((s for s in report.sentences if s.id == annotation.sentence_id), None)
        if sentence is not None:
            self._undo.follow_film(lambda: self._say(annotation, sentence, text))

    def _say(self, annotation: Annotation, sentence: ReportSentence, text: str) -> None:
        """Replace the whole sentence, or only the values if the reader has edited it."""
        if sentence.text == annotation.sentence_text:
            self._report.set_text(sentence.id, text, source=SentenceSource.MEASUREMENT)
        else:
            written = _with_facts(sentence.text, annotation.sentence_text, text)
            if written is None:
                return
            if written != sentence.text:
                self._report.set_text(sentence.id, written, source=sentence.source)
        self._annotations.link(annotation, sentence.id, text)


def _with_facts(written: str, old: str, new: str) -> str | None:
    """The edited sentence with the annotation's new facts in place of its old ones.

    None if a fact occurs more than once, since it is then unknown which occurrence is the
    annotation's. A fact that the reader deleted stays deleted.
    """
    before, after = _FACT.findall(old), _FACT.findall(new)
    if len(before) != len(after):
        return None
    edits: list[tuple[int, int, str]] = []
    for fact, fresh in zip(before, after, strict=True):
        # The lookarounds keep "1.2" from matching inside "11.25".
        found = list(re.finditer(rf"(?<![\d.]){re.escape(fact)}(?!\.?\d)", written))
        if fact == fresh or not found:
            continue
        if len(found) > 1:
            return None
        edits.append((*found[0].span(), fresh))
    # From the end, so that earlier spans stay valid.
    for start, end, fresh in sorted(edits, reverse=True):
        written = written[:start] + fresh + written[end:]
    return written
