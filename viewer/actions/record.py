"""Commands for revisions, addenda, critical results, users, export and locking."""

from __future__ import annotations

from typing import Final

from viewer.actions.registry import Command

ADVANCE: Final = "report.advance"
SIGN_PRELIMINARY: Final = "report.sign_preliminary"
ADDENDUM: Final = "report.addendum"
WITHDRAW: Final = "report.withdraw"
TOLD: Final = "report.told"
BEGIN_ANEW: Final = "report.begin_anew"
REVISIONS: Final = "report.revisions"
LOCK: Final = "file.lock"
USERS: Final = "file.users"
EXPORT_AS: Final = "file.export_as"
PASSPHRASE: Final = "file.passphrase"  # noqa: S105  names a command

RECORD_COMMANDS: Final = (
    Command(
        id=SIGN_PRELIMINARY,
        text="Sign as preliminary…",
        group="Report",
        shortcut="Ctrl+Shift+P",
        tip="Hand the report over for an attending to finish",
    ),
    Command(
        id=ADVANCE,
        text="Open next study after signing",
        group="Report",
        tip="The next one of the list, as Ctrl and Down would",
        checkable=True,
    ),
    Command(id=ADDENDUM, text="Addendum…", group="Report"),
    Command(id=WITHDRAW, text="Withdraw report…", group="Report"),
    Command(
        id=BEGIN_ANEW,
        text="New report",
        group="Report",
        tip="In the place of one that was withdrawn, which stays as it is",
    ),
    Command(
        id=REVISIONS,
        text="Revisions",
        group="Report",
        tip="Who saved or signed it, when, what for and what changed",
    ),
    Command(
        id=TOLD,
        text="Critical result…",
        group="Report",
        shortcut="Ctrl+Shift+C",
        tip="Keep who was told, when and how",
    ),
    Command(
        id=LOCK,
        text="Lock or switch user…",
        group="File",
        shortcut="Ctrl+L",
        tip="Hide everything until a passphrase is typed",
    ),
    Command(
        id=EXPORT_AS,
        text="Export as…",
        group="File",
        tip="DICOM PDF, DICOM SR, FHIR or text",
    ),
    Command(id=USERS, text="Users…", group="File"),
    Command(id=PASSPHRASE, text="Change passphrase…", group="File"),
)
