"""The size of report text, which can differ from that of the interface.

A widget asks for it by the dynamic property `words`: "report" for report text itself, "around" for
a part of a panel whose headings, remarks and answers grow with it, and "answers" for a part within
that reads the size from its own font.
"""

from __future__ import annotations

from viewer.theme.size import px
from viewer.theme.tokens import FONT_SIZES


def report_text_style(scale: float = 1.0) -> str:
    """Style sheet of report text. Set on a window, it overrides the application's.

    Args:
        scale: Factor on the sizes of `FONT_SIZES`.
    """
    report, base, caption = (px(FONT_SIZES[name] * scale) for name in ("report", "base", "caption"))
    return f"""
QWidget[words="around"] QLabel {{ font-size: {base}px; }}
QWidget[words="answers"], QWidget[words="around"] QLabel[role="caption"],
QWidget[words="around"] QPushButton[variant="answer"],
QWidget[words="around"] QPushButton[variant="aside"] {{ font-size: {caption}px; }}
QLabel[words="report"], QLineEdit[words="report"], QTextEdit[words="report"],
QPlainTextEdit[words="report"], QListWidget[words="report"],
QWidget[words="around"] QLabel[words="report"] {{ font-size: {report}px; }}
"""


def beside_report(name: str, report_px: int) -> int:
    """Size in px that another entry of the type scale has beside report text.

    Args:
        name: Key of `FONT_SIZES`.
        report_px: Size of the report text.
    """
    return round(FONT_SIZES[name] * report_px / FONT_SIZES["report"])
