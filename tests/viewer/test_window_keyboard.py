"""Keyboard alone reaches every control, and arrow keys do on a film what dragging does."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from engine.domain.annotation import AnnotationKind, Point
from viewer.actions import view

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ENTRANCES = ((Qt.Key.Key_F, CTRL), (Qt.Key.Key_F6, None))
"""Keys that leave the film, where Tab goes from film to film."""


def by_tab(room, entrance, key):
    """Every widget that Tab, or Shift and Tab, comes to until it is round or on the film."""
    room.window.views.active_view.setFocus()
    room.press(*entrance)
    reached = []
    while room.focus not in reached and room.focus not in room.window.views.views:
        reached.append(room.focus)
        room.press(key, SHIFT if key is Qt.Key.Key_Backtab else None)
    return reached


@pytest.mark.parametrize("width", [1920, 1366])
def test_tab_reaches_every_control_of_the_window(room, width):
    room.draft()
    room.window.resize(width, 1080)
    reached = set()
    for entrance in ENTRANCES:
        for key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            reached.update(by_tab(room, entrance, key))
    missed = [
        f"{type(w).__name__} {w.accessibleName() or w.toolTip()!r} in {type(w.parent()).__name__}"
        for w in room.window.findChildren(QWidget)
        if w.isVisible()
        and w.isEnabled()
        and w.focusPolicy() & Qt.FocusPolicy.TabFocus
        and w.focusProxy() is None
        and w not in reached
        and w not in room.window.views.views
    ]
    assert missed == [], "\n".join(missed)


def test_every_command_is_in_the_menu_or_has_a_key(room):
    menu = room.window.tools.menu_button.menu()
    in_menu = {a.objectName() for a in menu.actions()}
    for action in menu.actions():
        if action.menu() is not None:
            in_menu |= {a.objectName() for a in action.menu().actions()}
    assert {command.id for command in room.window.registry.commands()} <= in_menu
    room.press(Qt.Key.Key_F12)
    room.wait(lambda: QApplication.activePopupWidget() is menu)
    QTest.keyClick(menu, Qt.Key.Key_Escape)


def test_escape_lets_a_mark_go_before_it_resets_the_film(room):
    room.wait(room.window.isActiveWindow)
    marks, state = room.context.marks, room.window.views.active
    place = [Point(x=9.0, y=9.0), Point(x=99.0, y=9.0)]
    marks.add(marks.new(AnnotationKind.LENGTH, state.image, place))
    room.do(view.INVERT)
    room.press(Qt.Key.Key_Escape)
    assert (marks.selected, state.is_inverted) == (None, True)
    room.press(Qt.Key.Key_Escape)
    assert not state.is_inverted
