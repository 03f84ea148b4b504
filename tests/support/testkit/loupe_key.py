"""The loupe's command by itself, for views without a window."""

from __future__ import annotations

from PySide6.QtGui import QAction, QKeySequence

from viewer.actions.view import LOUPE, VIEW_COMMANDS


def loupe_action() -> QAction:
    """With the keys that it has at first."""
    action = QAction()
    keys = next(command.keys for command in VIEW_COMMANDS if command.id == LOUPE)
    action.setShortcuts([QKeySequence(key) for key in keys])
    return action
