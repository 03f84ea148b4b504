"""The bottom line: model and device, when the text was last kept, the newest message."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from engine.domain.model_status import ModelStatus
from viewer.app_context import AppContext
from viewer.errors import Notice, Severity
from viewer.state.report import SaveState
from viewer.state.session import SessionStage
from viewer.state.wording import clock_text
from viewer.theme.palette import set_look
from viewer.theme.tokens import STATUS_HEIGHT
from viewer.widgets.elided_label import ElidedLabel

_ROLES = {
    Severity.QUIET: "caption",
    Severity.DECIDE: "caption-amber",
    Severity.ERROR: "caption-red",
}


class StatusLine(QWidget):
    """24 px at the bottom of the window."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.model = ElidedLabel()
        self.saved = QLabel()
        self.message = ElidedLabel()
        self._was_unsaved = False
        self._lay_out()
        context.session.model_changed.connect(self._on_model)
        context.session.stage_changed.connect(self.refresh_model)
        context.report.changed.connect(self.refresh_model)
        context.report.opened.connect(self.refresh_model)
        context.report.save_state_changed.connect(self.refresh_saved)
        context.report.opened.connect(self.refresh_saved)
        context.noticed.connect(self.show_notice)
        # What was said of one patient's film must not stand under another's.
        context.library.study_changed.connect(lambda: self.message.setText(""))
        self.refresh_model()
        self.refresh_saved()

    def show_notice(self, notice: Notice) -> None:
        """Show the newest message; it stays until the next, or until another study is opened."""
        set_look(self.message, role=_ROLES[notice.severity])
        self.message.setText(notice.line)

    def refresh_model(self) -> None:
        """Which model, which device, how long the last draft took."""
        session, draft = self._context.session, self._context.report.draft
        status = session.model
        if session.stage is not SessionStage.OPEN:
            self.model.setText("")
            return
        if not status.bundle:
            self.model.setText("No model" if status.message else "Looking for the model")
            return
        waiting = "loading" if status.is_ready else "cannot be used"
        parts = [f"Model {status.bundle}", status.provider or waiting]
        if draft is not None:
            parts.append(f"{draft.seconds.total:.1f} s")
        self.model.setText("  ·  ".join(parts))

    def _on_model(self, status: ModelStatus) -> None:
        self.refresh_model()
        if status.message:
            self.show_notice(
                Notice(title="Model", sentence=status.message, severity=Severity.DECIDE)
            )

    def refresh_saved(self) -> None:
        """Whether the text is on the disk."""
        report = self._context.report
        state, kept_at = report.save_state, report.kept_at
        words = {
            SaveState.SAVED: f"Saved {clock_text(kept_at)}" if kept_at is not None else "",
            SaveState.SAVING: "Saving",
            SaveState.UNSAVED: "Not saved yet",
            SaveState.FAILED: "Not saved: the text is only here",
        }
        if state is SaveState.FAILED:
            self._was_unsaved = True
        elif state is SaveState.SAVED and self._was_unsaved:
            # The red message must not outlive its cause.
            self._was_unsaved = False
            self.show_notice(
                Notice(title="Saved", sentence="Saved again.", severity=Severity.QUIET)
            )
        set_look(self.saved, role="caption-red" if state is SaveState.FAILED else "caption")
        self.saved.setText(words[state] if report.report is not None else "")

    def _lay_out(self) -> None:
        self.setFixedHeight(STATUS_HEIGHT)
        self.setObjectName("statusLine")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        for label in (self.model, self.saved, self.message):
            set_look(label, role="caption")
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(24)
        row.addWidget(self.model)
        row.addWidget(self.saved)
        row.addWidget(self.message, 1)
