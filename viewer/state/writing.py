"""What helps to write the open report: templates, macros and spelling.

Words are looked up off the main thread, a moment after the last change: the lists take a second to
read the first time. Only what the reader wrote is checked; the model's own words are its own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from engine.domain.report import Report, ReportSentence, SentenceId, SentenceSource, SentenceState
from engine.domain.template import Macro, Template, macro_for
from viewer.errors import notice_of
from viewer.state.library import LibraryState
from viewer.state.report import ReportState
from viewer.state.session import SessionState
from viewer.tasks.changes import NOTHING
from viewer.tasks.runner import OnError, TaskRunner

if TYPE_CHECKING:
    from engine.report.spelling import Misspelling
    from engine.services.writing import WritingAids

PAUSE_MS = 400
_CHECKED = (SentenceState.AUTHOR, SentenceState.AI_EDITED)


class WritingState(QObject):
    """Aids of the user who is signed in, and the slips of the open report.

    Signals:
        changed: Read `aids`, `templates` or `slips_of`.
        noticed: `Notice`.
    """

    changed = Signal()
    noticed = Signal(object)

    def __init__(
        self,
        runner: TaskRunner,
        session: SessionState,
        library: LibraryState,
        report: ReportState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._session = session
        self._library = library
        self._report = report
        self._aids: WritingAids | None = None
        self._templates: tuple[Template, ...] = ()
        self._slips: dict[str, tuple[Misspelling, ...]] = {}
        self._is_checking = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._check)
        report.changed.connect(self._pause.start)
        report.opened.connect(self._pause.start)
        session.stage_changed.connect(self.refresh)
        session.user_changed.connect(self.refresh)
        library.study_changed.connect(self._choose)

    @property
    def macros(self) -> tuple[Macro, ...]:
        """Shipped and own macros, by their letters."""
        return () if self._aids is None else self._aids.macros

    @property
    def templates(self) -> tuple[Template, ...]:
        """Templates for the open study, the best first; then the user's others."""
        return self._templates

    @property
    def template(self) -> Template | None:
        """The template that the open study's normal report is made of."""
        return next((one for one in self._templates if not one.is_own), None)

    def macro_for(self, typed: str) -> Macro | None:
        """The macro that typed letters mean."""
        return macro_for(typed, self.macros)

    def slips_of(self, sentence: ReportSentence) -> tuple[Misspelling, ...]:
        """Misspelled words of a sentence; none while it is being checked again."""
        return self._slips.get(sentence.text, ()) if sentence.state in _CHECKED else ()

    def refresh(self) -> None:
        """Read the user's aids."""
        workspace = self._session.workspace
        if workspace is None:
            return

        def got(aids: WritingAids) -> None:
            self._aids = aids
            self._slips = {}
            self._choose()
            self._pause.start()

        self._runner.query(workspace.writing.aids, got)

    def apply_template(self, template: Template) -> bool:
        """Put a template's sentences into the sections that have none."""
        workspace = self._session.workspace
        if workspace is None:
            return False
        fill = workspace.writing.filled
        return self._report.edit(lambda report, now: fill(report, template, now))

    def normal_report(self) -> None:
        """Fill what nobody has touched with what is normal."""
        workspace = self._session.workspace
        if workspace is not None:
            fill = workspace.writing.normal
            self._report.edit(lambda report, now: fill(report, self.template, now))

    def take_defaults(self) -> None:
        """Fill every field that has a default with it."""
        workspace = self._session.workspace
        if workspace is not None:
            self._report.edit(workspace.writing.with_defaults)

    def put_macro(self, sentence: SentenceId, start: int, end: int, macro: Macro) -> None:
        """Write a macro in place of its letters; each further line is a sentence of its own."""
        first, *more = macro.sentences

        def change(report: Report, now: datetime) -> Report:
            text = report.sentence(sentence).text
            whole = not (text[:start] + text[end:]).strip()
            source = SentenceSource.MACRO if whole else SentenceSource.TYPED
            written = text[:start] + first + text[end:]
            report = report.with_text(sentence, written, now, source=source)
            section, place = report.sentence(sentence).section, sentence
            for line in more:
                known = {s.id for s in report.sentences}
                report = report.with_sentence(
                    section, line, now, after=place, source=SentenceSource.MACRO
                )
                place = next(s.id for s in report.sentences if s.id not in known)
            return report

        self._report.edit(change)

    def suggest(self, word: str, on_words: Callable[[tuple[str, ...]], None]) -> None:
        """Look up what may have been meant."""
        workspace = self._session.workspace
        if workspace is not None:
            self._runner.query(lambda: workspace.writing.suggestions(word), on_words)

    def learn(self, word: str) -> None:
        """Take a word as spelled right."""
        workspace = self._session.workspace
        if workspace is not None:
            self._change(lambda: workspace.writing.learn(word))

    def keep_macro(self, macro: Macro, on_error: OnError) -> None:
        """Keep a macro of the user's own."""
        workspace = self._session.workspace
        if workspace is not None:
            self._change(lambda: workspace.writing.keep_macro(macro), on_error)

    def remove_macro(self, shortcut: str) -> None:
        """Take a macro away."""
        workspace = self._session.workspace
        if workspace is not None:
            self._change(lambda: workspace.writing.remove_macro(shortcut))

    def import_template(self, path: Path, on_done: Callable[[Template], None]) -> None:
        """Read an MRRT file and keep it."""
        workspace = self._session.workspace
        if workspace is None:
            return

        def done(template: Template) -> None:
            self.refresh()
            on_done(template)

        self._runner.change(
            lambda: workspace.writing.import_template(path), NOTHING, done, self._fail
        )

    def remove_template(self, template: Template) -> None:
        """Forget a template of the user's own."""
        workspace = self._session.workspace
        if workspace is not None:
            self._change(lambda: workspace.writing.remove_template(template.id))

    def _change(self, call: Callable[[], None], on_error: OnError | None = None) -> None:
        self._runner.change(call, NOTHING, lambda _none: self.refresh(), on_error or self._fail)

    def _fail(self, error: Exception) -> None:
        self.noticed.emit(notice_of(error))

    def _choose(self) -> None:
        workspace, study, aids = self._session.workspace, self._library.study, self._aids
        self._templates = ()
        if workspace is not None and study is not None and aids is not None:
            self._templates = workspace.writing.fitting(aids.templates, study)
        self.changed.emit()

    def _check(self) -> None:
        workspace, report, aids = self._session.workspace, self._report.report, self._aids
        if workspace is None or report is None or aids is None or self._is_checking:
            return
        texts = [s.text for s in report.sentences if s.state in _CHECKED and s.text.strip()]
        self._is_checking = True

        def done(found: dict[str, tuple[Misspelling, ...]]) -> None:
            self._is_checking = False
            if found != self._slips:
                self._slips = found
                self.changed.emit()
            if self._report.report is not report:
                self._pause.start()

        def failed(error: Exception) -> None:
            self._is_checking = False
            self._fail(error)

        self._runner.query(lambda: workspace.writing.misspelled(texts, aids.words), done, failed)
