"""Sentences that follow their marks until they are rewritten or signed."""

import numpy as np
import pytest
from testkit.pixel_films import film_header, pixel_film
from testkit.workspaces import any_report

from engine.domain.annotation import AnnotationKind, Point
from engine.domain.report import SentenceSource
from engine.domain.study import PixelSpacing, SpacingKind
from viewer.state.film_caption import FilmCaption
from viewer.state.marks import MarksState
from viewer.state.measured_sentences import MeasuredSentences
from viewer.state.report import ReportState
from viewer.state.session import SessionState
from viewer.state.viewport import ViewportState
from viewer.tasks.runner import TaskRunner

BY_USER = PixelSpacing(row_mm=0.5, column_mm=0.5, kind=SpacingKind.BY_USER)


class Desk:
    def __init__(self):
        self.runner = TaskRunner()
        self.report = ReportState(self.runner, SessionState(self.runner))
        self.report._set_report(any_report("1.2.3"))
        self.marks = MarksState()
        self.view = ViewportState(marks=self.marks)
        pixels = pixel_film(np.zeros((300, 400), np.uint16))
        self.image = film_header(pixels)
        self.view.show_image(self.image, pixels, FilmCaption())
        self.sentences = MeasuredSentences(
            self.marks, self.report, lambda mark: self.view.measured(mark).sentence
        )

    def put(self, kind, *places):
        self.marks.add(self.marks.new(kind, self.image, [Point(x=x, y=y) for x, y in places]))

    @property
    def said(self):
        return [sentence.text for sentence in self.report.report.sentences]


@pytest.fixture
def desk(qtbot):
    built = Desk()
    yield built
    built.report._stop_timers()
    built.runner.shut_down()


def test_a_sentence_follows_its_mark_its_undo_and_its_calibration(desk):
    desk.put(AnnotationKind.LENGTH, (0, 0), (100, 0))
    assert desk.sentences.insert() == ""
    assert desk.said == ["Length 20.0 mm (detector plane)."]
    mark = desk.marks.selected
    desk.marks.change(mark.with_point(1, Point(x=150, y=0)))
    assert desk.said == ["Length 30.0 mm (detector plane)."]
    (said,) = desk.report.report.sentences
    assert said.source is SentenceSource.MEASUREMENT, "the ledger says where the words come from"
    desk.report.set_text(said.id, "Length 30.0 mm (detector plane), stable.")
    assert desk.report.report.sentences[0].source is SentenceSource.TYPED, "a hand rewrote it"
    desk.report.set_text(said.id, said.text)
    desk.marks.undo()
    assert desk.said == ["Length 20.0 mm (detector plane)."]
    desk.marks.calibrate(desk.image, 50.0, BY_USER)
    assert desk.said == ["Length 50.0 mm (calibrated by user)."]


def test_what_the_reader_rewrote_is_the_readers(desk):
    desk.put(AnnotationKind.LENGTH, (0, 0), (100, 0))
    desk.sentences.insert()
    desk.report.set_text(desk.report.report.sentences[0].id, "Tube 2 cm above the carina.")
    desk.marks.change(desk.marks.selected.with_point(1, Point(x=150, y=0)))
    assert desk.said == ["Tube 2 cm above the carina."]


def test_the_value_stays_true_in_the_readers_own_words(desk):
    desk.put(AnnotationKind.LENGTH, (0, 0), (100, 0))
    desk.sentences.insert()
    desk.report.set_text(desk.report.report.sentences[0].id, "Tube 20.0 mm above the carina.")
    for x, value in ((150, "30.0"), (200, "40.0")):
        desk.marks.change(desk.marks.selected.with_point(1, Point(x=x, y=0)))
        assert desk.said == [f"Tube {value} mm above the carina."]


def test_what_the_millimetres_mean_stays_true_in_the_readers_own_words(desk):
    desk.put(AnnotationKind.LENGTH, (0, 0), (100, 0))
    desk.sentences.insert()
    said = desk.report.report.sentences[0].id
    desk.report.set_text(said, "Nodule of 20.0 mm (detector plane), was 120.0 mm.")
    desk.marks.calibrate(desk.image, 50.0, BY_USER)
    assert desk.said == ["Nodule of 50.0 mm (calibrated by user), was 120.0 mm."]
    desk.marks.calibrate(desk.image, 0.0, None)
    assert desk.said == ["Nodule of 20.0 mm (detector plane), was 120.0 mm."]


def test_all_values_of_a_region_move_together_or_none(desk):
    pixels = pixel_film(np.tile(np.arange(400, dtype=np.uint16), (300, 1)))
    desk.view.show_image(desk.image, pixels, FilmCaption())
    desk.put(AnnotationKind.RECTANGLE, (0, 0), (100, 100))
    desk.sentences.insert()
    (said,) = desk.report.report.sentences
    assert said.text == "Region of 4.00 cm² (detector plane): mean 50, SD 29.2."
    desk.report.set_text(said.id, "Opacity, 4.00 cm², mean 50.")
    desk.marks.change(desk.marks.selected.with_point(1, Point(x=200, y=100)))
    assert desk.said == ["Opacity, 8.00 cm², mean 100."]
    desk.report.set_text(said.id, "Opacity, 8.00 cm², mean 100, before 100.")
    desk.marks.change(desk.marks.selected.with_point(1, Point(x=100, y=100)))
    assert desk.said == ["Opacity, 8.00 cm², mean 100, before 100."], "whose 100 it is, is unknown"


def test_a_mark_that_was_undone_and_made_again_keeps_its_sentence(desk):
    desk.put(AnnotationKind.LENGTH, (0, 0), (100, 0))
    desk.sentences.insert()
    desk.marks.undo()
    desk.marks.redo()
    desk.marks.change(desk.marks.selected.with_point(1, Point(x=150, y=0)))
    assert desk.said == ["Length 30.0 mm (detector plane)."]


def test_what_cannot_be_inserted_is_said(desk):
    assert desk.sentences.insert() == "Select a measurement on the film first."
    desk.put(AnnotationKind.ARROW, (0, 0), (100, 0))
    assert desk.sentences.insert() == "Select a measurement on the film first."
    desk.report._set_report(any_report("9.9"))
    desk.put(AnnotationKind.LENGTH, (0, 0), (100, 0))
    assert desk.sentences.insert() == "This measurement is on a film of another study."
    assert desk.said == []
