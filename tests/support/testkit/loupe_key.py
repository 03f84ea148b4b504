"""The loupe's command alone, for viewports without a window."""

from __future__ import annotations

from PySide6.QtGui import QAction, QKeySequence

from viewer.actions.view import LOUPE, VIEW_COMMANDS


def loupe_action() -> QAction:
    """An action with the loupe's default keys."""
    action = QAction()
    keys = next(command.keys for command in VIEW_COMMANDS if command.id == LOUPE)
    action.setShortcuts([QKeySequence(key) for key in keys])
    return action
