"""Registry of commands; each is one record for menu, shortcut, tool bar and shortcut sheet.

A `Command` is data. The registry makes one `QAction` of each, refuses two commands on one key, and
keeps the focus rule: keys of scope "image" act only while a film has the focus, because in an
editor letters are text. From anywhere else such a command is reached with Alt and its letter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from viewer.theme.icons import icon
from viewer.theme.tokens import Tokens


class Scope(StrEnum):
    """Where a command's keys act."""

    WINDOW = "window"
    IMAGE = "image"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command of the program.

    Attributes:
        id: Dotted and stable, e.g. "view.invert"; stored with the reader's own keys.
        text: Menu text in sentence case, without the key.
        group: Heading in the menu and the shortcut sheet, e.g. "Image".
        shortcut: Key in Qt's portable form, e.g. "Ctrl+S"; empty for none.
        also: Further keys.
        icon: File name in `resources/icons` without suffix; empty for none.
        scope: Where the keys act.
        tip: One line for the tool tip after the text; empty for none.
        checkable: Whether the command is a switch.
    """

    id: str
    text: str
    group: str
    shortcut: str = ""
    also: tuple[str, ...] = ()
    icon: str = ""
    scope: Scope = Scope.WINDOW
    tip: str = ""
    checkable: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys, in portable form."""
        return tuple(key for key in (self.shortcut, *self.also) if key)


class CommandConflictError(ValueError):
    """Two commands share an id or a key.

    For built-in commands this is a mistake in the code, found when the window is built. For keys
    that a reader chose the message is a sentence for the reader.
    """


class CommandRegistry(QObject):
    """The commands of one window and their actions.

    Signals:
        keys_changed: The reader changed keys.

    Args:
        parent: The window; keys of scope "window" act in all of it.
    """

    keys_changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._image_area: QWidget | None = None
        self._commands: dict[str, Command] = {}
        self._defaults: dict[str, Command] = {}
        self._twins: dict[str, QAction] = {}
        self._actions: dict[str, QAction] = {}
        self._handlers: dict[str, Callable[[], object]] = {}
        self._owner_of_key: dict[str, str] = {}
        self._chords: dict[str, tuple[Command, QAction]] = {}

    def add(self, commands: Iterable[Command]) -> None:
        """Make the actions of commands; each is disabled until it is bound.

        Raises:
            CommandConflictError: An id or a key is taken, or a key does not exist.
        """
        for command in commands:
            if command.id in self._commands:
                raise CommandConflictError(f"command {command.id} was added twice")
            _claim(command, self._owner_of_key)
            self._commands[command.id] = self._defaults[command.id] = command
            self._actions[command.id] = self._build(command)

    def bind(self, command_id: str, handler: Callable[[], object]) -> None:
        """Set what a command does and enable it. A second call replaces the first."""
        self._handlers[command_id] = handler
        self.action(command_id).setEnabled(True)

    def action(self, command_id: str) -> QAction:
        """The action of a command; raises `KeyError` for an unknown id."""
        return self._actions[command_id]

    def commands(self) -> tuple[Command, ...]:
        """All commands in the order they were added, as the shortcut sheet lists them."""
        return tuple(self._commands.values())

    def set_image_area(self, area: QWidget) -> None:
        """Set the widget that contains the films: keys of scope "image" act inside it."""
        for command in self._commands.values():
            if command.scope is Scope.IMAGE:
                if self._image_area is not None:
                    self._image_area.removeAction(self._actions[command.id])
                area.addAction(self._actions[command.id])
        self._image_area = area

    def apply_icons(self, tokens: Tokens) -> None:
        """Draw the actions' icons in a theme's colours; call again after a change of theme."""
        for command in self._commands.values():
            if command.icon:
                self._actions[command.id].setIcon(icon(command.icon, tokens))

    def put_chords(self, commands: Iterable[Command], run: Callable[[str], object]) -> None:
        """Set the keys of the reader's macros, replacing earlier ones. No menu shows them.

        A macro whose key has since gone to a command is left without it.

        Args:
            commands: Of scope "window", with ids unlike those of all commands.
            run: Called with the id of the macro whose key was pressed.
        """
        for _, action in self._chords.values():
            self._window.removeAction(action)
            action.deleteLater()
        self._chords = {}
        # Commands claim first, so that a macro's key can never take one away from a command.
        owners: dict[str, str] = {}
        for command in self._commands.values():
            _claim(command, owners)
        for command in commands:
            try:
                _claim(command, owners)
            # Keys can be changed after a macro got its own: the macro then stays without, silently,
            # because the reader has changed something else and the macro's text still works.
            except CommandConflictError:
                continue
            action = QAction(self)
            action.setShortcuts([QKeySequence(key) for key in command.keys])
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            action.triggered.connect(lambda _=False, command_id=command.id: run(command_id))
            self._window.addAction(action)
            self._chords[command.id] = (command, action)
        self._owner_of_key = owners

    def why_not(self, command: Command) -> str:
        """Why a command cannot have its keys, as a sentence; empty if it can."""
        owners = {key: one for key, one in self._owner_of_key.items() if one != command.id}
        named = {**self._named(), command.id: command}
        try:
            _claim(command, owners, named)
        except CommandConflictError as error:
            return str(error)
        return ""

    def _named(self) -> dict[str, Command]:
        return self._defaults | {command.id: command for command, _ in self._chords.values()}

    @property
    def chosen_keys(self) -> dict[str, tuple[str, ...]]:
        """Keys of the commands whose keys the reader changed, by command id."""
        return {
            command.id: command.keys
            for command in self._commands.values()
            if command.keys != self._defaults[command.id].keys
        }

    def choose_keys(self, chosen: Mapping[str, tuple[str, ...]]) -> None:
        """Set the reader's keys; commands not named get their default keys.

        Unknown ids are ignored: they may come from another version.

        Raises:
            CommandConflictError: Two commands would share a key, or a key does not exist; nothing
                is changed then. The message is a sentence for the reader.
        """
        wanted = [
            _with_keys(command, chosen[command.id]) if command.id in chosen else command
            for command in self._defaults.values()
        ]
        # Everything is claimed in a new table before anything is applied, so that a conflict leaves
        # the keys as they are, and two commands can exchange their keys.
        owners: dict[str, str] = {}
        for command in (*wanted, *(chord for chord, _ in self._chords.values())):
            _claim(command, owners, self._named())
        self._owner_of_key = owners
        for command in wanted:
            if command.keys != self._commands[command.id].keys:
                self._commands[command.id] = command
                self._apply_keys(command)
        self.keys_changed.emit()

    def give_way(self, chosen: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """The chosen keys, plus the remaining default keys of commands that lose one to them.

        Keys chosen under an earlier version can be defaults of a command that was added later. The
        reader's choice wins.

        Raises:
            CommandConflictError: Two of the chosen ones share a key, or a key does not exist.
        """
        # Chosen keys claim first; defaults then keep only what is left.
        owners: dict[str, str] = {}
        for command in self._defaults.values():
            if command.id in chosen:
                _claim(_with_keys(command, chosen[command.id]), owners, self._named())
        found = dict(chosen)
        for command in self._defaults.values():
            left = tuple(key for key in command.keys if _is_free(command, key, owners))
            if command.id not in chosen and left != command.keys:
                found[command.id] = left
        return found

    def _apply_keys(self, command: Command) -> None:
        action = self._actions[command.id]
        action.setShortcuts([QKeySequence(key) for key in command.keys])
        action.setToolTip(_tool_tip(command))
        twin = self._twins.get(command.id)
        if twin is not None:
            twin.setShortcuts([QKeySequence(key) for key in _alt_keys(command)])

    def _build(self, command: Command) -> QAction:
        action = QAction(command.text, self)
        action.setObjectName(command.id)
        action.setCheckable(command.checkable)
        action.setEnabled(False)
        action.setToolTip(_tool_tip(command))
        action.setShortcuts([QKeySequence(key) for key in command.keys])
        action.triggered.connect(lambda: self._run(command.id))
        if command.scope is Scope.WINDOW:
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            self._window.addAction(action)
            return action
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        if self._image_area is not None:
            self._image_area.addAction(action)
        self._add_alt_twin(command, action)
        return action

    def _add_alt_twin(self, command: Command, action: QAction) -> None:
        """Let Alt and the letter trigger the command from the editor."""
        twin = QAction(self)
        twin.setShortcuts([QKeySequence(key) for key in _alt_keys(command)])
        twin.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        twin.triggered.connect(action.trigger)
        self._window.addAction(twin)
        self._twins[command.id] = twin

    def _run(self, command_id: str) -> None:
        handler = self._handlers.get(command_id)
        if handler is not None:
            handler()


def native_keys(command: Command) -> tuple[str, ...]:
    """A command's keys as the platform writes them, e.g. "Ctrl+S"."""
    form = QKeySequence.SequenceFormat.NativeText
    return tuple(QKeySequence(key).toString(form) for key in command.keys)


def _with_keys(command: Command, keys: tuple[str, ...]) -> Command:
    return replace(command, shortcut=keys[0] if keys else "", also=keys[1:])


def _claim(
    command: Command, owner_of_key: dict[str, str], named: Mapping[str, Command] | None = None
) -> None:
    """Enter a command's keys into a table of taken keys; raises `CommandConflictError`.

    Args:
        command: The command that claims its keys.
        owner_of_key: Command ids by portable key; extended.
        named: Commands whose texts go into the message; None to name ids.
    """
    for key in (*command.keys, *_alt_keys(command)):
        # Compared in Qt's portable form: "ctrl+s" and "Ctrl+S" are one key. The Alt twin of a
        # letter is claimed too, or a window command on Alt and that letter would make both
        # ambiguous.
        sequence = QKeySequence.fromString(key, QKeySequence.SequenceFormat.PortableText)
        portable = sequence.toString(QKeySequence.SequenceFormat.PortableText)
        if not portable:
            raise CommandConflictError(f"{_called(command.id, named)}: there is no key {key!r}.")
        owner = owner_of_key.setdefault(portable, command.id)
        if owner != command.id:
            raise CommandConflictError(
                f"{portable} is taken by {_called(owner, named)}, "
                f"so {_called(command.id, named)} cannot have it."
            )


def _is_free(command: Command, key: str, owners: Mapping[str, str]) -> bool:
    try:
        _claim(_with_keys(command, (key,)), dict(owners))
    except CommandConflictError:
        return False
    return True


def _called(command_id: str, named: Mapping[str, Command] | None) -> str:
    return f"“{named[command_id].text}”" if named is not None else command_id


def _alt_keys(command: Command) -> tuple[str, ...]:
    if command.scope is not Scope.IMAGE:
        return ()
    return tuple(f"Alt+{key}" for key in command.keys if len(key) == 1 and key.isalnum())


def _tool_tip(command: Command) -> str:
    keys = native_keys(command)
    name = command.text.rstrip("…")
    words = f"{name}. {command.tip}" if command.tip else name
    return f"{words}  {keys[0]}" if keys else words
