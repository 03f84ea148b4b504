"""The proposed cardiothoracic ratio by keys and mouse: it counts once it is confirmed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from testkit.reading_room import ReadingRoom

from engine.domain.annotation_kind import AnnotationKind
from engine.domain.mouse import DragAction
from engine.domain.report import Section
from engine.services.workspace import Workspace
from viewer.canvas.film_export import view_image
from viewer.state.annotations_in_view import PROPOSAL_HINT
from viewer.state.viewport import ViewportState

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier
RATIO = AnnotationKind.CARDIOTHORACIC


@pytest.fixture
def plain(room: ReadingRoom) -> ReadingRoom:
    """The window on a frontal film without a finding, the film focused."""
    row = next(row for row in room.desk.library.rows if "Bergstr" in row.patient.name)
    room.show_study(row.uid)
    room.view.views.active_view.setFocus()
    return room


def state(room: ReadingRoom) -> ViewportState:
    return room.view.views.active


def drawn(room: ReadingRoom):
    return room.desk.annotations.of_film(state(room).film.image.sop_uid)


def propose(room: ReadingRoom) -> None:
    room.press("C")
    room.wait(lambda: room.desk.annotations.proposed is not None)


def on_screen(room: ReadingRoom, point) -> QPoint:
    x, y = state(room).placement.geometry.to_view(point.x, point.y)
    ratio = room.view.views.active_view.devicePixelRatioF()
    return QPoint(round(x / ratio), round(y / ratio))


def test_a_proposal_counts_for_nothing(plain: ReadingRoom, demo_root) -> None:
    room = plain
    before = view_image(room.view.views.active_view).toImage()
    put = []
    room.desk.annotations.put.connect(put.append)
    propose(room)
    proposed = room.desk.annotations.proposed
    assert drawn(room) == ()
    assert state(room).in_view.shown == ()
    assert state(room).in_view.hint == PROPOSAL_HINT
    assert not room.desk.annotations.can_undo
    room.press("M", CTRL)
    assert not room.report.sentences
    # Neither the tool's hint nor the proposal is in a picture of the view.
    room.do("tool.window")
    assert room.view.views.active_view.grab().toImage() != before
    assert view_image(room.view.views.active_view).toImage() == before
    assert room.desk.annotations.proposed is proposed
    room.close()
    assert put == []
    with Workspace.open_demo(demo_root) as workspace:
        assert workspace.annotating.annotations(proposed.study_uid).annotations == ()


def test_return_makes_it_the_readers_measurement_in_one_step(plain: ReadingRoom, demo_root) -> None:
    room = plain
    propose(room)
    proposed = room.desk.annotations.proposed
    room.press(Qt.Key.Key_Return)
    (kept,) = drawn(room)
    assert (kept.kind, kept.points) == (RATIO, proposed.points)
    assert kept.author == "Demo Reader"
    assert kept.proposed_by.startswith("chest-outline ")
    assert room.desk.annotations.proposed is None
    assert room.view.views.tool.tool is DragAction.WINDOW
    room.press("Z", CTRL)
    assert drawn(room) == ()
    assert room.desk.annotations.proposed is None
    room.press("Y", CTRL)
    assert drawn(room) == (kept,)
    room.press("M", CTRL)
    assert room.report.sentences[-1].text.startswith("Cardiothoracic ratio 0.")
    room.wait(lambda: not room.desk.annotations.proposed)
    room.close()
    with Workspace.open_demo(demo_root) as workspace:
        (stored,) = workspace.annotating.annotations(kept.study_uid).annotations
        assert (stored.points, stored.proposed_by) == (kept.points, kept.proposed_by)


def test_only_a_confirmed_ratio_is_held_against_the_report(plain: ReadingRoom) -> None:
    room = plain
    room.desk.report.add(Section.FINDINGS, "The cardiothoracic ratio is 0.71.")

    def alerts() -> list[str]:
        found = room.desk.guards.result.alerts
        return [alert.message for alert in found if "measurement on the film" in alert.message]

    propose(room)
    room.wait(lambda: room.desk.guards.is_current)
    assert alerts() == []
    room.press(Qt.Key.Key_Return)
    room.wait(lambda: alerts() != [])
    assert "0.71" in alerts()[0]


def test_a_click_on_a_line_confirms_and_a_hand_that_shakes_moves_nothing(
    plain: ReadingRoom,
) -> None:
    room = plain
    propose(room)
    proposed = room.desk.annotations.proposed
    view = room.view.views.active_view
    right, left = (on_screen(room, point) for point in proposed.points[4:])
    at = QPoint((3 * right.x() + left.x()) // 4, right.y())
    QTest.mousePress(view, LEFT, pos=at)
    QTest.mouseMove(view, at + QPoint(1, 2))
    QTest.mouseRelease(view, LEFT, pos=at + QPoint(1, 2))
    (kept,) = drawn(room)
    assert kept.points == proposed.points


def test_dragging_a_handle_confirms_what_the_reader_made_of_it(plain: ReadingRoom) -> None:
    room = plain
    propose(room)
    proposed = room.desk.annotations.proposed
    view = room.view.views.active_view
    at = on_screen(room, proposed.points[3])
    QTest.mousePress(view, LEFT, pos=at)
    QTest.mouseMove(view, at + QPoint(15, 0))
    assert state(room).in_view.proposed is None
    QTest.mouseRelease(view, LEFT, pos=at + QPoint(20, 0))
    (kept,) = drawn(room)
    assert kept.points[3].x > proposed.points[3].x
    assert kept.points[:3] == proposed.points[:3]
    assert kept.proposed_by == proposed.proposed_by
    room.press("Z", CTRL)
    assert drawn(room) == ()


def test_escape_drops_it_and_the_tool(plain: ReadingRoom) -> None:
    room = plain
    room.press("I")
    propose(room)
    room.press(Qt.Key.Key_Escape)
    assert room.desk.annotations.proposed is None
    assert room.view.views.tool.tool is DragAction.WINDOW
    assert state(room).grey.is_inverted
    assert drawn(room) == ()


def test_pressed_again_the_lines_are_drawn_by_hand(plain: ReadingRoom) -> None:
    room = plain
    propose(room)
    room.press("C")
    assert room.desk.annotations.proposed is None
    assert room.view.views.tool.tool is RATIO
    view = room.view.views.active_view
    for x, y in ((300, 100), (300, 400), (250, 350), (370, 350), (150, 350), (450, 350)):
        QTest.mouseClick(view, LEFT, pos=QPoint(x, y))
    (kept,) = drawn(room)
    assert kept.proposed_by == ""
    room.press("C")
    assert not room.desk.ratio.is_asking, "the film has a ratio"


def test_who_begins_to_draw_wants_no_proposal(plain: ReadingRoom) -> None:
    room = plain
    room.press("C")
    QTest.mouseClick(room.view.views.active_view, LEFT, pos=QPoint(300, 100))
    assert not room.desk.ratio.is_asking
    assert room.desk.annotations.proposed is None


def test_a_film_taken_ap_gets_the_tool_and_the_reason(room: ReadingRoom) -> None:
    for row in room.desk.library.rows:
        room.show_study(row.uid)
        if state(room).film.image.view_position == "AP":
            break
    room.view.views.active_view.setFocus()
    room.press("C")
    assert room.view.views.tool.tool is RATIO
    room.wait(lambda: any("No proposal" in notice.sentence for notice in room.notices))
    assert "taken AP" in room.notices[-1].sentence
    assert room.desk.annotations.proposed is None
    assert room.view.views.tool.tool is RATIO


def test_another_study_takes_the_proposal_away(plain: ReadingRoom) -> None:
    room = plain
    propose(room)
    own = room.desk.library.study.uid
    room.show_study(next(row.uid for row in room.desk.library.rows if row.uid != own))
    assert room.desk.annotations.proposed is None
