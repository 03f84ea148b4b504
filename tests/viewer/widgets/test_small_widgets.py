"""The small controls that panels share."""

from PySide6.QtCore import Qt

from viewer.widgets.bar_chart import ROW, Bar, BarChart
from viewer.widgets.elided_label import ElidedLabel
from viewer.widgets.plain_label import plain_label
from viewer.widgets.progress_line import ProgressLine
from viewer.widgets.search_field import SearchField


def test_a_long_name_has_a_tool_tip_and_a_short_one_has_none(qtbot):
    label = ElidedLabel("Featherstonehaugh-Cholmondeley, Maximiliana")
    qtbot.addWidget(label)
    label.resize(80, 20)
    label.show()
    assert label.is_elided
    assert label.toolTip() == "Featherstonehaugh-Cholmondeley, Maximiliana"
    label.setText("Li, X")
    assert not label.is_elided
    assert label.toolTip() == ""


def test_a_name_is_never_markup(qtbot):
    label = ElidedLabel("<img src='file:///etc/passwd'>\n<b>Okafor</b>")
    qtbot.addWidget(label)
    label.resize(40, 20)
    label.show()
    assert label.text() == "<img src='file:///etc/passwd'> <b>Okafor</b>"
    assert "<" not in label.toolTip()
    assert "Okafor" in label.toolTip()


def test_search_waits_for_a_pause_and_says_each_text_once(qtbot):
    field = SearchField("Search studies")
    qtbot.addWidget(field)
    said = []
    field.searched.connect(said.append)
    with qtbot.waitSignal(field.searched):
        qtbot.keyClicks(field, "okafor ")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert said == ["okafor"]
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert said == ["okafor", ""]
    assert field.text() == ""


def test_progress_shows_and_hides(qtbot):
    line = ProgressLine()
    qtbot.addWidget(line)
    assert line.isHidden()
    line.show_progress(3, 12, "3 of 12 files read")
    assert not line.isHidden()
    assert line.message == "3 of 12 files read"
    line.show_progress(0, 0)
    assert line.message == ""
    line.finish()
    assert line.isHidden()


def test_bars_are_as_long_as_their_values_and_can_be_heard(qtbot):
    bars = [
        Bar(label="Accepted", value=1.0, words="4 of 4", interval=(0.5, 1.0)),
        Bar(label="Rejected", value=0.0, words="0 of 4"),
    ]
    chart = BarChart("Fates", bars)
    qtbot.addWidget(chart)
    chart.resize(600, chart.sizeHint().height())
    chart.show()
    assert chart.height() == 2 * ROW
    assert chart.accessibleDescription() == "Accepted: 4 of 4; Rejected: 0 of 4"
    accent = chart.palette().accent().color().rgb()
    picture = chart.grab().toImage()
    lengths = [
        sum(picture.pixelColor(x, y).rgb() == accent for x in range(picture.width()))
        for y in (ROW // 2 - 2, ROW + ROW // 2 - 2)
    ]
    assert lengths[0] > 100
    assert lengths[1] == 0


def test_a_plain_label_reads_no_markup(qtbot):
    label = plain_label("<b>Okafor</b>", role="dim")
    qtbot.addWidget(label)
    assert label.textFormat() is Qt.TextFormat.PlainText
    assert label.text() == "<b>Okafor</b>"
