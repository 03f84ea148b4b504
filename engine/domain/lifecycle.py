"""From draft to preliminary, final, addended and withdrawn: the steps and what each requires.

::

    draft ──► preliminary ──► final ──► addended (again and again)
      └────────────────────────►│           │
                                └─► withdrawn ◄┘

Signed text never changes: an addendum or a withdrawal stands beside it, each with its own signature
over the signed text and everything added since.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from engine.domain.audit import canonical_json
from engine.domain.report import Report, ReportStatus, SentenceSource, SentenceState
from engine.domain.signature import Addendum, Signature, Withdrawal
from engine.errors import ReportStateError


def signed_preliminary(report: Report, signature: Signature) -> Report:
    """The report as a trainee hands it to the attending; it stays editable.

    Raises:
        ReportStateError: The report is signed already, or not ready.
    """
    if report.status is not ReportStatus.DRAFT:
        raise ReportStateError("Only a draft can be signed as preliminary.")
    report.require_ready(signature.report_sha256)
    return replace(
        report,
        status=ReportStatus.PRELIMINARY,
        preliminary=signature,
        updated=signature.signed_at,
    )


def with_addendum(report: Report, text: str, signature: Signature) -> Report:
    """The signed report with one more addendum.

    Raises:
        ReportStateError: The report is unsigned or withdrawn, or the addendum is empty.
    """
    _require_standing(report)
    if not text.strip():
        raise ReportStateError("An addendum needs words.")
    _require_hash(signature, addition_sha256(report, text))
    added = Addendum(text=text.strip(), signature=signature)
    return replace(
        report,
        status=ReportStatus.ADDENDED,
        addenda=(*report.addenda, added),
        updated=signature.signed_at,
    )


def withdrawn(report: Report, reason: str, signature: Signature) -> Report:
    """The signed report, withdrawn: it stays readable and is never valid again.

    Raises:
        ReportStateError: The report is unsigned or already withdrawn, or the reason is empty.
    """
    _require_standing(report)
    if not reason.strip():
        raise ReportStateError("A withdrawal needs a reason.")
    _require_hash(signature, addition_sha256(report, reason))
    return replace(
        report,
        status=ReportStatus.WITHDRAWN,
        withdrawal=Withdrawal(reason=reason.strip(), signature=signature),
        updated=signature.signed_at,
    )


def addition_sha256(report: Report, text: str) -> str:
    """What an addendum's or withdrawal's signature covers: report, earlier addenda, new text."""
    earlier = [addendum.text for addendum in report.addenda]
    content = canonical_json([report.sha256, earlier, text.strip()])
    return hashlib.sha256(content.encode()).hexdigest()


def is_reviewed(report: Report) -> bool:
    """Whether a reader has written or decided anything; an order's words count for nobody's."""
    return any(
        sentence.state is not SentenceState.AI_UNREVIEWED
        and sentence.source is not SentenceSource.ORDER
        for sentence in report.sentences
    )


def is_sound(report: Report) -> bool:
    """Whether status, signatures and their hashes are consistent."""
    is_signed = report.signature is not None
    if is_signed is report.is_editable:
        return False
    if report.signature is not None and report.signature.report_sha256 != report.sha256:
        return False
    bare = replace(report, addenda=())
    for addendum in report.addenda:
        if addendum.signature.report_sha256 != addition_sha256(bare, addendum.text):
            return False
        bare = replace(bare, addenda=(*bare.addenda, addendum))
    gone = report.withdrawal
    if gone is not None and gone.signature.report_sha256 != addition_sha256(report, gone.reason):
        return False
    return (gone is not None) is (report.status is ReportStatus.WITHDRAWN)


def _require_standing(report: Report) -> None:
    if report.status is ReportStatus.WITHDRAWN:
        raise ReportStateError("This report was withdrawn.")
    if report.signature is None:
        raise ReportStateError(
            "This report is not signed yet.", what_to_do="Edit it, then sign it."
        )


def _require_hash(signature: Signature, expected: str) -> None:
    if signature.report_sha256 != expected:
        raise ReportStateError("The report changed while it was being signed.")
