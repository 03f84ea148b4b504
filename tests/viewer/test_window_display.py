"""Filters, smoothing, life size and the mouse in the window, and that they are kept."""

import numpy as np
import pytest

from engine.domain.annotation import Point
from engine.domain.annotation_kind import AnnotationKind
from engine.domain.display_filter import DisplayFilter
from engine.domain.interpolation import Interpolation
from engine.domain.mouse import MouseProfile
from engine.settings import load_settings
from viewer.canvas.corner_text import badges
from viewer.dialogs.millimetres import BAR, MeasureScreen
from viewer.dialogs.mouse import MouseSheet


def test_a_filter_is_for_the_eye_only(room):
    view = room.view.views.active
    region = (Point(x=40, y=40), Point(x=400, y=400))
    annotation = view.annotations.new(AnnotationKind.RECTANGLE, view.film.image, region)
    before, measured = view.grey.samples, view.in_view.measured(annotation)
    for kind in (DisplayFilter.SHARPEN, DisplayFilter.CLAHE):
        room.do("view.filter")
        room.wait(lambda kind=kind: view.grey.filter.kind is kind)
        assert f"PROCESSED: {kind.value.upper()}" in badges(view)
        assert not np.array_equal(view.grey.samples, before)
        view.annotations.clear()
        fresh = view.annotations.new(AnnotationKind.RECTANGLE, view.film.image, region)
        assert view.in_view.measured(fresh) == measured
        assert view.film.pixels.samples is before
    room.do("view.filter")
    assert view.grey.samples is before
    assert not any(word.startswith("PROCESSED") for word in badges(view))


def test_mouse_screen_and_smoothing_are_kept_between_runs(room):
    views = room.view.views
    room.do("window.mouse")
    sheet = room.sheet(MouseSheet)
    sheet.profile.setCurrentIndex(sheet.profile.findData("ohif"))
    sheet.accept()
    room.wait(lambda: views.tool.habits.profile is MouseProfile.OHIF)
    assert load_settings().mouse is MouseProfile.OHIF
    room.do("view.interpolation")
    room.wait(lambda: load_settings().interpolation is Interpolation.NEAREST)
    room.wait(lambda: views.active.grey.filter.interpolation is Interpolation.NEAREST)
    assert "squares" in room.notices[-1].sentence
    room.do("view.life_size")
    screen = room.sheet(MeasureScreen)
    screen.field.setText("80")
    screen.accept()
    room.wait(lambda: bool(load_settings().screens))
    room.wait(lambda: views.active.placement.screen_pixels_per_mm is not None)
    room.do("view.life_size")
    per_mm = BAR * room.window.devicePixelRatioF() / 80
    assert views.active.placement.pixels_per_mm == pytest.approx(per_mm)
    room.context.preferences.load()
    room.wait(lambda: views.tool.habits.profile is MouseProfile.OHIF)


def test_the_wheel_goes_through_the_films_of_its_place(room):
    views = room.view.views
    places = [place.image for place in room.desk.films.available]
    start = places.index(views.states[0].film.image)
    step = 1 if start + 1 < len(places) else -1
    views._dispatchers[0].film_asked.emit(step)
    room.wait(lambda: views.states[0].film.image == places[start + step])


def test_the_name_of_a_preset_stands_on_the_film_for_a_moment(room):
    view = room.view.views.active_view
    chosen = view.state.grey.chosen
    view.setFocus()
    room.press("3")
    before = view.grab().toImage()
    assert chosen.words == "Lung detail"
    room.wait(lambda: not chosen.words)
    after = view.grab().toImage()
    assert before != after, "it was drawn, and is gone"
    room.press("4")
    assert chosen.words.startswith("Mediastinum")
    room.show_study(room.desk.library.rows[1].uid)
    assert not chosen.words, "another film was not chosen for"
