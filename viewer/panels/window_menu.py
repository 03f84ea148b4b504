"""The film's windows by name, at the top of its menu."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QMenu

from engine.imaging.window import WindowPreset
from viewer.state.viewport import ViewportState


def add_windows(menu: QMenu, state: ViewportState) -> QMenu | None:
    """Add a menu of what a film can be seen through, the one in force checked.

    Returns:
        The added menu; None without a film.
    """
    presets = state.presets()
    if not presets:
        return None
    added = menu.addMenu("Window")
    for preset in presets:
        action = added.addAction(_words(preset))
        action.setCheckable(True)
        action.setChecked(preset.voi == state.voi and preset.inverted == state.is_inverted)
        action.triggered.connect(partial(_show, state, preset))
    menu.addSeparator()
    return added


def _show(state: ViewportState, preset: WindowPreset, _checked: object = None) -> None:
    state.show_preset(preset)


def _words(preset: WindowPreset) -> str:
    """The name, its digit where the menu shows keys; no letter of it is a mnemonic."""
    name = preset.name.replace("&", "&&")
    return f"{name}\t{preset.key}" if preset.key else name
