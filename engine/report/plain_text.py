"""A report as plain text, for the clipboard and for systems that take nothing else."""

from __future__ import annotations

from engine.domain.report import Report, Section


def plain_text(report: Report) -> str:
    """Sections in order, each as a heading and a paragraph; the status comes first if unsigned."""
    blocks = [] if report.signature is not None else ["DRAFT, not signed"]
    blocks += [
        f"{section.value.upper()}\n{report.text(section)}"
        for section in Section
        if report.kept(section)
    ]
    if report.signature is not None:
        signed = f"{report.signature.signed_at:%Y-%m-%d %H:%M:%S} UTC"
        blocks.append(f"Signed by {report.signature.signer}, {signed}")
    return "\n\n".join(blocks) + "\n"
