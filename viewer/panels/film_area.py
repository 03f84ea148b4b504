"""Where the films are: in the middle of the window, or in a window of their own.

On a desk with two monitors the films take one of them and list and report the other. The films'
window names the patient too, comes back when its monitor is gone, and is remembered.
"""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRect, QSettings, QSize, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from viewer.app_context import AppContext
from viewer.panels.banner import PatientBanner
from viewer.panels.screens import is_lost, other_screen, when_screen_goes
from viewer.panels.views import ViewsPanel
from viewer.theme.palette import set_look

NARROW_BELOW = 860
"""Width in px below which the films' own window shows one film and tabs."""
_APART, _GEOMETRY = "films/apart", "films/geometry"
_FIRST_SIZE = QSize(1200, 900)


class FilmArea(QStackedWidget):
    """The middle of the main window.

    Signals:
        moved: Whether the films have a window of their own now.
    """

    moved = Signal(bool)

    def __init__(
        self, context: AppContext, views: ViewsPanel, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._views = views
        self._is_narrow = False
        self._wants_apart = False
        self._away = _FilmWindow(context, views, self)
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
        """The main window is narrow; the films follow while they are in it."""
        self._is_narrow = is_narrow
        if self.apart is None:
            self._views.set_narrow(is_narrow=is_narrow)

    def set_apart(self, *, is_apart: bool) -> None:
        """Give the films a window of their own, or take them back."""
        if is_apart is (self.apart is not None):
            return
        if is_apart:
            self._away.take(self._views)
            self.setCurrentWidget(self._note)
            self._place()
            self._away.show()
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
        """Take the films back if their monitor is gone."""
        if self.apart is not None and is_lost(self._away):
            self.set_apart(is_apart=False)

    def store(self, settings: QSettings) -> None:
        """Remember where the films are, and put their window away with the main one."""
        is_apart = self.apart is not None
        settings.setValue(_APART, is_apart)
        if is_apart:
            settings.setValue(_GEOMETRY, self._away.saveGeometry())
        self._away.hide()

    def restore(self, settings: QSettings) -> None:
        """Remember what was stored; `open_again` does it once the main window stands."""
        geometry = settings.value(_GEOMETRY)
        if isinstance(geometry, QByteArray):
            self._away.restoreGeometry(geometry)
            self._away.has_place = True
        self._wants_apart = bool(settings.value(_APART, False, type=bool))  # noqa: FBT003 - Qt's

    def open_again(self) -> None:
        """Open the films' window if it was open when the program ended."""
        if self._wants_apart:
            self._wants_apart = False
            self.set_apart(is_apart=True)
            self.come_back_if_lost()

    def _place(self) -> None:
        """The first time: all of another monitor, or a window beside this one's middle."""
        if self._away.has_place:
            return
        self._away.has_place = True
        other = other_screen(self)
        if other is not None:
            self._away.setGeometry(other.availableGeometry())
            self._away.setWindowState(Qt.WindowState.WindowMaximized)
        else:
            room = self.screen().availableGeometry()
            place = QRect(room.topLeft(), _FIRST_SIZE.boundedTo(room.size()))
            self._away.setGeometry(place)

    def _make_note(self) -> QWidget:
        note = QWidget()
        words = QLabel("The films are in a window of their own.")
        set_look(words, role="dim")
        back = QPushButton("Bring them back")
        back.clicked.connect(lambda: self.set_apart(is_apart=False))
        column = QVBoxLayout(note)
        column.setSpacing(12)
        column.addStretch(1)
        for part in (words, back):
            column.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        return note


class _FilmWindow(QWidget):
    """Banner and films; never a patient's name in its title.

    Signals:
        closed: It was closed by hand: the films go back.
    """

    closed = Signal()

    def __init__(self, context: AppContext, views: ViewsPanel, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle("Negatoscope: films")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        set_look(self, surface="ground")
        self.setMinimumSize(480, 400)
        self.has_place = False
        self._views = views
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(PatientBanner(context))

    def take(self, views: ViewsPanel) -> None:
        """Hold the films."""
        self._column.addWidget(views, 1)
        views.show()
        self._fold()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold to one film where there is room for no more."""
        super().resizeEvent(event)
        self._fold()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Give the films back instead of closing with them."""
        self.closed.emit()
        event.accept()

    def _fold(self) -> None:
        if self._views.window() is self:
            self._views.set_narrow(is_narrow=self.width() < NARROW_BELOW)
