"""The words of reports, which can be larger than the interface: style sheet and sizes of runs.

Widgets ask by a dynamic property of their own: `words` is "report" for what is read and written,
"around" for a part of a panel whose headings, remarks and answers grow with it, and "answers" for a
part in it that wants to know their size by its own font.
"""

from __future__ import annotations

from viewer.theme.tokens import FONT_SIZES


def report_text_style(scale: float = 1.0) -> str:
    """Style sheet of reports; that of a window goes before that of the application.

    Args:
        scale: Factor on the sizes of `FONT_SIZES`.
    """
    report, base, caption = (
        round(FONT_SIZES[name] * scale) for name in ("report", "base", "caption")
    )
    return f"""
QWidget[words="around"] QLabel {{ font-size: {base}px; }}
QWidget[words="answers"], QWidget[words="around"] QLabel[role="caption"],
QWidget[words="around"] QPushButton[variant="answer"] {{ font-size: {caption}px; }}
QLabel[words="report"], QLineEdit[words="report"], QTextEdit[words="report"],
QPlainTextEdit[words="report"], QListWidget[words="report"],
QWidget[words="around"] QLabel[words="report"] {{ font-size: {report}px; }}
"""


def beside_report(name: str, report_px: int) -> int:
    """How large words of another size of the type scale are beside those of a report, in px.

    Args:
        name: Of `FONT_SIZES`.
        report_px: Size of the report's words.
    """
    return round(FONT_SIZES[name] * report_px / FONT_SIZES["report"])
