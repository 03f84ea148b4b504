"""Writing aids for the open report: templates, macros and spelling.

Spelling is checked off the main thread, a moment after the last change: the word lists take a
second to load the first time. Only the reader's own words are checked, never untouched drafted
ones.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from engine.domain.misspelling import Misspelling
from engine.domain.report import Report, ReportSentence, SentenceId, SentenceSource, SentenceState
from engine.domain.study import Study
from engine.domain.template import Macro, Template, macro_for
from viewer.errors import OnError
from viewer.state.library import LibraryState
from viewer.state.notices import Notices
from viewer.state.report import ReportState
from viewer.tasks.changes import NOTHING
from viewer.tasks.runner import TaskRunner

if TYPE_CHECKING:
    from engine.services.workspace import Workspace
    from engine.services.writing import WritingAids

PAUSE_MS = 400
_CHECKED = (SentenceState.AUTHOR, SentenceState.AI_EDITED)


class WritingState(QObject):
    """Aids of the signed-in user, and misspellings in the open report.

    Signals:
        changed: Read `aids`, `templates` or `slips_of`.
    """

    changed = Signal()

    def __init__(
        self,
        workspace: Workspace,
        runner: TaskRunner,
        notices: Notices,
        library: LibraryState,
        report: ReportState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._runner = runner
        self._notices = notices
        self._library = library
        self._report = report
        self._aids: WritingAids | None = None
        self._templates: tuple[Template, ...] = ()
        self._slips: dict[str, tuple[Misspelling, ...]] = {}
        self._is_checking = False
        self._checked: Report | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._check)
        report.changed.connect(self._pause.start)
        report.opened.connect(self._pause.start)
        library.study_changed.connect(self._choose)

    @property
    def macros(self) -> tuple[Macro, ...]:
        """Shipped macros and the user's own, sorted by shortcut."""
        return () if self._aids is None else self._aids.macros

    @property
    def templates(self) -> tuple[Template, ...]:
        """Templates for the open study, best match first, then the user's others."""
        return self._templates

    @property
    def template(self) -> Template | None:
        """The template of the open study's normal report."""
        return next((one for one in self._templates if not one.is_own), None)

    def macro_for(self, typed: str) -> Macro | None:
        """The macro whose shortcut was typed; None without one."""
        return macro_for(typed, self.macros)

    def slips_of(self, sentence: ReportSentence) -> tuple[Misspelling, ...]:
        """Misspelled words of a sentence; none while the sentence is being checked again."""
        return self._slips.get(sentence.text, ()) if _is_checked(sentence) else ()

    @property
    def is_current(self) -> bool:
        """Whether the current text of the report has been checked for spelling."""
        report = self._report.report
        return report is not None and _texts(self._checked) == _texts(report)

    def refresh(self) -> None:
        """Read the signed-in user's aids."""

        def got(aids: WritingAids) -> None:
            self._aids = aids
            self._slips, self._checked = {}, None
            self._choose()
            self._pause.start()

        self._runner.query(self._workspace.writing.aids, got)

    def apply_template(self, template: Template, priors: tuple[Study, ...]) -> bool:
        """Fill empty sections from a template, with the priors in view as comparison."""
        fill = self._workspace.writing.filled
        return self._report.edit(lambda report, now: fill(report, template, now, priors))

    def normal_report(self, priors: tuple[Study, ...]) -> None:
        """Fill untouched sections with normal text, with the priors in view as comparison."""
        fill = self._workspace.writing.normal
        self._report.edit(lambda report, now: fill(report, self.template, now, priors))

    def take_defaults(self) -> None:
        """Fill every field with its default, if it has one."""
        self._report.edit(self._workspace.writing.with_defaults)

    def put_macro(self, sentence: SentenceId, start: int, end: int, macro: Macro) -> None:
        """Replace a macro's typed shortcut by its text; each further line is its own sentence."""
        first, *more = macro.sentences

        def change(report: Report, now: datetime) -> Report:
            text = report.sentence(sentence).text
            whole = not (text[:start] + text[end:]).strip()
            source = SentenceSource.MACRO if whole else SentenceSource.TYPED
            written = text[:start] + first + text[end:]
            report = report.with_text(sentence, written, now, source=source)
            section, previous = report.sentence(sentence).section, sentence
            for line in more:
                known = {s.id for s in report.sentences}
                report = report.with_sentence(
                    section, line, now, after=previous, source=SentenceSource.MACRO
                )
                previous = next(s.id for s in report.sentences if s.id not in known)
            return report

        self._report.edit(change)

    def suggest(self, word: str, on_words: Callable[[tuple[str, ...]], None]) -> None:
        """Look up suggestions for a misspelled word."""
        self._runner.query(lambda: self._workspace.writing.suggestions(word), on_words)

    def learn(self, word: str) -> None:
        """Add a word to the user's word list."""
        self._change(lambda: self._workspace.writing.learn(word))

    def keep_macro(self, macro: Macro, on_error: OnError) -> None:
        """Store one of the user's own macros."""
        self._change(lambda: self._workspace.writing.keep_macro(macro), on_error)

    def remove_macro(self, shortcut: str) -> None:
        """Delete one of the user's own macros."""
        self._change(lambda: self._workspace.writing.remove_macro(shortcut))

    def import_template(self, path: Path, on_done: Callable[[Template], None]) -> None:
        """Import an MRRT file as one of the user's own templates."""

        def done(template: Template) -> None:
            self.refresh()
            on_done(template)

        self._runner.change(
            lambda: self._workspace.writing.import_template(path),
            NOTHING,
            done,
            self._notices.tell,
        )

    def remove_template(self, template: Template) -> None:
        """Delete one of the user's own templates."""
        self._change(lambda: self._workspace.writing.remove_template(template.id))

    def _change(self, call: Callable[[], None], on_error: OnError | None = None) -> None:
        self._runner.change(
            call, NOTHING, lambda _none: self.refresh(), on_error or self._notices.tell
        )

    def _choose(self) -> None:
        study, aids = self._library.study, self._aids
        self._templates = ()
        if study is not None and aids is not None:
            self._templates = self._workspace.writing.fitting(aids.templates, study)
        self.changed.emit()

    def _check(self) -> None:
        report, aids = self._report.report, self._aids
        if report is None or aids is None or self._is_checking:
            return
        texts = _texts(report) or []
        self._is_checking = True

        def done(found: dict[str, tuple[Misspelling, ...]]) -> None:
            self._is_checking = False
            self._slips, self._checked = found, report
            # Something was typed during the check.
            if not self.is_current:
                self._pause.start()
            self.changed.emit()

        def failed(error: Exception) -> None:
            self._is_checking = False
            self._notices.tell(error)

        self._runner.query(
            lambda: self._workspace.writing.misspelled(texts, aids.words), done, failed
        )


def _texts(report: Report | None) -> list[str] | None:
    """The sentences that the reader wrote; None without a report."""
    if report is None:
        return None
    return [s.text for s in report.sentences if _is_checked(s) and s.text.strip()]


def _is_checked(sentence: ReportSentence) -> bool:
    # An order may be in another language, and is not the reader's own words.
    return sentence.state in _CHECKED and sentence.source is not SentenceSource.ORDER
