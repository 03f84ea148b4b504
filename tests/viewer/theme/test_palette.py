"""Dressing the application."""

from importlib.resources import files
from pathlib import Path

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QWidget,
)

from engine import paths
from engine.settings import Settings, Theme, save_settings
from viewer.actions.tool import TOOL_COMMANDS
from viewer.actions.view import VIEW_COMMANDS
from viewer.main import chosen_theme
from viewer.panels.sentence_editor import SentenceEditor
from viewer.theme.fonts import load_fonts, mono_font, sans_font
from viewer.theme.icons import icon, icon_pixmap
from viewer.theme.palette import apply_theme, set_look
from viewer.theme.tokens import DARK, LIGHT


def test_theme_reaches_widgets_that_exist_already(qapp, qtbot):
    dialog = QDialog()
    qtbot.addWidget(dialog)
    dialog.resize(40, 40)
    for tokens in (LIGHT, DARK):
        apply_theme(qapp, tokens)
        assert dialog.grab().toImage().pixelColor(20, 20).name() == tokens.ground.lower()
        assert qapp.palette().color(QPalette.ColorRole.Text).name() == tokens.text.lower()


def test_controls_are_28_px_high(qapp, qtbot):
    apply_theme(qapp, DARK)
    panel = QWidget()
    qtbot.addWidget(panel)
    row = QHBoxLayout(panel)
    controls = (QPushButton("Sign"), QLineEdit(), QComboBox(), QToolButton())
    for control in controls:
        row.addWidget(control)
    with qtbot.waitExposed(panel):
        panel.show()
    assert [control.height() for control in controls] == [28] * 4


def test_a_look_is_visible(qapp, qtbot):
    apply_theme(qapp, DARK)
    label = QLabel("██████")
    qtbot.addWidget(label)
    label.resize(label.sizeHint())
    set_look(label, role="amber")
    middle = label.grab().toImage().pixelColor(label.width() // 2, label.height() // 2)
    assert middle.name() == DARK.amber.lower()


def test_bundled_faces_are_used():
    assert load_fonts().sans == "Inter"
    assert "Mono" in load_fonts().mono
    assert sans_font(15).pixelSize() == 15
    assert mono_font().family() == load_fonts().mono


def test_icons_take_the_colour_they_are_given():
    drawn = icon_pixmap("contrast", "#ff0000", 40).toImage()
    colours = {
        drawn.pixelColor(x, y).name()
        for x in range(40)
        for y in range(40)
        if drawn.pixelColor(x, y).alpha() == 255
    }
    assert colours == {"#ff0000"}


def test_what_colours_its_own_words_wears_the_light_theme_too(qapp, qtbot):
    editor = SentenceEditor()
    qtbot.addWidget(editor)
    editor.show_text("Left effusion.")
    for tokens in (LIGHT, DARK):
        apply_theme(qapp, tokens)
        editor.highlight([(0, 4)], [])
        (amber,) = editor.extraSelections()
        assert amber.format.foreground().color().name() == tokens.amber.lower()
        editor.highlight([], [])


def test_the_theme_of_the_settings_is_worn_from_the_start(tmp_path, monkeypatch):
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path))
    assert chosen_theme() is DARK
    save_settings(Settings(theme=Theme.LIGHT))
    assert chosen_theme() is LIGHT


def test_an_unknown_icon_is_a_mistake():
    with pytest.raises(FileNotFoundError):
        icon("no-such-icon", DARK)


def test_every_icon_is_in_use_and_every_name_exists():
    kept = {e.name.removesuffix(".svg") for e in files("resources").joinpath("icons").iterdir()}
    named = {command.icon for command in (*TOOL_COMMANDS, *VIEW_COMMANDS) if command.icon}
    assert named <= kept
    viewer = Path(__file__).parents[3] / "viewer"
    source = "".join(path.read_text("utf-8") for path in viewer.rglob("*.py"))
    unused = {name for name in kept - named - {"LICENSE-lucide.txt"} if f'"{name}"' not in source}
    assert unused == set()
