"""Filters, smoothing, life size and the mouse in the window, and that they are kept."""

import numpy as np
import pytest

from engine.domain.annotation import AnnotationKind, Point
from engine.domain.display_filter import DisplayFilter
from engine.domain.interpolation import Interpolation
from engine.domain.mouse import MouseProfile
from engine.settings import load_settings
from viewer.canvas.corner_text import badges
from viewer.dialogs.measure_screen import BAR, MeasureScreen
from viewer.dialogs.mouse import MouseSheet


def test_a_filter_is_for_the_eye_only(room):
    view = room.window.views.active
    region = (Point(x=40, y=40), Point(x=400, y=400))
    mark = view.marks.new(AnnotationKind.RECTANGLE, view.image, region)
    before, measured = view.shown_samples, view.measured(mark)
    for kind in (DisplayFilter.SHARPEN, DisplayFilter.CLAHE):
        room.do("view.filter")
        room.wait(lambda kind=kind: view.filter.kind is kind)
        assert f"PROCESSED: {kind.value.upper()}" in badges(view)
        assert not np.array_equal(view.shown_samples, before)
        view.marks.clear()
        fresh = view.marks.new(AnnotationKind.RECTANGLE, view.image, region)
        assert view.measured(fresh) == measured
        assert view.pixels.samples is before
    room.do("view.filter")
    assert view.shown_samples is before
    assert not any(word.startswith("PROCESSED") for word in badges(view))


def test_mouse_screen_and_smoothing_are_kept_between_runs(room):
    views = room.window.views
    room.do("window.mouse")
    sheet = room.sheet(MouseSheet)
    sheet.profile.setCurrentIndex(sheet.profile.findData("ohif"))
    sheet.accept()
    room.wait(lambda: views.tool.habits.profile is MouseProfile.OHIF)
    assert load_settings().mouse is MouseProfile.OHIF
    room.do("view.interpolation")
    room.wait(lambda: load_settings().interpolation is Interpolation.NEAREST)
    room.wait(lambda: views.active.filter.interpolation is Interpolation.NEAREST)
    assert "squares" in room.notices[-1].sentence
    room.do("view.life_size")
    screen = room.sheet(MeasureScreen)
    screen.field.setText("80")
    screen.accept()
    room.wait(lambda: bool(load_settings().screens))
    room.wait(lambda: views.active.screen_pixels_per_mm is not None)
    room.do("view.life_size")
    per_mm = BAR * room.window.devicePixelRatioF() / 80
    assert views.active.pixels_per_mm == pytest.approx(per_mm)
    room.context.preferences.load()
    room.wait(lambda: views.tool.habits.profile is MouseProfile.OHIF)


def test_the_wheel_goes_through_the_films_of_its_place(room):
    views = room.window.views
    places = [place.image for place in room.context.films.available]
    start = places.index(views.states[0].image)
    step = 1 if start + 1 < len(places) else -1
    views._dispatchers[0].film_asked.emit(step)
    room.wait(lambda: views.states[0].image == places[start + step])
