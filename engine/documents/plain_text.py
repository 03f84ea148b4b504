"""A report as plain text, for the clipboard and for systems that take nothing else."""

from __future__ import annotations

from engine.domain.report import Report, ReportStatus, Section
from engine.domain.rows import finished
from engine.domain.signature import Signature

_HEADS = {
    ReportStatus.DRAFT: "DRAFT, not signed. Research use only, not a medical device.",
    ReportStatus.PRELIMINARY: "PRELIMINARY, not final",
    ReportStatus.WITHDRAWN: "WITHDRAWN, not valid",
}


def plain_text(report: Report) -> str:
    """Sections in order, each a heading and a paragraph; a status that is not final comes first."""
    blocks = [_HEADS[report.status]] if report.status in _HEADS else []
    if report.withdrawal is not None:
        blocks.append(f"REASON\n{report.withdrawal.reason}")
    blocks += [
        f"{section.value.upper()}\n{report.text(section)}"
        for section in Section
        if report.kept(section)
    ]
    if report.signature is not None:
        blocks.append(_signed_by(report.signature))
    blocks += [
        f"ADDENDUM {number}\n{finished(addendum.text)}\n{_signed_by(addendum.signature)}"
        for number, addendum in enumerate(report.addenda, start=1)
    ]
    return "\n\n".join(blocks) + "\n"


def _signed_by(signature: Signature) -> str:
    return f"Signed by {signature.signer}, {signature.signed_at:%Y-%m-%d %H:%M:%S} UTC"
