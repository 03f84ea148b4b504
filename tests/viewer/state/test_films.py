"""Films on the light box: paging reads what is wanted now and nothing that was left behind."""

import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest
from testkit.pixel_films import pixel_film, slope_samples
from testkit.studies import film, study

from engine.domain.study import StudyUid, View
from viewer.state.films import FilmsState
from viewer.state.notices import Notices
from viewer.tasks.runner import TaskRunner

ONE = pixel_film(slope_samples(8, 8))
FRAMES = [ONE, *(pixel_film(slope_samples(8, 8)) for _ in range(2))]


class SlowLibrary:
    """Films that take until they are let through, or until their reading is cancelled."""

    def __init__(self):
        self.asked = []
        self.stopped = []
        self.open = threading.Event()

    def pixels(self, image, *, cancel, frame=0):
        self.asked.append(image.sop_uid if frame == 0 else f"{image.sop_uid}, frame {frame}")
        while not self.open.wait(0.01):
            if cancel.is_cancelled:
                self.stopped.append(image.sop_uid)
                cancel.raise_if_cancelled()
        return ONE if frame == 0 else FRAMES[frame]


@pytest.fixture
def library():
    return SlowLibrary()


@pytest.fixture
def films(qapp, library):
    runner = TaskRunner()
    yield FilmsState(SimpleNamespace(library=library), runner, Notices())
    library.open.set()
    runner.shut_down()


def _study(number):
    taken = study(film(f"1.2.{number}", view=View.FRONTAL))
    return replace(taken, uid=StudyUid(f"1.{number}"))


def test_paging_past_films_reads_only_those_that_were_begun_and_the_last(films, library, qtbot):
    films.show(_study(0), ())
    qtbot.waitUntil(lambda: library.asked == ["1.2.0"])
    for number in range(1, 21):
        films.show(_study(number), ())
    qtbot.waitUntil(lambda: "1.2.20" in library.asked)
    # Of those left behind at most the two that the reading threads had in hand were begun.
    assert len(library.asked) <= 3
    qtbot.waitUntil(lambda: len(library.stopped) == len(library.asked) - 1)
    library.open.set()
    qtbot.waitUntil(lambda: films.films[0].pixels is not None)
    assert library.asked[-1] == "1.2.20"


def test_stepping_through_a_studys_films_leaves_the_skipped_ones_unread(films, library, qtbot):
    many = [film(f"1.2.{number}", view=View.FRONTAL) for number in range(21)]
    films.show(study(*many), ())
    first = films.films[0].image
    qtbot.waitUntil(lambda: first.sop_uid in library.asked)
    for _ in range(20):
        films.step(0, 1)
    wanted = films.films[0].image.sop_uid
    assert wanted != first.sop_uid
    qtbot.waitUntil(lambda: wanted in library.asked)
    assert len(set(library.asked)) <= 4


def test_the_prior_made_ready_for_its_key_is_dropped_with_its_films(films, library, qtbot):
    library.open.set()
    now, before = _study(1), replace(_study(2), study_date=None)
    seen = []
    library.open.clear()
    films.show(now, (before,))
    films.fetch(before.images[0], seen.append, seen.append)
    qtbot.waitUntil(lambda: "1.2.2" in library.asked)
    films.show(_study(3), ())
    qtbot.waitUntil(lambda: "1.2.2" in library.stopped)
    assert not seen


def _of_three(uid):
    return replace(film(uid, view=View.FRONTAL), frames=3)


def test_frames_are_turned_one_by_one_and_stop_at_the_ends(films, library, qtbot):
    library.open.set()
    films.show(study(_of_three("1.2.0")), ())
    qtbot.waitUntil(lambda: films.films[0].pixels is ONE)
    films.turn_frame(0, -1)
    assert (films.films[0].frame, films._turning) == (0, {})
    for frame in (1, 2):
        films.turn_frame(0, 1)
        qtbot.waitUntil(lambda frame=frame: films.films[0].pixels is FRAMES[frame])
        assert films.films[0].frame == frame
    films.turn_frame(0, 1)
    assert films._turning == {}
    assert library.asked == ["1.2.0", "1.2.0, frame 1", "1.2.0, frame 2"]


def test_turning_fast_shows_the_last_frame_asked_for(films, library, qtbot):
    library.open.set()
    films.show(study(_of_three("1.2.0")), ())
    qtbot.waitUntil(lambda: films.films[0].pixels is ONE)
    library.open.clear()
    films.turn_frame(0, 1)
    films.turn_frame(0, 1)
    assert films.films[0].pixels is ONE  # the one in view stays till then
    library.open.set()
    qtbot.waitUntil(lambda: films.films[0].frame == 2)
    assert films.films[0].pixels is FRAMES[2]


def test_another_film_in_the_place_begins_with_its_first_frame(films, library, qtbot):
    library.open.set()
    films.show(study(*(_of_three(f"1.2.{n}") for n in range(2))), ())
    qtbot.waitUntil(lambda: films.films[0].pixels is ONE)
    films.turn_frame(0, 1)
    qtbot.waitUntil(lambda: films.films[0].frame == 1)
    films.step(0, 1)
    qtbot.waitUntil(lambda: films.films[0].pixels is ONE)
    assert films.films[0].frame == 0
