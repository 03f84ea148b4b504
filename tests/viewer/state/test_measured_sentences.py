"""Sentences that follow their annotations until they are rewritten or signed."""

import shutil

import numpy as np
import pytest
from testkit.pixel_films import film_header, pixel_film
from testkit.workspaces import any_report

from engine.domain.annotation import Point
from engine.domain.annotation_kind import AnnotationKind
from engine.domain.report import SentenceSource
from engine.domain.study import PixelSpacing, SpacingKind
from engine.services.workspace import Workspace
from viewer.state.annotations import AnnotationsState
from viewer.state.film_in_view import FilmCaption
from viewer.state.measured_sentences import MeasuredSentences
from viewer.state.notices import Notices
from viewer.state.report import ReportState
from viewer.state.report_undo import ReportUndo
from viewer.state.viewport import ViewportState
from viewer.tasks.runner import TaskRunner

BY_USER = PixelSpacing(row_mm=0.5, column_mm=0.5, kind=SpacingKind.BY_USER)


class Desk:
    def __init__(self, workspace):
        self.runner = TaskRunner()
        self.report = ReportState(workspace, self.runner, Notices())
        self.report._set_report(any_report("1.2.3"))
        self.annotations = AnnotationsState()
        self.view = ViewportState(annotations=self.annotations)
        pixels = pixel_film(np.zeros((300, 400), np.uint16))
        self.image = film_header(pixels)
        self.view.show_image(self.image, pixels, FilmCaption())
        self.sentences = MeasuredSentences(
            self.annotations,
            self.report,
            ReportUndo(self.report, Notices()),
            lambda annotation: self.view.in_view.measured(annotation).sentence,
        )

    def put(self, kind, *places):
        self.annotations.add(
            self.annotations.new(kind, self.image, [Point(x=x, y=y) for x, y in places])
        )

    @property
    def said(self):
        return [sentence.text for sentence in self.report.report.sentences]


@pytest.fixture(scope="module")
def workspace(scanned_demo, tmp_path_factory):
    root = tmp_path_factory.mktemp("measured") / "workspace"
    shutil.copytree(scanned_demo, root)
    with Workspace.open_demo(root) as opened:
        yield opened


@pytest.fixture
def desk(qtbot, workspace):
    built = Desk(workspace)
    yield built
    built.report._stop_timers()
    built.runner.shut_down()


def test_a_sentence_follows_its_mark_its_undo_and_its_calibration(desk):
    desk.put(AnnotationKind.LENGTH, (0, 0), (100, 0))
    assert desk.sentences.insert() == ""
    assert desk.said == ["Length 20.0 mm (detector plane)."]
    annotation = desk.annotations.selected
    desk.annotations.change(annotation.with_point(1, Point(x=150, y=0)))
    assert desk.said == ["Length 30.0 mm (detector plane)."]
    (said,) = desk.report.report.sentences
    assert said.source is SentenceSource.MEASUREMENT, "the ledger says where the words come from"
    desk.report.set_text(said.id, "Length 30.0 mm (detector plane), stable.")
    assert desk.report.report.sentences[0].source is SentenceSource.TYPED, "a hand rewrote it"
    desk.report.set_text(said.id, said.text)
    desk.annotations.undo()
    assert desk.said == ["Length 20.0 mm (detector plane)."]
    desk.annotations.calibrate(desk.image, 50.0, BY_USER)
    assert desk.said == ["Length 50.0 mm (calibrated by user)."]


def test_a_region_is_a_sentence_that_follows_its_outline(desk):
    desk.put(AnnotationKind.FREEHAND, (0, 0), (100, 0), (100, 100), (0, 100))
    assert desk.sentences.insert() == ""
    assert desk.said == ["Region of 4.00 cm² (detector plane): mean 0, SD 0."]
    desk.annotations.change(desk.annotations.selected.with_point(2, Point(x=100, y=50)))
    assert desk.said == ["Region of 3.00 cm² (detector plane): mean 0, SD 0."]


def test_both_axes_follow_in_the_readers_own_words(desk):
    desk.put(AnnotationKind.BIDIRECTIONAL, (0, 50), (100, 50), (50, 20), (50, 80))
    desk.sentences.insert()
    assert desk.said == ["Long axis 20.0 mm, short axis 12.0 mm (detector plane)."]
    desk.report.set_text(
        desk.report.report.sentences[0].id, "Nodule of 20.0 mm by 12.0 mm at the left base."
    )
    desk.annotations.change(desk.annotations.selected.with_point(3, Point(x=50, y=70)))
    assert desk.said == ["Nodule of 20.0 mm by 10.0 mm at the left base."]


def test_what_the_reader_rewrote_is_the_readers(desk):
    desk.put(AnnotationKind.LENGTH, (0, 0), (100, 0))
    desk.sentences.insert()
    desk.report.set_text(desk.report.report.sentences[0].id, "Tube 2 cm above the carina.")
    desk.annotations.change(desk.annotations.selected.with_point(1, Point(x=150, y=0)))
    assert desk.said == ["Tube 2 cm above the carina."]


def test_the_value_stays_true_in_the_readers_own_words(desk):
    desk.put(AnnotationKind.LENGTH, (0, 0), (100, 0))
    desk.sentences.insert()
    desk.report.set_text(desk.report.report.sentences[0].id, "Tube 20.0 mm above the carina.")
    for x, value in ((150, "30.0"), (200, "40.0")):
        desk.annotations.change(desk.annotations.selected.with_point(1, Point(x=x, y=0)))
        assert desk.said == [f"Tube {value} mm above the carina."]


def test_what_the_millimetres_mean_stays_true_in_the_readers_own_words(desk):
    desk.put(AnnotationKind.LENGTH, (0, 0), (100, 0))
    desk.sentences.insert()
    said = desk.report.report.sentences[0].id
    desk.report.set_text(said, "Nodule of 20.0 mm (detector plane), was 120.0 mm.")
    desk.annotations.calibrate(desk.image, 50.0, BY_USER)
    assert desk.said == ["Nodule of 50.0 mm (calibrated by user), was 120.0 mm."]
    desk.annotations.calibrate(desk.image, 0.0, None)
    assert desk.said == ["Nodule of 20.0 mm (detector plane), was 120.0 mm."]


def test_all_values_of_a_region_move_together_or_none(desk):
    pixels = pixel_film(np.tile(np.arange(400, dtype=np.uint16), (300, 1)))
    desk.view.show_image(desk.image, pixels, FilmCaption())
    desk.put(AnnotationKind.RECTANGLE, (0, 0), (100, 100))
    desk.sentences.insert()
    (said,) = desk.report.report.sentences
    assert said.text == "Region of 4.00 cm² (detector plane): mean 50, SD 29.2."
    desk.report.set_text(said.id, "Opacity, 4.00 cm², mean 50.")
    desk.annotations.change(desk.annotations.selected.with_point(1, Point(x=200, y=100)))
    assert desk.said == ["Opacity, 8.00 cm², mean 100."]
    desk.report.set_text(said.id, "Opacity, 8.00 cm², mean 100, before 100.")
    desk.annotations.change(desk.annotations.selected.with_point(1, Point(x=100, y=100)))
    assert desk.said == ["Opacity, 8.00 cm², mean 100, before 100."], "whose 100 it is, is unknown"


def test_a_mark_that_was_undone_and_made_again_keeps_its_sentence(desk):
    desk.put(AnnotationKind.LENGTH, (0, 0), (100, 0))
    desk.sentences.insert()
    desk.annotations.undo()
    desk.annotations.redo()
    desk.annotations.change(desk.annotations.selected.with_point(1, Point(x=150, y=0)))
    assert desk.said == ["Length 30.0 mm (detector plane)."]


def test_what_cannot_be_inserted_is_said(desk):
    assert desk.sentences.insert() == "Select a measurement on the film first."
    desk.put(AnnotationKind.ARROW, (0, 0), (100, 0))
    assert desk.sentences.insert() == "Select a measurement on the film first."
    desk.report._set_report(any_report("9.9"))
    desk.put(AnnotationKind.LENGTH, (0, 0), (100, 0))
    assert desk.sentences.insert() == "This measurement is on a film of another study."
    assert desk.said == []
