"""After how many minutes without a touch the window locks itself."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QSpinBox, QWidget

from viewer.dialogs.sheet import Sheet
from viewer.state.preferences import LOCK_MINUTES, PreferencesState
from viewer.theme.palette import set_look


class LockAfterSheet(Sheet):
    """One number.

    Args:
        preferences: Where it is kept.
        is_demo: The demo workspace never locks by itself, which the sheet says.
    """

    def __init__(
        self, preferences: PreferencesState, *, is_demo: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__("Lock after", 420, parent)
        self._preferences = preferences
        self.add_heading("Lock after")
        self.minutes = QSpinBox()
        self.minutes.setRange(*LOCK_MINUTES)
        self.minutes.setValue(preferences.lock_minutes)
        self.minutes.setSuffix(" min without a touch")
        self.add_field("Time until everything is hidden", self.minutes)
        if is_demo:
            self.add_label("The demo never locks by itself.", role="dim")
        cancel = QPushButton("Not now  Esc")
        self.keep = QPushButton("Keep it")
        set_look(cancel, variant="quiet")
        set_look(self.keep, variant="primary")
        self.add_buttons(cancel, self.keep)
        cancel.clicked.connect(self.reject)
        self.keep.clicked.connect(self._keep)

    def _keep(self) -> None:
        self._preferences.keep_lock_minutes(self.minutes.value())
        self.accept()
