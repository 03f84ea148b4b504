"""Keyboard alone reaches every control, and arrow keys do on a film what dragging does."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from engine.domain.annotation import Point
from engine.domain.annotation_kind import AnnotationKind
from viewer.actions import layout, view

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ENTRANCES = ((Qt.Key.Key_F, CTRL), (Qt.Key.Key_F6, None))
"""Keys that leave the film, where Tab goes from film to film."""


def by_tab(room, entrance, key):
    """Every widget that Tab, or Shift and Tab, comes to until it is round or on the film."""
    room.view.views.active_view.setFocus()
    room.press(*entrance)
    reached = []
    while room.focus not in reached and room.focus not in room.view.views.views:
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
        and w not in room.view.views.views
    ]
    assert missed == [], "\n".join(missed)


def menus_in(menu):
    """The menu, and all that open from it."""
    yield menu
    for action in menu.actions():
        if action.menu() is not None:
            yield from menus_in(action.menu())


def test_the_menu_has_seven_parts_and_none_of_them_more_than_twelve_entries(room):
    menu = room.window.tools.menu_button.menu()
    titles = [action.text() for action in menu.actions()]
    assert titles == ["File", "Report", "Image", "Measure", "Layout", "View", "Help"]
    for each in menus_in(menu):
        entries = [action.text() for action in each.actions() if not action.isSeparator()]
        assert len(entries) <= 12, (each.title(), entries)


def test_presets_are_called_what_they_are_called_on_the_film(room):
    room.window.tools.menu_button.menu().aboutToShow.emit()
    presets = {p.key: p.name for p in room.view.views.active.grey.presets() if p.key}
    assert len(presets) > 4
    for key, name in presets.items():
        if key != "0":
            shown = room.window.registry.action(view.preset_id(int(key))).text()
            assert shown.replace("&&", "&") == name


def test_a_preset_that_the_film_lacks_is_not_in_the_menu_and_its_key_says_so(room):
    view_state = room.view.views.active
    lacking = set("123456789") - {p.key for p in view_state.grey.presets()}
    assert lacking
    menu = room.window.tools.menu_button.menu()
    menu.aboutToShow.emit()
    for digit in "123456789":
        action = room.window.registry.action(view.preset_id(int(digit)))
        assert action.isVisible() is (digit not in lacking)
    menu.aboutToHide.emit()
    room.view.views.active_view.setFocus()
    before = view_state.grey.voi
    for digit in lacking:
        room.press(digit)
        assert view_state.grey.chosen.words == f"No window {digit} in this file"
    assert view_state.grey.voi == before


def test_a_tool_tip_begins_with_the_name_of_its_command(room):
    for command in room.window.registry.commands():
        tip = room.window.registry.action(command.id).toolTip()
        assert tip.startswith(command.text.rstrip("…")), tip


def test_every_command_is_in_the_menu_or_has_a_key(room):
    menu = room.window.tools.menu_button.menu()
    in_menu = {action.objectName() for each in menus_in(menu) for action in each.actions()}
    missing = {command.id for command in room.window.registry.commands()} - in_menu
    assert missing == {layout.MENU}
    room.press(Qt.Key.Key_F12)
    room.wait(lambda: QApplication.activePopupWidget() is menu)
    QTest.keyClick(menu, Qt.Key.Key_Escape)


def test_escape_lets_a_mark_go_before_it_resets_the_film(room):
    room.wait(room.window.isActiveWindow)
    annotations, state = room.desk.annotations, room.view.views.active
    place = [Point(x=9.0, y=9.0), Point(x=99.0, y=9.0)]
    annotations.add(annotations.new(AnnotationKind.LENGTH, state.film.image, place))
    room.do(view.INVERT)
    room.press(Qt.Key.Key_Escape)
    assert (annotations.selected, state.grey.is_inverted) == (None, True)
    room.press(Qt.Key.Key_Escape)
    assert not state.grey.is_inverted
