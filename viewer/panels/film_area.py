"""The films' area: in the middle of the main window, or in a window of its own.

On two monitors the films can have one, list and report the other. The films' window names the
patient too, comes back when its monitor is gone, and is restored at the next start.
"""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from viewer.desk import Desk
from viewer.panels.banner import PatientBanner
from viewer.panels.screens import is_lost, keep_inside, other_screen, when_screen_goes
from viewer.panels.views import ViewsPanel
from viewer.theme.palette import set_look

NARROW_BELOW = 860
"""Width of the films' own window below which it shows one film and tabs, in px."""
_APART, _GEOMETRY = "films/apart", "films/geometry"
_FIRST_SIZE = QSize(1200, 900)


class FilmArea(QStackedWidget):
    """The middle of the main window.

    Signals:
        moved: Whether the films have a window of their own.
    """

    moved = Signal(bool)

    def __init__(self, desk: Desk, views: ViewsPanel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._views = views
        self._is_narrow = False
        self._wants_apart = False
        self._away = _FilmWindow(desk, views, self)
        self._note = self._make_note()
        self.addWidget(views)
        self.addWidget(self._note)
        self._away.closed.connect(lambda: self.set_apart(is_apart=False))
        when_screen_goes(self, self.come_back_if_lost)

    @property
    def apart(self) -> QWidget | None:
        """The films' own window; None while they are in the main window."""
        return self._away if self._views.window() is self._away else None

    def add_actions(self, actions: list[QAction]) -> None:
        """Let the main window's keys act in the films' window too."""
        self._away.addActions(actions)

    def set_narrow(self, *, is_narrow: bool) -> None:
        """Set whether the main window is narrow; its films then show one at a time."""
        self._is_narrow = is_narrow
        if self.apart is None:
            self._views.set_narrow(is_narrow=is_narrow)

    def set_apart(self, *, is_apart: bool) -> None:
        """Move the films to a window of their own, or back."""
        if is_apart is (self.apart is not None):
            return
        if is_apart:
            self._away.take(self._views)
            self.setCurrentWidget(self._note)
            self._place()
            self._away.show()
            QTimer.singleShot(0, self._away, lambda: keep_inside(self._away))
        else:
            self._away.hide()
            self.insertWidget(0, self._views)
            self.setCurrentWidget(self._views)
            self._views.show()
            self._views.set_narrow(is_narrow=self._is_narrow)
        self._views.window().activateWindow()
        self._views.active_view.setFocus(Qt.FocusReason.OtherFocusReason)
        self.moved.emit(is_apart)

    def come_back_if_lost(self) -> None:
        """Move the films back if their monitor is gone."""
        if self.apart is not None and is_lost(self._away):
            self.set_apart(is_apart=False)

    def store(self, settings: QSettings) -> None:
        """Store where the films are, and hide their window with the main one."""
        is_apart = self.apart is not None
        settings.setValue(_APART, is_apart)
        if is_apart:
            settings.setValue(_GEOMETRY, self._away.saveGeometry())
        self._away.hide()

    def restore(self, settings: QSettings) -> None:
        """Read where the films were; `open_again` applies it once the main window is open."""
        geometry = settings.value(_GEOMETRY)
        if isinstance(geometry, QByteArray):
            self._away.restoreGeometry(geometry)
            self._away.is_placed = True
        self._wants_apart = bool(settings.value(_APART, False, type=bool))  # noqa: FBT003 - Qt's

    def open_again(self) -> None:
        """Open the films' window if it was open when the program ended."""
        if self._wants_apart:
            self._wants_apart = False
            self.set_apart(is_apart=True)
            self.come_back_if_lost()

    def _place(self) -> None:
        """Place the films' window the first time, on another monitor if there is one."""
        if self._away.is_placed:
            return
        self._away.is_placed = True
        other = other_screen(self)
        if other is not None:
            self._away.setGeometry(other.availableGeometry())
            self._away.setWindowState(Qt.WindowState.WindowMaximized)
        else:
            # Without a position, which the desktop chooses: a position set here is that of the
            # contents and would put the title bar above the screen.
            self._away.resize(_FIRST_SIZE.boundedTo(self.screen().availableSize()))

    def _make_note(self) -> QWidget:
        note = QWidget()
        words = QLabel("The films are in their own window.")
        set_look(words, role="dim")
        back = QPushButton("Attach films")
        back.clicked.connect(lambda: self.set_apart(is_apart=False))
        column = QVBoxLayout(note)
        column.setSpacing(12)
        column.addStretch(1)
        for part in (words, back):
            column.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        return note


class _FilmWindow(QWidget):
    """Banner and films. The title never names a patient.

    Signals:
        closed: The reader closed the window; move the films back.
    """

    closed = Signal()

    def __init__(self, desk: Desk, views: ViewsPanel, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle("Negatoscope: films")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        set_look(self, surface="ground")
        self.setMinimumSize(480, 400)
        self.is_placed = False
        self._views = views
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(PatientBanner(desk))

    def take(self, views: ViewsPanel) -> None:
        """Hold the films."""
        self._column.addWidget(views, 1)
        views.show()
        self._fold()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show one film at a time if there is no space for more."""
        super().resizeEvent(event)
        self._fold()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Give the films back instead of closing with them."""
        self.closed.emit()
        event.accept()

    def _fold(self) -> None:
        if self._views.window() is self:
            self._views.set_narrow(is_narrow=self.width() < NARROW_BELOW)
