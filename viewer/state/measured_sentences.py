"""Sentences of the report that say what a mark measures, kept true until the report is signed.

The mark knows its sentence and the words it last gave it. While those words stand there unchanged,
moving the mark or calibrating its film changes them; once the reader has written something else,
only the values and what their millimetres mean are kept true, and only while each of them stands
there at most once as the mark gave it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import QObject

from engine.domain.annotation import Annotation, Calibration
from engine.domain.report import ReportSentence, Section, SentenceSource
from viewer.state.marks import MarksState
from viewer.state.report import ReportState

# A value with its unit, or what stands in brackets behind it.
_FACT = re.compile(r"-?\d+(?:\.\d+)?(?: (?:mm²|cm²|px²|mm\b|px\b)|°)?|\([^()]*\)")

SentenceOf = Callable[[Annotation], str]
"""Gives the sentence of a mark; empty if its film is not in view or it measures nothing."""


class MeasuredSentences(QObject):
    """Between the marks and the open report."""

    def __init__(
        self,
        marks: MarksState,
        report: ReportState,
        sentence_of: SentenceOf,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._marks = marks
        self._report = report
        self._sentence_of = sentence_of
        marks.put.connect(self._follow)
        marks.calibrated.connect(self._on_calibrated)

    def insert(self) -> str:
        """Write what the selected mark measures under the findings.

        Returns:
            Why that cannot be done, in a plain sentence; empty if it was done.
        """
        mark, report = self._marks.selected, self._report.report
        if mark is None or not mark.measures:
            return "Select a measurement on the film first."
        if report is None or not report.is_editable:
            return "This report is signed and takes no more sentences."
        if mark.study_uid != report.study_uid:
            return "This measurement is on a film of another study."
        text = self._sentence_of(mark)
        if not text:
            return "This mark has nothing to say yet."
        sentence = self._report.add(Section.FINDINGS, text, source=SentenceSource.MEASUREMENT)
        if sentence is not None:
            self._marks.link(mark, sentence, text)
        return ""

    def _on_calibrated(self, calibration: Calibration) -> None:
        for mark in self._marks.of_film(calibration.sop_uid):
            self._follow(mark)

    def _follow(self, mark: Annotation) -> None:
        """Let the sentence of a mark say its new value."""
        report = self._report.report
        text = self._sentence_of(mark) if mark.sentence_id else ""
        if report is None or not report.is_editable or text in {"", mark.sentence_text}:
            return
        sentence = next((s for s in report.sentences if s.id == mark.sentence_id), None)
        if sentence is not None:
            self._say(mark, sentence, text)

    def _say(self, mark: Annotation, sentence: ReportSentence, text: str) -> None:
        """Put the whole sentence anew, or only the value into what the reader made of it."""
        if sentence.text == mark.sentence_text:
            self._report.set_text(sentence.id, text, source=SentenceSource.MEASUREMENT)
        else:
            written = _with_facts(sentence.text, mark.sentence_text, text)
            if written is None:
                return
            if written != sentence.text:
                self._report.set_text(sentence.id, written, source=sentence.source)
        self._marks.link(mark, sentence.id, text)


def _with_facts(written: str, old: str, new: str) -> str | None:
    """What the reader wrote, with the facts of a mark's new sentence in place of its old ones.

    None where it cannot be told which of several equal numbers is the mark's. A fact that the
    reader took out stays out.
    """
    before, after = _FACT.findall(old), _FACT.findall(new)
    if len(before) != len(after):
        return None
    places: list[tuple[int, int, str]] = []
    for fact, fresh in zip(before, after, strict=True):
        # Not a part of a longer number.
        found = list(re.finditer(rf"(?<![\d.]){re.escape(fact)}(?!\.?\d)", written))
        if fact == fresh or not found:
            continue
        if len(found) > 1:
            return None
        places.append((*found[0].span(), fresh))
    for start, end, fresh in sorted(places, reverse=True):
        written = written[:start] + fresh + written[end:]
    return written
