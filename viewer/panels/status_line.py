"""The status line: model, when the text was stored, undelivered results, the latest message."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from engine.domain.model_status import ModelStatus
from viewer.desk import Desk
from viewer.errors import Notice, NoticeLevel
from viewer.state.notices import Notices
from viewer.state.report import SaveState
from viewer.state.wording import clock_text
from viewer.theme.palette import set_look
from viewer.theme.size import keep
from viewer.theme.tokens import STATUS_HEIGHT
from viewer.widgets.elided_label import ElidedLabel

_ROLES = {
    NoticeLevel.QUIET: "caption",
    NoticeLevel.DECIDE: "caption-amber",
    NoticeLevel.ERROR: "caption-red",
}


SECONDS = {NoticeLevel.QUIET: 15, NoticeLevel.DECIDE: 60}
"""How long a message stays; after that it may be out of date."""


class StatusLine(QWidget):
    """A line of 24 px at the bottom of the window, with the latest message on the right."""

    def __init__(self, notices: Notices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        keep(self, height=STATUS_HEIGHT)
        self.setObjectName("statusLine")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.message = ElidedLabel()
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        set_look(self.message, role="caption")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 0, 12, 0)
        self._row.setSpacing(24)
        self._row.addWidget(self.message, 1)
        self._taking_down = QTimer(self)
        self._taking_down.setSingleShot(True)
        self._taking_down.timeout.connect(self.clear)
        self._title = ""
        notices.noticed.connect(self.show_notice)
        notices.withdrawn.connect(self._withdraw)

    def show_notice(self, notice: Notice) -> None:
        """Show a message; an error stays until the next message, the others only a while."""
        set_look(self.message, role=_ROLES[notice.severity])
        self.message.setText(notice.line)
        self._title = notice.title
        seconds = SECONDS.get(notice.severity)
        if seconds is None:
            self._taking_down.stop()
        else:
            self._taking_down.start(1000 * seconds)

    def clear(self) -> None:
        """Remove the message."""
        self._taking_down.stop()
        self.message.setText("")

    def _withdraw(self, title: str) -> None:
        if title == self._title:
            self.clear()

    def put_left(self, standing: QWidget) -> None:
        """Insert a permanent widget on the left."""
        self._row.insertWidget(0, standing)


class StandingLine(QWidget):
    """The model, whether the text is on disk, and signed results that are not delivered."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.model = ElidedLabel()
        self.saved = QLabel()
        self.outbox = ElidedLabel()
        self._was_unsaved = False
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(24)
        for label in (self.model, self.saved):
            set_look(label, role="caption")
            label.setTextFormat(Qt.TextFormat.PlainText)
            row.addWidget(label)
        set_look(self.outbox, role="caption-amber")
        self.outbox.setTextFormat(Qt.TextFormat.PlainText)
        row.addWidget(self.outbox)
        desk.outbox.changed.connect(self.refresh_outbox)
        desk.session.model_changed.connect(self._on_model)
        desk.report.changed.connect(self.refresh_model)
        desk.report.opened.connect(self.refresh_model)
        desk.report.save_state_changed.connect(self.refresh_saved)
        desk.report.opened.connect(self.refresh_saved)
        self.refresh_model()
        self.refresh_saved()
        self.refresh_outbox()

    def refresh_outbox(self) -> None:
        """Show how many signed results are not delivered, and why."""
        status = self._desk.outbox.status
        self.outbox.setText(status.line if status.why or status.refused else "")
        self.outbox.setVisible(bool(self.outbox.text()))

    def refresh_model(self) -> None:
        """Show the model, its device, and how long the last draft took."""
        status, draft = self._desk.session.model, self._desk.report.draft
        if not status.bundle:
            self.model.setText("No model" if status.message else "Looking for the model")
            return
        waiting = "loading" if status.is_ready else "cannot be used"
        parts = [f"Model {status.bundle}", status.provider or waiting]
        if draft is not None:
            parts.append(f"{draft.seconds.total:.1f} s")
        self.model.setText("  ·  ".join(parts))

    def refresh_saved(self) -> None:
        """Show whether the text is on disk."""
        report = self._desk.report
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
            # Replaces the red message, which must not outlive its cause.
            self._was_unsaved = False
            self._desk.notices.say("Saved", "Saved again.")
        set_look(self.saved, role="caption-red" if state is SaveState.FAILED else "caption")
        self.saved.setText(words[state] if report.report is not None else "")

    def _on_model(self, status: ModelStatus) -> None:
        self.refresh_model()
        if status.message:
            self._desk.notices.say("Model", status.message, NoticeLevel.DECIDE)
