"""The application's look: Fusion, an explicit palette and one style sheet, all from the tokens.

The palette is explicit because the offscreen platform ignores colour schemes. A widget gets its
look from dynamic properties, set before it is shown:

- `role` on a label: "dim", "strong", "caption", "title", "display", "mono", "amber", "red";
- `variant` on a button: "primary" (one per panel), "quiet" (no ground until hovered), "answer"
  (small and outlined, for answers to a question), "aside" (such an answer where no key gives it);
- `surface` on a plain widget: "panel", "raised", "ground", "line";
- `words` on report text: see `viewer.theme.report_text`.
"""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from viewer.theme.fonts import load_fonts, sans_font
from viewer.theme.report_text import report_text_style
from viewer.theme.size import px
from viewer.theme.tokens import CONTROL_HEIGHT, DARK, FONT_SIZES, LIGHT, RADIUS, Tokens


def apply_theme(app: QApplication, tokens: Tokens) -> None:
    """Style every widget of the application."""
    app.setStyle("Fusion")
    app.setPalette(palette_of(tokens))
    app.setFont(sans_font())
    app.setStyleSheet(style_sheet(tokens))


def tokens_in_use() -> Tokens:
    """The theme that the application wears; the dark one before it wears any."""
    ground = QApplication.palette().color(QPalette.ColorRole.Window).name()
    return LIGHT if ground == LIGHT.ground.lower() else DARK


def resize_text(app: QApplication, tokens: Tokens) -> None:
    """Style the application again after its size has changed."""
    app.setFont(sans_font())
    app.setStyleSheet(style_sheet(tokens))


def set_look(widget: QWidget, **properties: str) -> None:
    """Set `role`, `variant`, `surface` or `words` of a widget and restyle it if that is new."""
    if all(widget.property(name) == value for name, value in properties.items()):
        return
    for name, value in properties.items():
        widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def palette_of(tokens: Tokens) -> QPalette:
    """The tokens as a Qt palette."""
    role = QPalette.ColorRole
    colours = {
        role.Window: tokens.ground,
        role.WindowText: tokens.text,
        role.Base: tokens.panel,
        role.AlternateBase: tokens.raised,
        role.ToolTipBase: tokens.raised,
        role.ToolTipText: tokens.text,
        role.PlaceholderText: tokens.text_dim,
        role.Text: tokens.text,
        role.Button: tokens.raised,
        role.ButtonText: tokens.text,
        role.BrightText: tokens.red,
        role.Link: tokens.accent,
        role.LinkVisited: tokens.accent,
        role.Highlight: tokens.accent,
        role.HighlightedText: tokens.on_accent,
        role.Accent: tokens.accent,
        role.Light: tokens.hover,
        role.Midlight: tokens.hover,
        role.Mid: tokens.line,
        role.Dark: tokens.ground,
        role.Shadow: tokens.film_ground,
    }
    palette = QPalette()
    for colour_role, colour in colours.items():
        palette.setColor(colour_role, QColor(colour))
    for dimmed in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, dimmed, QColor(tokens.text_dim))
    return palette


def style_sheet(tokens: Tokens) -> str:
    """The application's style sheet."""
    return "\n".join(
        (
            _surfaces(tokens),
            _labels(tokens),
            _buttons(tokens),
            _fields(tokens),
            _lists(tokens),
            _bars(tokens),
            _docks(tokens),
            report_text_style(),
        )
    )


def _surfaces(t: Tokens) -> str:
    return f"""
QMainWindow, QDialog {{ background: {t.ground}; }}
QWidget[surface="panel"] {{ background: {t.panel}; }}
QWidget[surface="raised"] {{ background: {t.raised}; }}
QWidget[surface="ground"] {{ background: {t.ground}; }}
QWidget[surface="line"] {{ background: {t.line}; }}
QToolTip {{
    background: {t.raised}; color: {t.text}; border: 1px solid {t.line}; padding: 4px 8px;
}}
QFrame[frameShape="4"], QFrame[frameShape="5"] {{ color: {t.line}; }}
"""


def _labels(t: Tokens) -> str:
    mono = load_fonts().mono
    sizes = {name: px(size) for name, size in FONT_SIZES.items()}
    return f"""
QLabel {{ color: {t.text}; background: transparent; }}
QLabel:disabled, QLabel[role="dim"] {{ color: {t.text_dim}; }}
QLabel[role="strong"] {{ font-weight: 600; }}
QLabel[role="caption"] {{ color: {t.text_dim}; font-size: {sizes["caption"]}px; }}
QLabel[role="title"] {{ font-size: {sizes["title"]}px; font-weight: 600; }}
QLabel[role="display"] {{ font-size: {sizes["display"]}px; font-weight: 600; }}
QLabel[role="mono"] {{ font-family: "{mono}"; }}
QLabel[role="amber"] {{ color: {t.amber}; }}
QLabel[role="red"] {{ color: {t.red}; }}
QLabel[chip] {{
    color: {t.text_dim}; border: 1px solid {t.line}; border-radius: {RADIUS}px;
    padding: 1px 6px; font-size: {sizes["caption"]}px; min-height: {px(16)}px;
}}
QLabel[chip="accent"] {{ color: {t.accent}; border-color: {t.accent}; }}
QLabel[chip="amber"] {{ color: {t.amber}; border-color: {t.amber}; }}
QLabel[chip="red"] {{ color: {t.red}; border-color: {t.red}; }}
"""


def _buttons(t: Tokens) -> str:
    # The border is always 2 px wide, so that the focus ring moves nothing.
    inner = px(CONTROL_HEIGHT - 4)
    return f"""
QPushButton, QToolButton {{
    background: {t.raised}; color: {t.text}; border: 2px solid {t.raised};
    border-radius: {RADIUS}px; min-height: {inner}px;
}}
QPushButton {{ padding: 0 12px; }}
QToolButton {{ padding: 0 4px; min-width: {px(20)}px; max-height: {inner}px; }}
QPushButton:hover, QToolButton:hover {{ background: {t.hover}; border-color: {t.hover}; }}
QPushButton:pressed, QToolButton:pressed {{ background: {t.line}; border-color: {t.line}; }}
QPushButton:checked, QToolButton:checked {{ background: {t.hover}; color: {t.accent}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {t.text_dim}; background: {t.panel};
    border-color: {t.line}; }}
QPushButton[variant="primary"] {{
    background: {t.accent}; color: {t.on_accent}; border-color: {t.accent}; font-weight: 600;
}}
QPushButton[variant="primary"]:disabled {{
    background: {t.panel}; color: {t.text_dim}; border-color: {t.line};
}}
QPushButton[variant="quiet"], QToolBar QToolButton, QToolButton[variant="quiet"] {{
    background: transparent; border-color: transparent;
}}
QPushButton[variant="quiet"]:hover, QToolBar QToolButton:hover,
QToolButton[variant="quiet"]:hover {{ background: {t.hover}; border-color: {t.hover}; }}
QToolBar QToolButton:checked {{ background: {t.hover}; border-color: {t.hover}; }}
QPushButton[variant="answer"], QPushButton[variant="aside"] {{
    background: transparent; border: 1px solid {t.line}; padding: 0 8px; min-height: {px(22)}px;
    font-size: {px(FONT_SIZES["caption"])}px;
}}
QPushButton[variant="aside"] {{ border-color: transparent; color: {t.text_dim}; }}
QPushButton[variant="answer"]:hover, QPushButton[variant="aside"]:hover {{
    background: {t.hover}; color: {t.text}; }}
QPushButton:focus, QToolButton:focus, QToolBar QToolButton:focus,
QPushButton[variant="quiet"]:focus {{ border-color: {t.accent}; }}
QPushButton[variant="primary"]:focus {{ border-color: {t.text}; }}
QToolButton::menu-indicator {{ image: none; }}
QCheckBox, QRadioButton {{ spacing: 8px; min-height: {px(24)}px; color: {t.text}; }}
QCheckBox:focus, QRadioButton:focus {{ color: {t.accent}; }}
"""


def _fields(t: Tokens) -> str:
    inner = px(CONTROL_HEIGHT - 4)
    return f"""
QLineEdit, QComboBox, QDateEdit {{
    background: {t.raised}; color: {t.text}; border: 2px solid {t.line};
    border-radius: {RADIUS}px; min-height: {inner}px; padding: 0 6px;
    placeholder-text-color: {t.text_dim};
    selection-background-color: {t.accent}; selection-color: {t.on_accent};
}}
QPlainTextEdit, QTextEdit {{
    background: {t.panel}; color: {t.text}; border: 2px solid {t.line};
    border-radius: {RADIUS}px;
    placeholder-text-color: {t.text_dim};
    selection-background-color: {t.accent}; selection-color: {t.on_accent};
}}
QLineEdit:focus, QComboBox:focus, QDateEdit:focus,
QPlainTextEdit:focus, QTextEdit:focus {{ border-color: {t.accent}; }}
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled {{
    color: {t.text_dim}; background: {t.panel};
}}
QSpinBox {{ min-height: {inner - 2}px; }}
QComboBox QAbstractItemView {{ background: {t.raised}; border: 1px solid {t.line}; }}
QProgressBar {{
    background: {t.line}; border: none; border-radius: 1px; max-height: 2px; min-height: 2px;
}}
QProgressBar::chunk {{ background: {t.accent}; border-radius: 1px; }}
"""


def _lists(t: Tokens) -> str:
    return f"""
QAbstractItemView {{
    background: {t.panel}; color: {t.text}; border: none; outline: none;
    selection-background-color: {t.hover}; selection-color: {t.text};
}}
QAbstractItemView::item {{ min-height: {px(24)}px; padding: 2px 8px; }}
QAbstractItemView::item:hover {{ background: {t.hover}; }}
QAbstractItemView::item:selected {{ background: {t.hover}; color: {t.text}; }}
QHeaderView::section {{
    background: {t.panel}; color: {t.text_dim}; border: none;
    border-bottom: 1px solid {t.line}; padding: 4px 8px;
}}
QScrollArea {{ background: transparent; border: none; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle {{ background: {t.line}; border-radius: 3px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: {px(24)}px; }}
QScrollBar::handle:horizontal {{ min-width: 24px; }}
QScrollBar::handle:hover {{ background: {t.text_dim}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""


def _bars(t: Tokens) -> str:
    return f"""
QMenuBar {{ background: {t.panel}; color: {t.text}; }}
QMenuBar::item {{ background: transparent; padding: 4px 8px; border-radius: {RADIUS}px; }}
QMenuBar::item:selected {{ background: {t.hover}; }}
QListWidget[variant="choices"] {{ background: {t.raised}; color: {t.text}; outline: none;
    border: 1px solid {t.line}; padding: 2px; }}
QListWidget[variant="choices"]::item {{ padding: 3px 8px; }}
QListWidget[variant="choices"]::item:selected {{ background: {t.hover}; color: {t.text}; }}
QMenu {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.line}; padding: 4px; }}
QMenu::item {{ padding: 4px 24px 4px 12px; min-height: {px(20)}px; border-radius: {RADIUS}px; }}
QMenu::item:selected {{ background: {t.hover}; }}
QMenu::item:disabled {{ color: {t.text_dim}; }}
QMenu::separator {{ height: 1px; background: {t.line}; margin: 4px 8px; }}
QMenu::icon {{ padding-left: 8px; }}
QToolBar {{
    background: {t.panel}; border: none; border-bottom: 1px solid {t.line}; spacing: 4px;
    padding: 2px 8px;
}}
QToolBar::separator {{ background: {t.line}; width: 1px; margin: 6px 4px; }}
QStatusBar {{ background: {t.panel}; color: {t.text_dim}; border-top: 1px solid {t.line}; }}
QStatusBar::item {{ border: none; }}
QStatusBar QLabel {{ color: {t.text_dim}; font-size: {px(FONT_SIZES["caption"])}px; }}
QTabBar::tab {{
    background: transparent; color: {t.text_dim}; padding: 4px 12px;
    border-bottom: 2px solid transparent;
}}
QTabBar::tab:selected {{ color: {t.text}; border-bottom-color: {t.accent}; }}
QTabWidget::pane {{ border: none; }}
"""


def _docks(t: Tokens) -> str:
    return f"""
QDockWidget {{ color: {t.text_dim}; font-size: {px(FONT_SIZES["caption"])}px; }}
QDockWidget::title {{ background: {t.panel}; padding: 6px 12px; text-align: left; }}
QMainWindow::separator {{ background: {t.line}; width: 1px; height: 1px; }}
QMainWindow::separator:hover {{ background: {t.accent}; }}
QSplitter::handle {{ background: {t.line}; }}
"""
