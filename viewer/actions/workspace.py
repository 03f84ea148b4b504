"""Commands for the workspace and its reader, and for signing with a certificate."""

from __future__ import annotations

from typing import Final

from viewer.actions.registry import Command

CERTIFICATE: Final = "file.certificate"
FIGURES: Final = "file.figures"
RECOVERY_KEY: Final = "file.recovery_key"
LOCK_AFTER: Final = "file.lock_after"
LETTERHEAD: Final = "file.letterhead"
FOLDERS: Final = "file.folders"
MODELS: Final = "file.models"
MODEL_WATCH: Final = "file.model_watch"
AUDIT_TRAIL: Final = "file.audit_trail"
CHECK_DATABASE: Final = "file.check_database"

WORKSPACE_COMMANDS: Final = (
    Command(
        id=CERTIFICATE,
        text="PDF with certificate…",
        group="File",
        tip="Put your own electronic signature on the file of a final report",
    ),
    Command(
        id=FIGURES,
        text="My statistics…",
        group="File",
        tip="What you accepted, edited and rejected, why, and how long it took",
    ),
    Command(
        id=RECOVERY_KEY,
        text="New recovery key…",
        group="File",
        tip="A key to print, for the day the passphrase is lost; an earlier one stops working",
    ),
    Command(
        id=LOCK_AFTER,
        text="Auto-lock…",
        group="File",
        tip="After how many minutes without a touch everything is hidden",
    ),
    Command(
        id=LETTERHEAD,
        text="Letterhead…",
        group="File",
        tip="Logo, institution and address at the head of every report's PDF",
    ),
    Command(
        id=FOLDERS,
        text="Folders…",
        group="File",
        tip="Where films and orders come in, and where signed results go",
    ),
    Command(
        id=MODELS,
        text="Models…",
        group="File",
        tip="Which model drafts; import another, put it to use, go back, for an administrator",
    ),
    Command(
        id=MODEL_WATCH,
        text="The model in daily work…",
        group="File",
        tip="What readers made of its drafts by month and finding, for an administrator",
    ),
    Command(
        id=AUDIT_TRAIL,
        text="Audit trail…",
        group="File",
        tip="Who did what and when, for an administrator",
    ),
    Command(
        id=CHECK_DATABASE,
        text="Check the database…",
        group="File",
        tip="Whether all that is stored is whole, and as the audit trail says",
    ),
)
