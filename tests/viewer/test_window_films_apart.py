"""The films in a window of their own: for a second monitor, remembered, never lost."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QApplication

from viewer.dialogs.lock import LockSheet
from viewer.panels.banner import PatientBanner
from viewer.panels.screens import keep_inside


def apart(room):
    """The films' own window, once it has the keyboard."""
    room.do("window.films_apart")
    window = room.view.film_area.apart
    room.wait(window.isVisible)
    window.activateWindow()
    room.wait(window.isActiveWindow)
    return window


def test_the_films_go_to_a_window_that_names_the_patient_and_come_back(room):
    away = apart(room)
    assert room.view.views.window() is away
    assert away.windowTitle() == "Negatoscope: films"
    banner = away.findChild(PatientBanner)
    assert room.desk.library.study.patient.name in banner.name.text()
    assert banner.name.isVisible()
    assert room.window.registry.action("window.films_apart").isChecked()
    away.close()
    room.wait(lambda: room.view.views.window() is room.window)
    room.wait(room.window.isActiveWindow)
    room.wait(lambda: room.focus is room.view.views.active_view)
    assert room.view.views.active_view.isVisible()
    assert not room.window.registry.action("window.films_apart").isChecked()


def test_keys_act_in_the_films_window_as_in_the_main_one(room):
    away = apart(room)
    room.view.views.active_view.setFocus()
    room.wait(lambda: room.focus is room.view.views.active_view)
    room.press(Qt.Key.Key_I)
    assert room.view.views.active.grey.is_inverted
    room.press(Qt.Key.Key_F3)
    room.wait(lambda: len(room.desk.films.films) == 1)
    room.press(Qt.Key.Key_F11)
    room.wait(away.isFullScreen)
    assert not room.window.isFullScreen()
    room.press(Qt.Key.Key_F11)
    room.wait(lambda: not away.isFullScreen())
    room.press(Qt.Key.Key_F6)
    room.wait(room.window.isActiveWindow)
    room.wait(lambda: room.view.report.isAncestorOf(room.focus))
    room.press(Qt.Key.Key_F6)
    room.wait(away.isActiveWindow)
    room.press(Qt.Key.Key_F10, Qt.KeyboardModifier.ControlModifier)
    room.wait(lambda: room.view.film_area.apart is None)


def test_the_films_come_back_when_their_monitor_is_pulled_out(room):
    away = apart(room)
    away.move(20_000, 20_000)
    QApplication.instance().screenRemoved.emit(QApplication.primaryScreen())
    room.wait(lambda: room.view.film_area.apart is None)
    assert room.view.views.active_view.isVisible()


def test_where_the_films_were_is_remembered_but_not_a_monitor_that_is_gone(
    room, qtbot, tmp_path, demo_root
):
    away = apart(room)
    away.setGeometry(40, 50, 640, 480)
    room.close()
    again = type(room)(qtbot, tmp_path / "window.ini")
    again.open_demo(demo_root)
    again.wait(lambda: again.view.film_area.apart is not None)
    assert again.view.film_area.apart.size() == QSize(640, 480)
    again.view.film_area.apart.move(20_000, 20_000)
    again.close()
    third = type(room)(qtbot, tmp_path / "window.ini")
    third.open_demo(demo_root)
    found = third.view.views.window()
    screens = QApplication.screens()
    assert any(s.availableGeometry().intersects(found.frameGeometry()) for s in screens)
    third.close()


def test_a_locked_workspace_shows_no_film_on_the_other_monitor(room):
    away = apart(room)
    room.do("file.lock")
    sheet = room.sheet(LockSheet)
    assert not away.isVisible()
    sheet.passphrase.setText("demo")
    sheet.unlock.click()
    room.wait(away.isVisible)


def test_the_films_window_stands_inside_the_screen_with_its_title_bar(room):
    away = apart(room)
    away.move(-400, -300)
    keep_inside(away)
    assert away.screen().availableGeometry().contains(away.frameGeometry())
