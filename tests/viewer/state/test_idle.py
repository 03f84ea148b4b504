from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from viewer.state.idle import IdleWatch


def test_it_counts_from_the_last_touch(qtbot) -> None:
    watch = IdleWatch()
    field = QLineEdit()
    qtbot.addWidget(field)
    field.show()
    field.activateWindow()
    qtbot.waitUntil(field.isActiveWindow)
    watch.start(2.0)
    QTest.qWait(1000)
    assert watch._timer.remainingTime() < 1200
    QTest.keyClick(field.windowHandle(), Qt.Key.Key_A)
    assert watch._timer.remainingTime() > 1500
    with qtbot.waitSignal(watch.idled, timeout=20_000):
        pass
    watch.start(0)
    assert not watch._timer.isActive()


def test_r25_it_counts_again_from_a_touch_after_the_time_was_up(qtbot) -> None:
    watch = IdleWatch()
    field = QLineEdit()
    qtbot.addWidget(field)
    field.show()
    field.activateWindow()
    qtbot.waitUntil(field.isActiveWindow)
    with qtbot.waitSignal(watch.idled, timeout=20_000):
        watch.start(0.05)
    with qtbot.waitSignal(watch.idled, timeout=20_000):
        QTest.keyClick(field.windowHandle(), Qt.Key.Key_A)
