"""Commands about the workspace, its reader, and a certificate of their own."""

from __future__ import annotations

from typing import Final

from viewer.actions.registry import Command

CERTIFICATE: Final = "file.certificate"
FIGURES: Final = "file.figures"
LOCK_AFTER: Final = "file.lock_after"

WORKSPACE_COMMANDS: Final = (
    Command(
        id=CERTIFICATE,
        text="PDF with your certificate…",
        group="File",
        tip="Put the signature of your own certificate on the PDF of a final report",
    ),
    Command(
        id=FIGURES,
        text="Your figures…",
        group="File",
        tip="What you accepted, edited and rejected, why, and how long it took",
    ),
    Command(
        id=LOCK_AFTER,
        text="Lock after…",
        group="File",
        tip="After how many minutes without a touch everything is hidden",
    ),
)
