"""The report beside the film: sections of sentences, reviewed by keys, written by typing."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QKeyCombination, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from engine.domain.fields import fields_in
from engine.domain.report import Report, ReportSentence, Section, SentenceId, SentenceState
from engine.domain.template import Macro
from viewer.actions import report as commands
from viewer.app_context import AppContext
from viewer.panels.draft_progress import DraftProgress
from viewer.panels.first_reading import FirstReadingPanel
from viewer.panels.knock_out import KnockOutPanel
from viewer.panels.recovered import RecoveredPanel
from viewer.panels.report_additions import ReportAdditions
from viewer.panels.report_footer import ReportFooter
from viewer.panels.report_row import ReportRow
from viewer.panels.report_section import ReportSection
from viewer.panels.review_notes import REASONS, WHY_REJECTED, ReviewNotes
from viewer.panels.silence_map import SilenceMap
from viewer.panels.writing_aid import WritingAid
from viewer.state.wording import count_text, date_text, device_word, moment_text, name_of
from viewer.theme.palette import set_look
from viewer.widgets.elided_label import ElidedLabel

CARET_MARGIN = 40
"""Pixels that stay in view above and below the caret."""
ROW_MARGIN = 8
"""The same for the sentence in focus."""
LOW = 520
"""Height in px below which the silence map is one line."""
RESEARCH_USE = "Research use only. Not a medical device."


class ReportPanel(QWidget):
    """The editor.

    Signals:
        focus_left: Escape on a sentence: the keyboard goes back to the film.
    """

    focus_left = Signal()

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._state = context.report
        self.patient = ElidedLabel()
        self.recovered = RecoveredPanel(context.report)
        self.draft = DraftProgress(context)
        self.first_reading = FirstReadingPanel(context)
        self.knock_out = KnockOutPanel(context.knock_out)
        self.silence = SilenceMap(context)
        self.footer = ReportFooter(context)
        self.empty = QLabel("Open a study to report on it.")
        self.page = QScrollArea()
        self.sections = {
            section: ReportSection(section, self._connect_row, self) for section in Section
        }
        self.additions = ReportAdditions(context.report)
        self._keys = self._key_table()
        self._notes = ReviewNotes(context, self._edit)
        self.aid = WritingAid(context, lambda: self.rows, self)
        self._new_draft = ""
        self._just_rejected: SentenceId | None = None
        # After the rows have been laid out: a new one, or one that has just grown by a line.
        self._following = QTimer(self)
        self._following.setSingleShot(True)
        self._following.setInterval(0)
        self._following.timeout.connect(self._follow_caret)
        self._lay_out()
        self._state.opened.connect(self._on_opened)
        self._state.changed.connect(self.refresh)
        context.guards.changed.connect(self._show_notes)
        context.evidence.changed.connect(self._show_notes)
        context.writing.changed.connect(self._show_notes)
        context.knock_out.changed.connect(self._show_notes)
        context.preferences.report_scale_changed.connect(self._following.start)
        context.library.study_changed.connect(self.refresh)
        self.refresh()

    @property
    def rows(self) -> tuple[ReportRow, ...]:
        """All rows in reading order."""
        return tuple(row for section in self.sections.values() for row in section.rows)

    @property
    def focused_row(self) -> ReportRow | None:
        """The row that has the keyboard, or whose editor has it."""
        return next((r for r in self.rows if r.hasFocus() or r.editor.hasFocus()), None)

    def refresh(self) -> None:
        """Show the report as it stands."""
        report, study = self._state.report, self._context.library.study
        self.empty.setVisible(report is None)
        self.page.setVisible(report is not None)
        self.footer.setVisible(report is not None)
        self.patient.setVisible(study is not None)
        if study is not None:
            name, day = name_of(study.patient), date_text(study.study_date)
            self.patient.setText(f"{name}  ·  {study.patient.patient_id}  ·  {day}")
        if report is not None:
            for section in self.sections.values():
                section.show_report(report)
            self.sections[Section.FINDINGS].set_caption(self._origin_line(report))
            self._show_notes()
            self._greet_draft(report)

    def show_sentence(self, sentence: SentenceId) -> None:
        """Give the keyboard to a sentence."""
        row = next((row for row in self.rows if row.sentence.id == sentence), None)
        if row is not None:
            row.setFocus(Qt.FocusReason.OtherFocusReason)

    def take_focus(self) -> None:
        """Give the keyboard to the next sentence to review, else to the findings' line."""
        row = self.focused_row or self._undecided(1)
        if row is not None:
            row.setFocus(Qt.FocusReason.OtherFocusReason)
        elif not self._is_editable():
            self.page.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.sections[Section.FINDINGS].line.setFocus(Qt.FocusReason.OtherFocusReason)
            self._following.start()

    def _show_notes(self) -> None:
        looked_at = self._context.evidence.focused_id
        for row in self.rows:
            sentence = row.sentence
            marks = self._context.guards.marks_of(sentence)
            # In the middle of a key the editor is a letter ahead of the report.
            if row.editor.toPlainText() == sentence.text:
                row.editor.mark(
                    [(m.start, m.end) for m in marks.sides]
                    + [(field.start, field.end) for field in fields_in(sentence.text)],
                    [(m.start, m.end) for m in (*marks.priors, *marks.numbers)],
                    [(m.start, m.end) for m in self._context.writing.slips_of(sentence)],
                )
            is_focused = sentence.id == looked_at
            notes = self._notes.of(sentence, is_focused=is_focused)
            if sentence.id == self._just_rejected:
                notes = (WHY_REJECTED,)
            row.notes.show_notes(notes)
        self._following.start()

    def _edit(self, sentence: ReportSentence) -> None:
        row = self.sections[sentence.section].row(sentence.id)
        if row is not None:
            row.begin_editing()

    def _on_opened(self) -> None:
        report = self._state.report
        self._just_rejected = None
        self._new_draft = report.draft_id or "" if report is not None else ""
        self.refresh()
        self.page.verticalScrollBar().setValue(0)

    def _greet_draft(self, report: Report) -> None:
        """When a draft has just come, the first sentence to review takes the keyboard."""
        if report.draft_id is None or report.draft_id == self._new_draft:
            return
        self._new_draft = report.draft_id
        is_typing = self.focused_row is not None and self.focused_row.is_editing
        row = next((r for r in self.rows if _is_undecided(r)), None)
        if row is not None and not is_typing:
            row.setFocus(Qt.FocusReason.OtherFocusReason)

    def _connect_row(self, row: ReportRow) -> None:
        row.key_pressed.connect(self._on_key)
        row.accept_asked.connect(lambda: self._accept(row))
        row.reject_asked.connect(lambda: self._reject(row))
        row.text_edited.connect(lambda text: self._state.set_text(row.sentence.id, text))
        row.add_asked.connect(lambda: self._add_below(row))
        row.split_asked.connect(lambda at: self._split(row, at))
        row.merge_asked.connect(lambda: self._merge_up(row))
        row.remove_asked.connect(lambda: self._remove(row))
        row.gained_focus.connect(lambda: self._look_at(row))
        self.aid.watch(row)
        row.answered.connect(lambda key: self._answer(row, key))
        row.editor.cursorPositionChanged.connect(self._following.start)

    def _follow_caret(self) -> None:
        """Keep the line that is typed, or the sentence in focus, in view; and the list at it."""
        row, body = self.focused_row, self.page.widget()
        for section in self.sections.values():
            if section.line.hasFocus():
                self.page.ensureWidgetVisible(section.line, 0, ROW_MARGIN)
        if row is None or body is None:
            return
        if row.editor.hasFocus():
            caret = row.editor.viewport().mapTo(body, row.editor.cursorRect().center())
            self.page.ensureVisible(0, caret.y(), 0, CARET_MARGIN)
            self.aid.follow()
        else:
            self._bring_into_view(row)

    def _bring_into_view(self, row: ReportRow) -> None:
        """All of a row; of one that is higher than the page its words, which stand first."""
        self.page.ensureWidgetVisible(row, 0, ROW_MARGIN)
        body = self.page.widget()
        if body is not None and row.height() + 2 * ROW_MARGIN > self.page.viewport().height():
            top = row.mapTo(body, row.rect().topLeft()).y()
            self.page.verticalScrollBar().setValue(top - ROW_MARGIN)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Less room must not hide the sentence in focus."""
        super().resizeEvent(event)
        self.silence.set_low(is_low=event.size().height() < LOW)
        self._following.start()

    def _look_at(self, row: ReportRow) -> None:
        self._bring_into_view(row)
        self._context.evidence.focus(row.sentence.id)

    def _key_table(self) -> dict[str, Callable[[ReportRow], None]]:
        handlers: dict[str, Callable[[ReportRow], None]] = {
            commands.ACCEPT: self._accept,
            commands.REJECT: self._reject,
            commands.EDIT: lambda row: row.begin_editing(),
            commands.NEXT: lambda _row: self._go_to_undecided(1),
            commands.PREVIOUS: lambda _row: self._go_to_undecided(-1),
            commands.ADD: self._add_below,
        }
        table = {c.shortcut: handlers[c.id] for c in commands.REVIEW_COMMANDS}
        table["Enter"] = self._add_below
        table["Down"] = lambda row: self._step(row, 1)
        table["Up"] = lambda row: self._step(row, -1)
        table["Del"] = self._remove
        table["Esc"] = lambda _row: self.focus_left.emit()
        return table

    def _on_key(self, event: QKeyEvent) -> None:
        # The number pad, and on some platforms the arrows, say where the key is.
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        pressed = QKeySequence(QKeyCombination(held, Qt.Key(event.key())))
        name = pressed.toString(QKeySequence.SequenceFormat.PortableText)
        row, handler = self.focused_row, self._keys.get(name)
        if name in REASONS and self._just_rejected is not None:
            event.accept()
            self._say_why(REASONS[name])
        elif row is not None and name in row.notes.keys and self._answer(row, name):
            event.accept()
        elif row is not None and handler is not None:
            event.accept()
            handler(row)

    def _answer(self, row: ReportRow, key: str) -> bool:
        if row.sentence.id == self._just_rejected and key in REASONS:
            self._say_why(REASONS[key])
            return True
        return self._notes.answer(row.sentence, key)

    def _say_why(self, reason: str) -> None:
        """The one key after a rejection; the keyboard has gone on already."""
        rejected, self._just_rejected = self._just_rejected, None
        if rejected is not None:
            self._state.reject(rejected, reason)

    def _accept(self, row: ReportRow) -> None:
        if row.sentence.state is SentenceState.AUTHOR or not self._is_editable():
            return
        # Words that no film of this study can show are never accepted as they stand.
        if not self._notes.open_words(row.sentence):
            self._just_rejected = None
            self._state.accept(row.sentence.id)
            self._go_on_from(row)

    def _reject(self, row: ReportRow) -> None:
        if row.sentence.state is SentenceState.AUTHOR or not self._is_editable():
            return
        if row.sentence.state is SentenceState.AI_REJECTED:
            self._just_rejected = None
            self._state.take_back(row.sentence.id)
            return
        self._just_rejected = row.sentence.id
        self._state.reject(row.sentence.id)
        self._go_on_from(row)

    def _remove(self, row: ReportRow) -> None:
        if not self._is_editable():
            return
        had_focus = row.hasFocus() or row.editor.hasFocus()
        section = self.sections[row.sentence.section]
        self._state.remove(row.sentence.id)
        if had_focus and row not in section.rows:
            section.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def _add_below(self, row: ReportRow) -> None:
        if row.is_editing and not row.editor.toPlainText().strip():
            return
        self._begin(row.sentence.section, "", after=row.sentence.id)

    def write_macro(self, macro: Macro) -> None:
        """Write a macro where the caret is; below the row, or as a finding, if it is nowhere."""
        row = self._row_to_write_in()
        if row is not None:
            self.aid.put(row, macro)

    def choose_macro(self) -> bool:
        """Offer the macros there; False if there is none."""
        if not self._context.writing.macros:
            return False
        row = self._row_to_write_in()
        if row is not None:
            self.aid.offer_macros(row)
        return True

    def _row_to_write_in(self) -> ReportRow | None:
        if not self._is_editable():
            return None
        row = self.focused_row
        if row is None or not row.is_editing:
            typed_in = (name for name, one in self.sections.items() if one.line.hasFocus())
            section = next(typed_in, Section.FINDINGS) if row is None else row.sentence.section
            self._begin(section, "", after=None if row is None else row.sentence.id)
            row = self.focused_row
        return row

    def _split(self, row: ReportRow, at: int) -> None:
        """Two sentences of one, with the caret before the second."""
        section = self.sections[row.sentence.section]
        place = section.rows.index(row) + 1
        if self._state.split(row.sentence.id, at) and place < len(section.rows):
            section.rows[place].begin_editing(at=0)

    def _merge_up(self, row: ReportRow) -> None:
        """One sentence of this and the one above, with the caret where they meet."""
        rows = self.sections[row.sentence.section].rows
        place = rows.index(row) - 1
        if place >= 0 and rows[place].sentence.state is not SentenceState.AI_REJECTED:
            above = rows[place]
            end = len(above.sentence.text.strip())
            if self._state.merge(above.sentence.id, row.sentence.id):
                above.begin_editing(at=end)

    def _begin(self, section: Section, text: str, *, after: SentenceId | None = None) -> None:
        """Make an author's sentence and put the caret in it."""
        added = self._state.add(section, text, after=after)
        row = self.sections[section].row(added) if added is not None else None
        if row is not None:
            row.begin_editing()

    def _go_on_from(self, row: ReportRow) -> None:
        """After a decision: the next sentence to review, or stay when all are decided."""
        if row.hasFocus() or self.focused_row is None:
            self._go_to_undecided(1)

    def _go_to_undecided(self, step: int) -> None:
        row = self._undecided(step)
        if row is not None:
            row.setFocus(Qt.FocusReason.OtherFocusReason)

    def _undecided(self, step: int) -> ReportRow | None:
        """The next row without a decision after the focused one, round the end.

        When all are decided, the next one that asks something.
        """
        rows, focused = list(self.rows), self.focused_row
        if step < 0:
            rows.reverse()
        start = rows.index(focused) + 1 if focused is not None else 0
        after = rows[start:] + rows[:start]
        undecided = next((row for row in after if _is_undecided(row)), None)
        return undecided or next((row for row in after if _asks(row)), None)

    def _step(self, row: ReportRow, step: int) -> None:
        rows = self.rows
        position = rows.index(row) + step
        if 0 <= position < len(rows):
            rows[position].setFocus(Qt.FocusReason.OtherFocusReason)

    def _is_editable(self) -> bool:
        return self._state.report is not None and self._state.report.is_editable

    def _origin_line(self, report: Report) -> str:
        draft = self._state.draft
        if draft is None or report.draft_id is None:
            return ""
        model = (
            f"Draft by {draft.bundle_id} {draft.bundle_version} on {device_word(draft.provider)}"
        )
        parts = [model, moment_text(draft.created), f"{draft.seconds.total:.1f} s"]
        lines = ["  ·  ".join(parts), RESEARCH_USE, *draft.warnings]
        told = sum(sentence.is_reworded for sentence in draft.sentences)
        if told:
            counted = count_text(told, "sentence stands", "sentences stand")
            lines.append(f"{counted} in house style; the model's own words show under the pointer.")
        return "\n".join(lines)

    def _lay_out(self) -> None:
        set_look(self, surface="panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        set_look(self.patient, role="dim")
        self.patient.setContentsMargins(20, 0, 12, 0)
        self.patient.setFixedHeight(28)
        set_look(self.empty, role="dim")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.patient)
        column.addWidget(self.recovered)
        column.addWidget(self.draft)
        column.addWidget(self.first_reading)
        column.addWidget(self.knock_out)
        column.addWidget(self.empty, 1)
        column.addWidget(self.page, 1)
        column.addWidget(self.silence)
        column.addWidget(self.footer)
        self._lay_out_sections()

    def _lay_out_sections(self) -> None:
        body = QWidget()
        set_look(body, surface="panel", words="around")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 12, 0, 12)
        column.setSpacing(16)
        column.addWidget(self.additions.notice)
        for name, section in self.sections.items():
            column.addWidget(section)
            section.typed.connect(lambda text, name=name: self._begin(name, text))
        column.addWidget(self.additions.addenda)
        column.addStretch(1)
        self.page.setWidget(body)
        self.page.setAccessibleName("Report")
        self.page.setWidgetResizable(True)
        self.page.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)


def _is_undecided(row: ReportRow) -> bool:
    return row.sentence.state is SentenceState.AI_UNREVIEWED


def _asks(row: ReportRow) -> bool:
    return any(note.is_question for note in row.notes.notes)
