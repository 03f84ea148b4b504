"""What this user chose: keys, mouse, display, size; read after the first paint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from engine.domain.interpolation import Interpolation
from engine.domain.mouse import MouseHabits
from viewer.errors import notice_of
from viewer.tasks.changes import NOTHING
from viewer.tasks.runner import TaskRunner

if TYPE_CHECKING:
    from engine.settings import Settings

SCALES = (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
"""Sizes of the interface that can be chosen, as factors."""
REPORT_SCALES = (1.0, 1.25, 1.5, 1.75, 2.0)
"""Sizes of the words of reports that can be chosen, as further factors."""
LOCK_MINUTES = (1, 30)
"""Least and most minutes until a workspace locks itself."""


class PreferencesState(QObject):
    """The user's settings.

    Signals:
        loaded: What was stored is here.
        habits_changed: `mouse`, `interpolation` or a screen is another than before.
        scale_changed: Another size of the interface was stored.
        report_scale_changed: Read `report_scale`.
        blind_first_changed: Read `blind_first`.
        advance_changed: Read `advance`.
        lock_changed: Another time until the lock was stored.
        noticed: `Notice`.
    """

    loaded = Signal()
    habits_changed = Signal()
    scale_changed = Signal(float)
    report_scale_changed = Signal()
    blind_first_changed = Signal()
    advance_changed = Signal()
    lock_changed = Signal()
    noticed = Signal(object)

    def __init__(self, runner: TaskRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._settings: Settings | None = None
        # Of a step that is not stored yet: the next one goes on from there.
        self._wanted_scale: float | None = None
        self._wanted_report_scale: float | None = None

    @property
    def is_loaded(self) -> bool:
        """Whether what was stored is here; what is read before that are the defaults."""
        return self._settings is not None

    @property
    def keys(self) -> dict[str, tuple[str, ...]]:
        """Keys that the user chose, by command."""
        return {} if self._settings is None else dict(self._settings.keys)

    @property
    def scale(self) -> float:
        """Size of the interface from the next start on, as a factor."""
        if self._wanted_scale is not None:
            return self._wanted_scale
        return 1.0 if self._settings is None else self._settings.interface_scale

    @property
    def report_scale(self) -> float:
        """Size of the words of reports, as a factor on that of the interface."""
        if self._wanted_report_scale is not None:
            return self._wanted_report_scale
        return 1.0 if self._settings is None else self._settings.report_scale

    @property
    def blind_first(self) -> bool:
        """Whether a draft waits for the reader's own call."""
        return self._settings is not None and self._settings.blind_first

    def set_blind_first(self, *, is_on: bool) -> None:
        """Store whether a draft waits."""
        self._store({"blind_first": is_on}, lambda _now: self.blind_first_changed.emit())

    @property
    def advance(self) -> bool:
        """Whether the next study opens once a report is signed."""
        return self._settings is not None and self._settings.advance

    def set_advance(self, *, is_on: bool) -> None:
        """Store whether the next study opens."""
        self._store({"advance": is_on}, lambda _now: self.advance_changed.emit())

    @property
    def lock_minutes(self) -> int:
        """After how many minutes without a touch a workspace locks itself."""
        return 10 if self._settings is None else self._settings.lock_minutes

    @property
    def mouse(self) -> MouseHabits:
        """What the mouse does."""
        return MouseHabits() if self._settings is None else self._settings.mouse_habits

    @property
    def interpolation(self) -> Interpolation:
        """How enlarged films are smoothed."""
        if self._settings is None:
            return Interpolation.AUTOMATIC
        return self._settings.interpolation

    def pixels_per_mm(self, screen: str) -> float | None:
        """Device pixels per mm of a screen; None if nobody measured it."""
        return None if self._settings is None else self._settings.screens.get(screen)

    def keep_mouse(self, habits: MouseHabits) -> None:
        """Store what the mouse does."""
        changes = {
            "mouse": habits.profile,
            "own_mouse": habits.own,
            "window_drag": habits.direction,
            "window_speed": habits.speed,
        }
        self._store(changes, lambda _settings: self.habits_changed.emit())

    def keep_interpolation(self, interpolation: Interpolation) -> None:
        """Store how enlarged films are smoothed."""
        changes = {"interpolation": interpolation}
        self._store(changes, lambda _settings: self.habits_changed.emit())

    def keep_screen(self, screen: str, pixels_per_mm: float) -> None:
        """Store what was measured on a screen."""
        known = {} if self._settings is None else self._settings.screens
        changes = {"screens": {**known, screen: pixels_per_mm}}
        self._store(changes, lambda _settings: self.habits_changed.emit())

    def load(self) -> None:
        """Read the settings."""

        def read() -> Settings:
            from engine.settings import load_settings  # noqa: PLC0415 - after the first paint

            return load_settings()

        self._runner.query(read, self._set)

    def keep_keys(self, keys: Mapping[str, tuple[str, ...]]) -> None:
        """Store the keys."""
        self._store({"keys": dict(keys)}, lambda _settings: None)

    def keep_lock_minutes(self, minutes: int) -> None:
        """Store after how many minutes a workspace locks itself, within `LOCK_MINUTES`."""
        self._store({"lock_minutes": minutes}, lambda _settings: self.lock_changed.emit())

    def step_scale(self, step: int) -> None:
        """Store the next larger (1) or smaller (-1) size of the interface."""
        self._wanted_scale = wanted = _beside(self.scale, SCALES, step)
        self._store({"interface_scale": wanted}, lambda _now: self.scale_changed.emit(wanted))

    def step_report_scale(self, step: int) -> None:
        """Show reports in the next larger (1) or smaller (-1) words at once, and store that."""
        self._wanted_report_scale = wanted = _beside(self.report_scale, REPORT_SCALES, step)
        self.report_scale_changed.emit()
        self._store({"report_scale": wanted}, lambda _now: None)

    def _store(self, changes: dict[str, Any], done: Callable[[Settings], None]) -> None:
        def write() -> Settings:
            from engine.settings import load_settings, save_settings  # noqa: PLC0415 - the same

            settings = load_settings().model_copy(update=changes)
            save_settings(settings)
            return settings

        def written(settings: Settings) -> None:
            self._settings = settings
            done(settings)

        self._runner.change(
            write, NOTHING, written, lambda error: self.noticed.emit(notice_of(error))
        )

    def _set(self, settings: Settings) -> None:
        self._settings = settings
        self.loaded.emit()
        self.report_scale_changed.emit()
        self.blind_first_changed.emit()
        self.advance_changed.emit()
        self.habits_changed.emit()


def _beside(now: float, sizes: tuple[float, ...], step: int) -> float:
    """The size that many steps from the one nearest to `now`, or the last one that way."""
    nearest = min(range(len(sizes)), key=lambda n: abs(sizes[n] - now))
    return sizes[min(max(nearest + step, 0), len(sizes) - 1)]
