"""Commands for writing: templates, macros, fields, spelling."""

from __future__ import annotations

from typing import Final

from engine.domain.template import Macro
from viewer.actions.registry import Command

TEMPLATE: Final = "report.template"
IMPORT_TEMPLATE: Final = "report.import_template"
NORMAL: Final = "report.normal"
DEFAULTS: Final = "report.defaults"
SPELLING: Final = "report.spelling"
MACROS: Final = "report.macros"
CHOOSE_MACRO: Final = "report.choose_macro"

WRITING_COMMANDS: Final = (
    Command(
        id=TEMPLATE,
        text="Template…",
        group="Report",
        shortcut="Ctrl+T",
        tip="Fill the empty sections; what suits this study stands first",
    ),
    Command(
        id=NORMAL,
        text="Fill normals",
        group="Report",
        shortcut="F9",
        tip="Technique, the normal sentence of every area nothing was said about, impression",
    ),
    Command(
        id=DEFAULTS,
        text="Accept defaults",
        group="Report",
        shortcut="Ctrl+Shift+D",
    ),
    Command(
        id=SPELLING,
        text="Next misspelled word",
        group="Report",
        shortcut="Ctrl+.",
        tip="Go to it and show what may have been meant",
    ),
    Command(
        id=CHOOSE_MACRO,
        text="Insert macro",
        group="Report",
        shortcut="Ctrl+Space",
        tip="At the caret; what is typed narrows the list",
    ),
    Command(id=MACROS, text="Macros…", group="Report"),
    Command(id=IMPORT_TEMPLATE, text="Import template…", group="Report"),
)


def macro_command(macro: Macro) -> Command:
    """The command of a macro's own key; no menu shows it."""
    return Command(
        id=f"macro {macro.shortcut}",
        text=f"Macro {macro.shortcut}",
        group="Report",
        shortcut=macro.key,
    )
