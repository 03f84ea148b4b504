from __future__ import annotations

import time

from viewer.tasks.watchdog import Watchdog


def test_r59_a_window_that_stood_still_is_in_the_log(qtbot, caplog) -> None:
    watchdog = Watchdog()
    watchdog.start()
    time.sleep(0.4)
    qtbot.waitUntil(lambda: "the window stood still for" in caplog.text, timeout=20_000)
