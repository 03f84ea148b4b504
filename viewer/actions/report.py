"""Commands for the draft and the report.

The keys of `REVIEW_COMMANDS` act only on the sentence that has the focus, so that letters are text
in an editor and commands on a film. The report panel owns these keys; the shortcut sheet lists them
from here.
"""

from __future__ import annotations

from typing import Final

from viewer.actions.registry import Command, Scope

DRAFT: Final = "report.draft"
STOP_DRAFT: Final = "report.stop_draft"
SAVE: Final = "report.save"
SIGN: Final = "report.sign"
NEXT_OPEN: Final = "report.next_open"
SWITCH_FOCUS: Final = "report.switch_focus"
EVIDENCE: Final = "report.evidence"
WITHOUT_AREA: Final = "report.without_area"
CHANGES: Final = "report.changes"
SINCE_PRIOR: Final = "report.since_prior"
INDICATION: Final = "report.indication"

UNDO: Final = "report.undo"
REDO: Final = "report.redo"

ACCEPT: Final = "review.accept"
REJECT: Final = "review.reject"
EDIT: Final = "review.edit"
NEXT: Final = "review.next"
PREVIOUS: Final = "review.previous"
ADD: Final = "review.add"
UNDO_HERE: Final = "review.undo"
REDO_HERE: Final = "review.redo"

REPORT_COMMANDS: Final = (
    Command(
        id=DRAFT,
        text="Draft report",
        group="Report",
        shortcut="F5",
        tip="The model writes findings; you decide about each sentence",
    ),
    Command(id=STOP_DRAFT, text="Stop drafting", group="Report", shortcut="Shift+F5"),
    Command(
        id=UNDO,
        text="Undo in report",
        group="Report",
        tip="Take back the last change; Ctrl+Z while the keyboard is there",
    ),
    Command(id=REDO, text="Redo in report", group="Report"),
    Command(id=SAVE, text="Save", group="Report", shortcut="Ctrl+S"),
    Command(
        id=SIGN,
        text="Sign…",
        group="Report",
        shortcut="Ctrl+Shift+F",
        tip="See the whole report and its differences to the draft first",
    ),
    Command(
        id=NEXT_OPEN,
        text="Next open point",
        group="Report",
        shortcut="Ctrl+N",
        tip="What is to be decided, filled or read before you sign",
    ),
    Command(
        id=SWITCH_FOCUS,
        text="Switch film/report",
        group="Report",
        shortcut="F6",
    ),
    Command(
        id=INDICATION,
        text="Indication from order",
        group="Report",
        shortcut="Ctrl+Alt+I",
        tip="Copy the referrer's reason into the empty section",
    ),
    Command(
        id=CHANGES,
        text="Show changes to AI draft",
        group="Report",
        shortcut="Ctrl+D",
        tip="The model's draft against the report in hand, words struck through and underlined",
    ),
    Command(
        id=SINCE_PRIOR,
        text="Compare with prior report",
        group="Report",
        shortcut="Ctrl+Shift+R",
        tip="Findings and numbers beside those of the patient's last signed report",
    ),
    Command(
        id=EVIDENCE,
        text="Show evidence",
        group="Image",
        shortcut="G",
        scope=Scope.IMAGE,
        tip="Outline the image areas that the selected sentence depends on, or hide them",
    ),
    Command(
        id=WITHOUT_AREA,
        text="Occlude area",
        group="Annotations",
        shortcut="Shift+K",
        scope=Scope.IMAGE,
        tip="Paint the selected rectangle out and ask the model about its sentences again",
    ),
)

REVIEW_COMMANDS: Final = (
    Command(id=ACCEPT, text="Accept", group="Sentence", shortcut="A"),
    Command(id=REJECT, text="Reject or restore", group="Sentence", shortcut="X"),
    Command(id=EDIT, text="Edit", group="Sentence", shortcut="E"),
    Command(id=NEXT, text="Next open point", group="Sentence", shortcut="N"),
    Command(id=PREVIOUS, text="Previous open point", group="Sentence", shortcut="Shift+N"),
    Command(id=ADD, text="Add below", group="Sentence", shortcut="Return"),
    Command(id=UNDO_HERE, text="Undo in report", group="Sentence", shortcut="Ctrl+Z"),
    Command(id=REDO_HERE, text="Redo in report", group="Sentence", shortcut="Ctrl+Shift+Z"),
)
