"""Style sheet of what only the main window's panels need, made from tokens."""

from __future__ import annotations

from viewer.theme.report_text import report_text_style
from viewer.theme.size import px
from viewer.theme.tokens import FONT_SIZES, RADIUS, Tokens


def shell_style(t: Tokens, report_scale: float = 1.0) -> str:
    """Style sheet of the main window, on top of the application's.

    Args:
        t: Colours.
        report_scale: Factor on the size of report text.
    """
    caption = px(FONT_SIZES["caption"])
    return f"""
QLabel[role="heading"] {{ color: {t.text_dim}; font-size: {px(FONT_SIZES["base"])}px;
    font-weight: 600; }}
QLabel[role="caption-amber"] {{ color: {t.amber}; font-size: {caption}px; }}
QLabel[role="caption-red"] {{ color: {t.red}; font-size: {caption}px; }}
QWidget#patientBanner, QWidget#toolRow, QWidget#dockTitle {{
    background: {t.panel}; border-bottom: 1px solid {t.line}; }}
QWidget#statusLine, QWidget#reportFooter {{
    background: {t.panel}; border-top: 1px solid {t.line}; }}
QWidget#pastReport {{ background: {t.raised}; border-bottom: 1px solid {t.line}; }}
QLineEdit[variant="bare"] {{ background: transparent; border-color: transparent;
    padding: 0 6px; margin-left: 10px; margin-right: 4px; }}
QLineEdit[variant="bare"]:hover {{ background: {t.raised}; }}
QLineEdit[variant="bare"]:focus {{ background: {t.raised}; border-color: {t.accent}; }}
QToolButton[variant="filter"] {{ background: transparent; border: 1px solid {t.line};
    color: {t.text_dim}; font-size: {caption}px; min-height: {px(22)}px; padding: 0;
    min-width: 0; }}
QToolButton[variant="filter"]:hover {{ background: {t.hover}; }}
QToolButton[variant="filter"]:checked {{ color: {t.accent}; border-color: {t.accent}; }}
QToolButton[variant="filter"]:focus {{ border-color: {t.accent}; color: {t.text}; }}
QToolButton[variant="tab"] {{ background: transparent; border: none; color: {t.text_dim};
    border-radius: {RADIUS}px; padding: 0 8px; min-height: {px(28)}px; }}
QToolButton[variant="tab"]:hover {{ background: {t.hover}; }}
QToolButton[variant="tab"]:checked {{ color: {t.text}; background: {t.raised}; }}
QCheckBox::indicator, QRadioButton::indicator {{ width: {px(14)}px; height: {px(14)}px;
    border: 1px solid {t.text_dim}; background: {t.raised}; }}
QCheckBox::indicator {{ border-radius: 3px; }}
QRadioButton::indicator {{ border-radius: 8px; }}
QCheckBox::indicator:checked, QRadioButton::indicator:checked {{
    background: {t.accent}; border-color: {t.accent}; }}
QCheckBox::indicator:focus, QRadioButton::indicator:focus {{ border-color: {t.accent}; }}
QToolButton[variant="tab"]:focus {{ color: {t.accent}; }}
{report_text_style(report_scale)}"""
