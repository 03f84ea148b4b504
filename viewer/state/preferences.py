"""The user's settings: keys, mouse, display, sizes. They are read after the first paint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from engine.domain.interpolation import Interpolation
from engine.domain.mouse import MouseHabits
from viewer.errors import OnError
from viewer.state.notices import Notices
from viewer.state.wording import percent_text
from viewer.tasks.changes import NOTHING
from viewer.tasks.runner import TaskRunner

if TYPE_CHECKING:
    from engine.settings import Layers, Settings

SCALES = (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
"""Sizes of the interface, as factors."""
REPORT_SCALES = (1.0, 1.25, 1.5, 1.75, 2.0)
"""Sizes of report text, as factors on the size of the interface."""
LOCK_MINUTES = (1, 30)
"""Shortest and longest time until a workspace locks itself, in minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """The head of every report's PDF.

    Attributes:
        lines: Separated by line breaks.
        logo: Path of a PNG file; empty for none.
    """

    institution: str = ""
    lines: str = ""
    logo: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """The folders shared with other systems; fields are named as the settings.

    Attributes:
        inbox_folders: Watched for films.
        draft_incoming: Whether studies from them are drafted before anybody opens them.
        orders_folder: In which other systems put orders; empty for none.
        outbox_folder: That signed results are delivered to; empty for none.
        outbox_acks: That the receiver writes its acknowledgements into; empty for none.
    """

    inbox_folders: tuple[str, ...] = ()
    draft_incoming: bool = True
    orders_folder: str = ""
    outbox_folder: str = ""
    outbox_acks: str = ""


class PreferencesState(QObject):
    """The user's settings.

    Signals:
        loaded: The stored settings have been read.
        scale_changed: Read `scale_here`.
        habits_changed: `mouse`, `interpolation` or the size of a screen changed.
        report_scale_changed: Read `report_scale`.
        blind_first_changed: Read `blind_first`.
        advance_changed: Read `advance`.
        lock_changed: Read `lock_minutes`.
        inbox_changed: Read `inbox_folders` and `draft_incoming`.
        orders_folder_changed: Read `orders_folder`.
        outbox_changed: Results go elsewhere, or answers come from elsewhere.
    """

    loaded = Signal()
    scale_changed = Signal()
    habits_changed = Signal()
    report_scale_changed = Signal()
    blind_first_changed = Signal()
    advance_changed = Signal()
    lock_changed = Signal()
    inbox_changed = Signal()
    orders_folder_changed = Signal()
    outbox_changed = Signal()

    def __init__(self, runner: TaskRunner, notices: Notices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._notices = notices
        self._settings: Settings | None = None
        self._fixed: frozenset[str] = frozenset()
        # Sizes whose storing is still under way: a second step continues from them.
        self._wanted_scale: float | None = None
        self._started_scale = 1.0
        self._wanted_report_scale: float | None = None

    @property
    def is_loaded(self) -> bool:
        """Whether the stored settings have been read; until then properties give defaults."""
        return self._settings is not None

    @property
    def keys(self) -> dict[str, tuple[str, ...]]:
        """Keys that the user assigned, by command id."""
        return {} if self._settings is None else dict(self._settings.keys)

    @property
    def scale(self) -> float:
        """Size of the interface, as a factor."""
        if self._wanted_scale is not None:
            return self._wanted_scale
        return 1.0 if self._settings is None else _drawn(self._settings)

    @property
    def scale_here(self) -> float:
        """Size of the interface as a factor on the one that this run was started with."""
        return self.scale / self._started_scale

    @property
    def report_scale(self) -> float:
        """Size of report text, as a factor on the size of the interface."""
        if self._wanted_report_scale is not None:
            return self._wanted_report_scale
        return 1.0 if self._settings is None else self._settings.report_scale

    @property
    def blind_first(self) -> bool:
        """Whether a draft is held back until the reader's first reading."""
        return self._settings is not None and self._settings.blind_first

    def set_blind_first(self, *, is_on: bool) -> None:
        """Store whether drafts are held back."""
        self._store({"blind_first": is_on}, lambda _now: self.blind_first_changed.emit())

    @property
    def advance(self) -> bool:
        """Whether the next study opens after signing."""
        return self._settings is not None and self._settings.advance

    def set_advance(self, *, is_on: bool) -> None:
        """Store whether the next study opens after signing."""
        self._store({"advance": is_on}, lambda _now: self.advance_changed.emit())

    @property
    def inbox_folders(self) -> tuple[str, ...]:
        """Folders that are watched for films."""
        return () if self._settings is None else self._settings.inbox_folders

    @property
    def draft_incoming(self) -> bool:
        """Whether studies from watched folders are drafted before anybody opens them."""
        return self._settings is not None and self._settings.draft_incoming

    @property
    def lock_minutes(self) -> int:
        """Minutes without input after which a workspace locks itself."""
        return 10 if self._settings is None else self._settings.lock_minutes

    @property
    def orders_folder(self) -> Path | None:
        """The folder in which other systems put orders; None if there is none."""
        words = "" if self._settings is None else self._settings.orders_folder
        return Path(words) if words else None

    def keep_orders_folder(self, folder: Path | None) -> None:
        """Store the folder of orders; None for none."""
        words = "" if folder is None else str(folder)
        self._store({"orders_folder": words}, lambda _now: self.orders_folder_changed.emit())

    def is_fixed(self, name: str) -> bool:
        """Whether a setting is fixed for this computer."""
        return name in self._fixed

    @property
    def folders(self) -> Folders:
        """The folders shared with other systems."""
        now = self._settings
        if now is None:
            return Folders()
        return Folders(**{each.name: getattr(now, each.name) for each in fields(Folders)})

    def keep_folders(
        self, folders: Folders, on_done: Callable[[], None], on_error: OnError
    ) -> None:
        """Store the folders shared with other systems; they are in force at once."""
        before, now = asdict(self.folders), asdict(folders)
        changes = {name: value for name, value in now.items() if value != before[name]}
        followed = (
            ({"inbox_folders", "draft_incoming"}, self.inbox_changed),
            ({"orders_folder"}, self.orders_folder_changed),
            ({"outbox_folder", "outbox_acks"}, self.outbox_changed),
        )

        def stored(_now: Settings) -> None:
            for names, signal in followed:
                if names & changes.keys():
                    signal.emit()
            on_done()

        self._store(changes, stored, on_error)

    @property
    def letterhead(self) -> Letterhead:
        """The letterhead of reports."""
        now = self._settings
        if now is None:
            return Letterhead()
        return Letterhead(institution=now.institution, lines=now.letterhead, logo=now.logo)

    def keep_letterhead(
        self, letterhead: Letterhead, on_done: Callable[[], None], on_error: OnError
    ) -> None:
        """Store the letterhead of reports."""
        changes = {
            "institution": letterhead.institution,
            "letterhead": letterhead.lines,
            "logo": letterhead.logo,
        }
        self._store(changes, lambda _settings: on_done(), on_error)

    def preview_letterhead(
        self, letterhead: Letterhead, on_picture: Callable[[bytes], None], on_error: OnError
    ) -> None:
        """Draw a letterhead as it will be printed, as a PNG picture."""

        def draw() -> bytes:
            from engine.services.exporting import letterhead_picture  # noqa: PLC0415 - the same

            return letterhead_picture(letterhead.institution, letterhead.lines, letterhead.logo)

        self._runner.query(draw, on_picture, on_error)

    @property
    def mouse(self) -> MouseHabits:
        """What mouse buttons, wheel and drags do."""
        return MouseHabits() if self._settings is None else self._settings.mouse_habits

    @property
    def interpolation(self) -> Interpolation:
        """Interpolation of enlarged films."""
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
        """Store the interpolation of enlarged films."""
        changes = {"interpolation": interpolation}
        self._store(changes, lambda _settings: self.habits_changed.emit())

    def keep_screen(self, screen: str, pixels_per_mm: float) -> None:
        """Store the measured device pixels per mm of a screen."""
        known = {} if self._settings is None else self._settings.screens
        changes = {"screens": {**known, screen: pixels_per_mm}}
        self._store(changes, lambda _settings: self.habits_changed.emit())

    def load(self) -> None:
        """Read the stored settings."""

        def read() -> Layers:
            from engine.settings import read_layers  # noqa: PLC0415 - after the first paint

            return read_layers()

        self._runner.query(read, self._set)

    def keep_keys(self, keys: Mapping[str, tuple[str, ...]]) -> None:
        """Store the assigned keys, by command id."""
        self._store({"keys": dict(keys)}, lambda _settings: None)

    def keep_lock_minutes(self, minutes: int) -> None:
        """Store the minutes until a workspace locks itself, within `LOCK_MINUTES`."""
        self._store({"lock_minutes": minutes}, lambda _settings: self.lock_changed.emit())

    def step_scale(self, step: int, most: float = SCALES[-1]) -> None:
        """Apply and store the next larger (1) or smaller (-1) interface size, and tell the reader.

        Args:
            step: 1 or -1.
            most: The largest size that fits the screen; a larger one is refused.
        """
        wanted = _beside(self.scale, SCALES, step)
        if step > 0 and wanted > max(most, self.scale):
            words = f"{percent_text(self.scale)} is the largest size that fits this screen."
            self._notices.say("Size", words)
            return
        self._wanted_scale = wanted
        self.scale_changed.emit()
        self._notices.say("Size", f"The interface is {percent_text(wanted)}.")
        self._store({"interface_scale": wanted}, lambda _now: None, self._set_back)

    def _set_back(self, error: Exception) -> None:
        self._wanted_scale = None
        self.scale_changed.emit()
        self._notices.tell(error)

    def step_report_scale(self, step: int) -> None:
        """Apply and store the next larger (1) or smaller (-1) report text, and tell the reader."""
        self._wanted_report_scale = wanted = _beside(self.report_scale, REPORT_SCALES, step)
        self.report_scale_changed.emit()
        self._notices.say("Size", f"Report text is {percent_text(wanted)}.")
        self._store({"report_scale": wanted}, lambda _now: None)

    def _store(
        self,
        changes: dict[str, Any],
        done: Callable[[Settings], None],
        on_error: OnError | None = None,
    ) -> None:
        def write() -> Settings:
            from engine.settings import change_settings  # noqa: PLC0415 - the same

            return change_settings(changes)

        def written(settings: Settings) -> None:
            self._settings = settings
            done(settings)

        self._runner.change(write, NOTHING, written, on_error or self._notices.tell)

    def _set(self, layers: Layers) -> None:
        settings = layers.settings
        self._fixed = layers.fixed
        # What Qt was started with; the window of a test may read its settings twice.
        self._settings, self._started_scale = settings, _drawn(settings)
        self.loaded.emit()
        self.report_scale_changed.emit()
        self.blind_first_changed.emit()
        self.advance_changed.emit()
        self.habits_changed.emit()
        self.inbox_changed.emit()
        self.orders_folder_changed.emit()


def _drawn(settings: Settings) -> float:
    """The size that the window is drawn at: a smaller one than the smallest step has no effect."""
    return max(settings.interface_scale, SCALES[0])


def _beside(now: float, sizes: tuple[float, ...], step: int) -> float:
    """The size `step` steps away from the one nearest to `now`, or the last in that direction."""
    nearest = min(range(len(sizes)), key=lambda n: abs(sizes[n] - now))
    return sizes[min(max(nearest + step, 0), len(sizes) - 1)]
