"""The running draft: its text so far, a way to stop, or why there is no draft."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine.domain.film_choice import choose_films
from engine.errors import NoSuitableFilmError
from viewer.desk import Desk
from viewer.theme.palette import set_look
from viewer.widgets.progress_line import ProgressLine


class DraftProgress(QWidget):
    """Invitation, progress or refusal above the sections; hidden when there is none.

    Signals:
        draft_asked, stop_asked: The buttons.
    """

    draft_asked = Signal()
    stop_asked = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.title = QLabel()
        self.words = QLabel()
        self.bar = ProgressLine()
        self.start = QPushButton("Draft report  F5")
        self.stop = QPushButton("Stop  Esc")
        self._lay_out()
        self.start.clicked.connect(self.draft_asked)
        self.stop.clicked.connect(self.stop_asked)
        desk.job.changed.connect(self.refresh)
        desk.report.changed.connect(self.refresh)
        desk.report.opened.connect(self.refresh)
        desk.session.model_changed.connect(self.refresh)
        desk.blind.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the present state of the draft."""
        report = self._desk.report.report
        job = self._desk.job
        if report is None or not report.is_editable:
            self.hide()
        elif job.study == report.study_uid:
            self._show_running()
        elif (failure := job.failure_of(report.study_uid)) is not None:
            again = "Try again  F5" if failure.may_try_again else ""
            self._show_words(failure.title, failure.line, role="amber", start=again)
        elif report.draft_id is None and not report.sentences and not self._desk.blind.has_draft:
            self._show_invitation()
        else:
            self.hide()

    def _show_running(self) -> None:
        progress = self._desk.job.progress
        is_stopping = self._desk.job.is_stopping
        message = progress.message if progress is not None else ""
        self._show_words(
            "Stopping" if is_stopping else message or "Drafting",
            "" if progress is None or self._desk.blind.is_waiting else progress.partial_text,
            role="dim",
        )
        total = progress.total if progress is not None else 0
        self.bar.show_progress(progress.done if progress is not None else 0, total)
        self.stop.setEnabled(not is_stopping)
        self.stop.show()

    def _show_invitation(self) -> None:
        model = self._desk.session.model
        if refusal := self._refusal():
            self._show_words("No draft of this study", refusal, role="dim")
        elif model.bundle and not model.message:
            sentence = "The model can draft the findings, or type them yourself."
            self._show_words("No draft yet", sentence, role="dim", start="Draft report  F5")
        elif model.message:
            start = "Draft report  F5" if model.is_ready else ""
            self._show_words("No draft", model.message, role="dim", start=start)
        else:
            self.hide()

    def _refusal(self) -> str:
        """Why no draft can be made of the open study, judged by its headers; empty if one can."""
        study = self._desk.library.study
        try:
            if study is not None:
                choose_films(study)
        except NoSuitableFilmError as error:
            return str(error)
        return ""

    def _show_words(self, title: str, words: str, *, role: str, start: str = "") -> None:
        set_look(self.title, role="amber" if role == "amber" else "heading")
        self.title.setText(title)
        self.words.setText(words)
        self.words.setVisible(bool(words))
        self.bar.finish()
        self.stop.hide()
        self.start.setText(start or self.start.text())
        self.start.setVisible(bool(start))
        self.show()

    def _lay_out(self) -> None:
        set_look(self, words="around")
        set_look(self.words, role="dim", words="report")
        for label in (self.title, self.words):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        set_look(self.start, variant="primary")
        set_look(self.stop, variant="quiet")
        for button in (self.start, self.stop):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.title, 1)
        head.addWidget(self.stop)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 12, 12, 12)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.bar)
        column.addWidget(self.words)
        column.addWidget(self.start, 0, Qt.AlignmentFlag.AlignLeft)
