"""Commands about the draft and the report.

The keys of `REVIEW_COMMANDS` act on the sentence that has the keyboard and nowhere else, so that
letters type in an editor and act on the film in a view; the report panel owns them, and the
shortcut sheet lists them from here.
"""

from __future__ import annotations

from typing import Final

from viewer.actions.registry import Command, Scope

DRAFT: Final = "report.draft"
STOP_DRAFT: Final = "report.stop_draft"
SAVE: Final = "report.save"
SIGN: Final = "report.sign"
SWITCH_FOCUS: Final = "report.switch_focus"
EVIDENCE: Final = "report.evidence"
WITHOUT_AREA: Final = "report.without_area"
CHANGES: Final = "report.changes"
SINCE_PRIOR: Final = "report.since_prior"

ACCEPT: Final = "review.accept"
REJECT: Final = "review.reject"
EDIT: Final = "review.edit"
NEXT: Final = "review.next"
PREVIOUS: Final = "review.previous"
ADD: Final = "review.add"

REPORT_COMMANDS: Final = (
    Command(
        id=DRAFT,
        text="Draft report",
        group="Report",
        shortcut="F5",
        tip="Let the model draft the findings of this study",
    ),
    Command(id=STOP_DRAFT, text="Stop drafting", group="Report", shortcut="Shift+F5"),
    Command(id=SAVE, text="Save", group="Report", shortcut="Ctrl+S"),
    Command(
        id=SIGN,
        text="Sign…",
        group="Report",
        shortcut="Ctrl+Shift+F",
        tip="Check the differences and sign",
    ),
    Command(
        id=SWITCH_FOCUS,
        text="Between film and report",
        group="Report",
        shortcut="F6",
    ),
    Command(
        id=CHANGES,
        text="Changes to the draft, and back",
        group="Report",
        shortcut="Ctrl+D",
        tip="The model's draft against the report in hand, words struck through and underlined",
    ),
    Command(
        id=SINCE_PRIOR,
        text="Changes since the prior's report",
        group="Report",
        shortcut="Ctrl+Shift+R",
        tip="Findings and numbers beside those of the patient's last signed report",
    ),
    Command(
        id=EVIDENCE,
        text="Cells of the sentence on the film",
        group="Image",
        shortcut="G",
        scope=Scope.IMAGE,
        tip="Outline what the sentence looked at, or not",
    ),
    Command(
        id=WITHOUT_AREA,
        text="What without this area?",
        group="Marks",
        shortcut="Shift+K",
        scope=Scope.IMAGE,
        tip="Paint the selected rectangle out and ask the model about its sentences again",
    ),
)

REVIEW_COMMANDS: Final = (
    Command(id=ACCEPT, text="Accept the sentence", group="Sentence", shortcut="A"),
    Command(id=REJECT, text="Reject it, or bring it back", group="Sentence", shortcut="X"),
    Command(id=EDIT, text="Edit it", group="Sentence", shortcut="E"),
    Command(id=NEXT, text="Next sentence to review", group="Sentence", shortcut="N"),
    Command(id=PREVIOUS, text="Previous sentence to review", group="Sentence", shortcut="Shift+N"),
    Command(id=ADD, text="Add a sentence below", group="Sentence", shortcut="Return"),
)
