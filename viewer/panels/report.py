"""The report editor: sections of sentences, reviewed by single keys and written by typing."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QLabel, QMainWindow, QScrollArea, QVBoxLayout, QWidget

from engine.domain.report import (
    Report,
    ReportSentence,
    Section,
    SentenceId,
    SentenceState,
)
from engine.domain.template import Macro
from viewer.actions import report as commands
from viewer.desk import REFUSED, Desk
from viewer.errors import NoticeLevel
from viewer.panels.draft_greeting import DraftGreeting
from viewer.panels.draft_progress import DraftProgress
from viewer.panels.first_reading import FirstReadingPanel
from viewer.panels.folded_sections import FoldedSections
from viewer.panels.key_names import is_letter, key_names
from viewer.panels.occlusion import OcclusionPanel
from viewer.panels.order import OrderPanel
from viewer.panels.pasted_text import pasted_lines
from viewer.panels.recovered import RecoveredPanel
from viewer.panels.report_additions import ReportAdditions
from viewer.panels.report_footer import ReportFooter
from viewer.panels.report_section import ReportSection
from viewer.panels.review_areas import ReviewAreas
from viewer.panels.review_notes import REASONS, ReviewNotes
from viewer.panels.review_walk import ReviewWalk, is_undecided
from viewer.panels.row_marks import RowMarks, laid_out_once
from viewer.panels.sentence_row import SentenceRow
from viewer.panels.writing_aid import WritingAid
from viewer.state.wording import origin_text, patient_line
from viewer.theme.palette import set_look
from viewer.theme.size import keep, px
from viewer.widgets.elided_label import ElidedLabel

CARET_MARGIN = 40
"""Pixels kept visible above and below the caret."""
ROW_MARGIN = 8
"""Pixels kept visible above and below the focused sentence."""
LOW = 640
"""Height in px, as on a screen of 768 px, below which the review areas shrink to one line and only
the banner names the patient.
"""


class ReportPanel(QWidget):
    """The report editor.

    Signals:
        focus_left: Escape was pressed on a sentence; focus the film.
    """

    focus_left = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._state = desk.report
        self.patient = ElidedLabel()
        self.recovered = RecoveredPanel(desk.report)
        self.draft = DraftProgress(desk)
        self.first_reading = FirstReadingPanel(desk)
        self.order = OrderPanel(desk)
        self.occlusion = OcclusionPanel(desk.occlusion)
        self.areas = ReviewAreas(desk)
        self.footer = ReportFooter(desk)
        self.empty = QLabel("Open a study to report on it.")
        self.page = QScrollArea()
        self.sections = {
            section: ReportSection(section, self._connect_row, self) for section in Section
        }
        self.folded = FoldedSections(self.sections)
        self.additions = ReportAdditions(desk.report)
        self._keys = self._key_table()
        self._notes = ReviewNotes(desk, self._edit)
        self._marks = RowMarks(desk, self._notes)
        self._refreshed: Report | None = None
        self.aid = WritingAid(desk, lambda: self.rows, self)
        lines = {name: section.line for name, section in self.sections.items()}
        self.walk = ReviewWalk(
            desk, lambda: self.rows, lines, self.areas, self.footer.sign, self.aid
        )
        self._greeting = DraftGreeting(desk.job, self)
        self._new_draft = ""
        self._just_rejected: SentenceId | None = None
        self._added: SentenceId | None = None
        # Runs after the rows are laid out, since a new row or line has no position before.
        self._following = QTimer(self)
        self._following.setSingleShot(True)
        self._following.setInterval(0)
        self._following.timeout.connect(self._follow_caret)
        self._lay_out()
        self._state.opened.connect(self._on_opened)
        self._state.changed.connect(self.refresh)
        for told in (desk.guards, desk.evidence, desk.writing, desk.occlusion):
            told.changed.connect(self._show_notes)
        desk.preferences.report_scale_changed.connect(self._following.start)
        desk.library.study_changed.connect(self.refresh)
        self.refresh()

    @property
    def rows(self) -> tuple[SentenceRow, ...]:
        """All rows in reading order."""
        return tuple(row for section in self.sections.values() for row in section.rows)

    @property
    def focused_row(self) -> SentenceRow | None:
        """The row that has the focus, itself or in its editor."""
        return self.walk.here

    def refresh(self) -> None:
        """Show the report in its present state."""
        report, study = self._state.report, self._desk.library.study
        self._refreshed = report
        self.empty.setVisible(report is None)
        self.page.setVisible(report is not None)
        self.footer.setVisible(report is not None)
        self._show_patient()
        if study is not None:
            self.patient.setText(patient_line(study, hides_names=self._desk.session.hides_names))
        if report is not None:
            here, known = self.walk.at, {row.sentence.id for row in self.rows}
            self.folded.refresh(report)
            for section in self.sections.values():
                section.show_report(report)
            new = [row.sentence.id for row in self.rows if row.sentence.id not in known]
            # A measurement adds its sentence from the film, so scroll to it.
            self._added = new[0] if len(new) == 1 and known else self._added
            self.walk.stay_by(here, report.id)
            draft = self._state.draft if report.draft_id is not None else None
            self.sections[Section.FINDINGS].set_caption("" if draft is None else origin_text(draft))
            self._show_notes()
            self._greet_draft(report)

    def show_sentence(self, sentence: SentenceId) -> None:
        """Focus a sentence."""
        row = next((row for row in self.rows if row.sentence.id == sentence), None)
        if row is not None:
            row.setFocus(Qt.FocusReason.OtherFocusReason)

    def go_on(self, step: int = 1) -> None:
        """Go to the next (1) or previous (-1) open point, wrapping at the ends."""
        if self._is_editable():
            self.walk.go_on(step)
            self._following.start()

    def take_focus(self) -> None:
        """Focus the next sentence to review, else the empty line of the findings."""
        row = self.focused_row or self.walk.open_row()
        if row is not None:
            row.setFocus(Qt.FocusReason.OtherFocusReason)
        elif not self._is_editable():
            self.page.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.sections[Section.FINDINGS].line.setFocus(Qt.FocusReason.OtherFocusReason)
            self._following.start()

    def _show_notes(self) -> None:
        # A changed report comes to the rows with `refresh`, which calls this again.
        if self._state.report is not self._refreshed:
            return
        with laid_out_once((*self.sections.values(), self.page.widget())):
            self._marks.show(self.rows, self._just_rejected)
        self._following.start()

    def _edit(self, sentence: ReportSentence) -> None:
        row = self.sections[sentence.section].row(sentence.id)
        if row is not None:
            row.begin_editing()

    def _on_opened(self) -> None:
        report = self._state.report
        self._just_rejected = None
        self._new_draft = report.draft_id or "" if report is not None else ""
        self.folded.fold()
        self.refresh()
        self.page.verticalScrollBar().setValue(0)

    def _greet_draft(self, report: Report) -> None:
        """Focus the first sentence to review of a new draft, unless the reader does something."""
        if report.draft_id is None or report.draft_id == self._new_draft:
            return
        self._new_draft = report.draft_id
        row = next((r for r in self.rows if is_undecided(r)), None)
        if row is not None and self._greeting.may_take_focus:
            row.setFocus(Qt.FocusReason.OtherFocusReason)

    def _connect_row(self, row: SentenceRow) -> None:
        row.key_pressed.connect(self._on_key)
        row.composed.connect(
            lambda words: self._begin(row.sentence.section, words, after=row.sentence.id)
        )
        row.accept_asked.connect(lambda: self._accept(row))
        row.reject_asked.connect(lambda: self._reject(row))
        editor = row.editor
        editor.edited.connect(lambda text: self._state.set_text(row.sentence.id, text))
        editor.left.connect(lambda: self._desk.undo.end_typing(row.sentence.id))
        editor.add_asked.connect(lambda: self._add_below(row))
        editor.pasted.connect(
            lambda lines: self._add_lines(row.sentence.section, lines, row.sentence.id)
        )
        editor.split_asked.connect(lambda at: self._split(row, at))
        editor.merge_asked.connect(lambda: self._merge_up(row))
        row.remove_asked.connect(lambda: self._remove_left(row))
        row.gained_focus.connect(lambda: self._look_at(row))
        self.aid.watch(row)
        row.answered.connect(lambda key: self._answer_and_go_on(row, key))
        editor.cursorPositionChanged.connect(self._following.start)

    def _follow_caret(self) -> None:
        """Keep caret or focused sentence visible, and move the list of suggestions to it."""
        row, body = self.focused_row, self.page.widget()
        for section in self.sections.values():
            if section.line.hasFocus():
                self.page.ensureWidgetVisible(section.line, 0, ROW_MARGIN)
        if row is None and self._added is not None:
            added = next((one for one in self.rows if one.sentence.id == self._added), None)
            if added is not None:
                self._bring_into_view(added)
        self._added = None
        if row is None or body is None:
            return
        if row.editor.hasFocus():
            caret = row.editor.viewport().mapTo(body, row.editor.cursorRect().center())
            self.page.ensureVisible(0, caret.y(), 0, CARET_MARGIN)
            self.aid.follow()
        else:
            self._bring_into_view(row)

    def _bring_into_view(self, row: SentenceRow) -> None:
        """Scroll to a row; to the top of a row that is higher than the page."""
        self.page.ensureWidgetVisible(row, 0, ROW_MARGIN)
        body = self.page.widget()
        if body is not None and row.height() + 2 * ROW_MARGIN > self.page.viewport().height():
            top = row.mapTo(body, row.rect().topLeft()).y()
            self.page.verticalScrollBar().setValue(top - ROW_MARGIN)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the focused sentence visible in less space."""
        super().resizeEvent(event)
        self.areas.set_low(is_low=event.size().height() < px(LOW))
        self._show_patient()
        self._following.start()

    def _show_patient(self) -> None:
        """Name the patient, but not in a low window, which has the banner for it."""
        has_banner = isinstance(self.window(), QMainWindow)
        is_room = not has_banner or self.height() >= px(LOW)
        self.patient.setVisible(self._desk.library.study is not None and is_room)

    def _look_at(self, row: SentenceRow) -> None:
        self._bring_into_view(row)
        self._desk.evidence.focus(row.sentence.id)

    def _key_table(self) -> dict[str, Callable[[SentenceRow], None]]:
        handlers: dict[str, Callable[[SentenceRow], None]] = {
            commands.ACCEPT: self._accept,
            commands.REJECT: self._reject,
            commands.EDIT: lambda row: row.begin_editing(),
            commands.NEXT: lambda _row: self.go_on(),
            commands.PREVIOUS: lambda _row: self.go_on(-1),
            commands.ADD: self._add_below,
            commands.UNDO_HERE: lambda _row: self.walk.back(self._desk.undo.undo),
            commands.REDO_HERE: lambda _row: self.walk.back(self._desk.undo.redo),
        }
        table = {c.shortcut: handlers[c.id] for c in commands.REVIEW_COMMANDS}
        table["Enter"] = self._add_below
        table["Down"] = lambda row: self.walk.step(row, 1)
        table["Up"] = lambda row: self.walk.step(row, -1)
        table["Del"] = self._remove
        table["Ctrl+Y"] = handlers[commands.REDO_HERE]
        table["Esc"] = lambda _row: self.focus_left.emit()
        return table

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Undo, redo and the next open point from anywhere in the panel outside a sentence."""
        if event.matches(QKeySequence.StandardKey.Undo):
            self.walk.back(self._desk.undo.undo)
        elif event.matches(QKeySequence.StandardKey.Redo):
            self.walk.back(self._desk.undo.redo)
        elif "N" in key_names(event):
            self.go_on()
        else:
            super().keyPressEvent(event)

    def _on_key(self, event: QKeyEvent) -> None:
        row = self.focused_row
        for name in key_names(event):
            if self._takes(row, name):
                event.accept()
                return
        if row is None:
            return
        # What is pasted, and any other printable key, starts a new sentence below the focused one.
        if event.matches(QKeySequence.StandardKey.Paste):
            event.accept()
            lines = pasted_lines(QGuiApplication.clipboard().mimeData())
            self._add_lines(row.sentence.section, lines, row.sentence.id)
        elif is_letter(event):
            event.accept()
            self._begin(row.sentence.section, event.text(), after=row.sentence.id)

    def _takes(self, row: SentenceRow | None, name: str) -> bool:
        """Run a key that is a command here; False if it is none."""
        if name in REASONS and self._just_rejected is not None:
            self._say_why(REASONS[name])
            return True
        if row is None:
            return False
        if name in row.notes.keys and self._answer_and_go_on(row, name):
            return True
        handler = self._keys.get(name)
        if handler is not None:
            handler(row)
        return handler is not None

    def _answer_and_go_on(self, row: SentenceRow, key: str) -> bool:
        is_answered = self._answer(row, key)
        if is_answered:
            self.walk.leave_answered(row)
        return is_answered

    def _answer(self, row: SentenceRow, key: str) -> bool:
        if row.sentence.id == self._just_rejected and key in REASONS:
            self._say_why(REASONS[key])
            return True
        return self._notes.answer(row.sentence, key)

    def _say_why(self, reason: str) -> None:
        """Store the reason, given by a key after a rejection. The focus has moved on by then."""
        rejected, self._just_rejected = self._just_rejected, None
        if rejected is not None:
            self._state.reject(rejected, reason)

    def _accept(self, row: SentenceRow) -> None:
        decided = (SentenceState.AUTHOR, SentenceState.AI_REJECTED)
        if row.sentence.state in decided or not self._is_editable():
            return
        # Words that no film of this study can show cannot be accepted unchanged.
        why_not = self._notes.why_not_accepted(row.sentence)
        if why_not:
            self._desk.notices.say(REFUSED, why_not, NoticeLevel.DECIDE)
            return
        self._just_rejected = None
        self._state.accept(row.sentence.id)
        self.walk.leave_decided(row)

    def _reject(self, row: SentenceRow) -> None:
        if row.sentence.state is SentenceState.AUTHOR or not self._is_editable():
            return
        if row.sentence.state is SentenceState.AI_REJECTED:
            self._just_rejected = None
            self._state.take_back(row.sentence.id)
            return
        self._just_rejected = row.sentence.id
        self._state.reject(row.sentence.id)
        self.walk.leave_decided(row)

    def _remove(self, row: SentenceRow) -> None:
        # A rejected sentence is kept together with the reason for the rejection.
        if not self._is_editable() or row.sentence.state is SentenceState.AI_REJECTED:
            return
        had_focus = row.hasFocus() or row.editor.hasFocus()
        section = self.sections[row.sentence.section]
        self._state.remove(row.sentence.id)
        if had_focus and row not in section.rows:
            section.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def _remove_left(self, row: SentenceRow) -> None:
        """Remove a sentence that was left without words, and name the letter that was in it."""
        letter = row.editor.words.strip()
        self._state.remove(row.sentence.id)
        if letter:
            self._desk.notices.say("Removed", f"“{letter}” alone is no sentence and was removed.")

    def _add_below(self, row: SentenceRow) -> None:
        if row.is_editing and not row.editor.words.strip():
            return
        self._begin(row.sentence.section, "", after=row.sentence.id)

    def write_macro(self, macro: Macro) -> None:
        """Write a macro at the caret, else below the focused row, else into the findings."""
        row = self._row_to_write_in()
        if row is not None:
            self.aid.put(row, macro)

    def choose_macro(self) -> bool:
        """Offer the macros at the caret; False without any macro."""
        if not self._desk.writing.macros:
            return False
        row = self._row_to_write_in()
        if row is not None:
            self.aid.offer_macros(row)
        return True

    def _row_to_write_in(self) -> SentenceRow | None:
        if not self._is_editable():
            return None
        row = self.focused_row
        if row is None or not row.is_editing:
            typed_in = (name for name, one in self.sections.items() if one.line.hasFocus())
            section = next(typed_in, Section.FINDINGS) if row is None else row.sentence.section
            self._begin(section, "", after=None if row is None else row.sentence.id)
            row = self.focused_row
        return row

    def _split(self, row: SentenceRow, at: int) -> None:
        """Split a sentence, and put the caret before the second part."""
        section = self.sections[row.sentence.section]
        second = section.rows.index(row) + 1
        if self._state.split(row.sentence.id, at) and second < len(section.rows):
            section.rows[second].begin_editing(at=0)

    def _merge_up(self, row: SentenceRow) -> None:
        """Merge a sentence into the one above, and put the caret where they meet."""
        rows = self.sections[row.sentence.section].rows
        index = rows.index(row) - 1
        if index >= 0 and rows[index].sentence.state is not SentenceState.AI_REJECTED:
            above = rows[index]
            end = len(above.sentence.text.strip())
            if self._state.merge(above.sentence.id, row.sentence.id):
                above.begin_editing(at=end)

    def _begin(self, section: Section, text: str, *, after: SentenceId | None = None) -> None:
        """Add a sentence of the reader's own and put the caret into it."""
        added = self._state.add(section, text, after=after)
        row = self.sections[section].row(added) if added is not None else None
        if row is not None:
            row.begin_editing()

    def _add_lines(
        self, section: Section, lines: tuple[str, ...], after: SentenceId | None = None
    ) -> None:
        """Add a sentence for each line and put the caret into the last."""
        added = self._state.add_lines(section, lines, after=after)
        row = self.sections[section].row(added) if added is not None else None
        if row is not None:
            row.begin_editing()

    def _is_editable(self) -> bool:
        return self._state.report is not None and self._state.report.is_editable

    def _lay_out(self) -> None:
        set_look(self, surface="panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        set_look(self.patient, role="dim")
        self.patient.setContentsMargins(20, 0, 12, 0)
        keep(self.patient, height=28)
        set_look(self.empty, role="dim")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        above: tuple[QWidget, ...] = (self.patient, self.order, self.recovered, self.draft)
        for widget in (*above, self.first_reading, self.occlusion):
            column.addWidget(widget)
        column.addWidget(self.empty, 1)
        column.addWidget(self.page, 1)
        column.addWidget(self.areas)
        column.addWidget(self.footer)
        self._lay_out_sections()

    def _lay_out_sections(self) -> None:
        body = QWidget()
        set_look(body, surface="panel", words="around")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 12, 0, 12)
        column.setSpacing(16)
        column.addWidget(self.additions.notice)
        column.addWidget(self.folded)
        for name, section in self.sections.items():
            column.addWidget(section)
            section.typed.connect(lambda text, name=name: self._begin(name, text))
            section.pasted.connect(lambda lines, name=name: self._add_lines(name, lines))
        column.addWidget(self.additions.addenda)
        column.addStretch(1)
        self.page.setWidget(body)
        self.page.setAccessibleName("Report")
        self.page.setWidgetResizable(True)
        self.page.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
