"""Alerts and highlights of the open report, kept current while it is written.

The rules run off the main thread, a moment after the last change: their word lists take a second to
load the first time.
"""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QObject, QTimer, Signal

from engine.domain.annotation_kind import Quantity
from engine.domain.areas import AreaState
from engine.domain.guard import GuardAlert, GuardRule, Measured
from engine.domain.projection import stated_projection
from engine.domain.report import Report, ReportSentence, Section, SentenceId, SentenceSource
from engine.domain.study import Study, StudyUid
from engine.imaging.measure import measure
from engine.services.checking import (
    Highlights,
    ReportCheck,
    check,
    may_keep,
    with_answer,
    with_compared_prior,
    with_side,
    without_words,
)
from viewer.state.annotations import AnnotationsState
from viewer.state.films import FilmsState
from viewer.state.library import LibraryState
from viewer.state.report import ReportState
from viewer.tasks.runner import TaskRunner

PAUSE_MS = 120
NO_HIGHLIGHTS = Highlights(text="")
_CHECKED = (Quantity.LENGTH, Quantity.ANGLE, Quantity.RATIO)


class GuardState(QObject):
    """Alerts and highlights of the open report.

    Signals:
        changed: Read `result`.
    """

    changed = Signal()

    def __init__(
        self,
        runner: TaskRunner,
        library: LibraryState,
        report: ReportState,
        films: FilmsState,
        annotations: AnnotationsState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._films = films
        self._annotations = annotations
        self._runner = runner
        self._library = library
        self._report = report
        self._result = ReportCheck(highlights={})
        self._checked: tuple[Report, Study] | None = None
        self._alerts: dict[SentenceId, tuple[GuardAlert, ...]] = {}
        self._shown: frozenset[int] = frozenset()
        self._standing: tuple[Report, Report, frozenset[SentenceId]] | None = None
        self._checked_with: tuple[Measured, ...] = ()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._run)
        report.opened.connect(self._restart)
        report.changed.connect(self._pause.start)
        library.study_changed.connect(self._pause.start)
        annotations.changed.connect(self._pause.start)
        films.film_changed.connect(lambda _index: self._pause.start())

    @property
    def result(self) -> ReportCheck:
        """What the last check found; empty when no report is open."""
        return self._result

    @property
    def is_current(self) -> bool:
        """Whether `result` belongs to the current text of the report."""
        report = self._report.report
        return (
            self._checked is not None and report is not None and _is_same(self._checked[0], report)
        )

    @property
    def has_read(self) -> bool:
        """Whether `result` is about a report that has sentences."""
        return self._checked is not None and bool(self._checked[0].kept())

    def highlights_of(self, sentence: ReportSentence) -> Highlights:
        """Words to highlight in a sentence; none while its new text is being checked."""
        highlights = self._result.highlights.get(sentence.id, NO_HIGHLIGHTS)
        return highlights if highlights.text == sentence.text else NO_HIGHLIGHTS

    def alerts_at(self, sentence: SentenceId) -> tuple[GuardAlert, ...]:
        """Alerts whose first sentence is this one."""
        return self._alerts.get(sentence, ())

    def is_shown(self, alert: GuardAlert) -> bool:
        """Whether an alert is within the budget, so that it shows beside other sentences too."""
        return id(alert) in self._shown

    def settle(self, sentence: SentenceId, rule: GuardRule) -> bool:
        """Record that the reader confirmed this sentence for one rule."""
        return self._report.edit(lambda report, now: report.with_settled(sentence, rule.name, now))

    def may_keep(self, alert: GuardAlert) -> bool:
        """Whether the reader may confirm what this alert is about.

        Only words that were checked; a letter elsewhere takes no answer away, for the rows below
        would move with each pause in typing.
        """
        report = self._report.report
        if report is None or self._checked is None:
            return False
        standing = self._standing_in(report, self._checked[0])
        return standing.issuperset(alert.sentence_ids) and may_keep(alert, report)

    def _standing_in(self, report: Report, checked: Report) -> frozenset[SentenceId]:
        """Sentences that are as they were checked; found once a letter, not once an alert."""
        last = self._standing
        if last is None or last[0] is not report or last[1] is not checked:
            before = {s.id: (s.text, s.state) for s in checked.sentences}
            same = (s.id for s in report.sentences if before.get(s.id) == (s.text, s.state))
            last = self._standing = (report, checked, frozenset(same))
        return last[2]

    def keep(self, alert: GuardAlert, reason: str = "") -> None:
        """Record that the reader confirmed what an alert doubts; a contradiction needs a reason."""
        self._report.edit(lambda report, now: with_answer(report, alert, reason, now))

    def set_side(self, sentence: ReportSentence, word: str) -> bool:
        """Set the side that the reader names; an empty word removes the side from the sentence."""
        sides = self.highlights_of(sentence).sides
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
        """Delete the words that refer to an earlier film, or the numbers, from a sentence."""
        highlights = self.highlights_of(sentence)
        text = without_words(sentence.text, (*highlights.priors, *highlights.numbers))
        return self._report.set_text(sentence.id, text)

    def link_prior(self, prior: StudyUid) -> bool:
        """Set the earlier study that the report is compared with, and name it there."""
        priors = self._library.priors
        return self._report.edit(
            lambda report, now: with_compared_prior(report, prior, priors, now)
        )

    def call_normal(self, name: str = "") -> None:
        """Add the normal sentence of an unmentioned area, or of all; other text is untouched."""
        unmentioned = [
            area
            for area in self._result.areas
            if area.state is AreaState.UNMENTIONED and name in {"", area.name}
        ]

        def change(report: Report, now: datetime) -> Report:
            for area in unmentioned:
                report = report.with_sentence(
                    Section.FINDINGS, area.normal, now, source=SentenceSource.TEMPLATE
                )
            return report

        # An outdated result could name areas mentioned meanwhile; the next check decides.
        if unmentioned and self.is_current:
            self._report.edit(change)

    def _restart(self) -> None:
        self._take(ReportCheck(highlights={}))
        self._checked = None
        self._pause.start()
        self.changed.emit()

    def _take(self, result: ReportCheck) -> None:
        """Keep a result, sorted by sentence: every row asks for its alerts at every letter."""
        self._result = result
        alerts: dict[SentenceId, list[GuardAlert]] = {}
        for alert in result.alerts:
            alerts.setdefault(alert.sentence_ids[0], []).append(alert)
        self._alerts = {sentence: tuple(found) for sentence, found in alerts.items()}
        self._shown = frozenset(id(alert) for alert in result.shown)

    def _run(self) -> None:
        report, study = self._report.report, self._library.study
        if report is None or study is None or report.study_uid != study.uid:
            return
        measured = _measured(self._films, self._annotations, study.uid)
        is_same = measured == self._checked_with
        # A save changes the report's value but not its sentences: the result still holds.
        if self._checked is not None and is_same and _is_same(self._checked[0], report):
            self._checked = (report, study)
            return

        def done(result: ReportCheck) -> None:
            if self._report.report is not None and self._report.report.id == report.id:
                self._take(result)
                self._checked = (report, study)
                self._checked_with = measured
                if not self.is_current:
                    # Answers can arrive out of order. Check again until the result is about the
                    # present text.
                    self._pause.start()
                self.changed.emit()

        self._runner.query(lambda: check(report, study, measured), done)


def _is_same(one: Report, other: Report) -> bool:
    return (one.id, one.sentences, one.prior_uid) == (other.id, other.sentences, other.prior_uid)


def _measured(
    films: FilmsState, annotations: AnnotationsState, study: StudyUid
) -> tuple[Measured, ...]:
    """Lengths, angles and ratios on that study's films in view; priors are left out."""
    found = []
    for film in films.films:
        if film.pixels is None or film.image.study_uid != study:
            continue
        spacing = annotations.calibration_of(film.image.sop_uid) or film.pixels.spacing
        projection = film.image.view_position
        for annotation in annotations.of_film(film.image.sop_uid):
            quantity = annotation.kind.facts.quantity
            if quantity not in _CHECKED:
                continue
            measured = measure(annotation, film.pixels, spacing, projection)
            if not measured.values:
                continue
            is_ratio = quantity is Quantity.RATIO
            unit = measured.unit
            words = [f"{v:.2f}" if is_ratio else f"{v:.1f} {unit}" for v in measured.values]
            found.append(
                Measured(
                    value=measured.values[0],
                    short_axis=next(iter(measured.values[1:]), None),
                    unit=unit,
                    words=" × ".join(words).replace(" °", "°"),
                    is_ratio=is_ratio,
                    is_pa=stated_projection(projection) == "PA",
                    sentence_id=annotation.sentence_id,
                )
            )
    return tuple(found)
