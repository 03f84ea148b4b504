"""Signatures and what is added to a signed report: addenda, withdrawal, critical findings.

Every signature asks for the signer's passphrase again and carries name, role, meaning, time and the
hash of what it covers (21 CFR 11.50, 11.70).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.metadata import version

from engine.domain.audit import AuditAction
from engine.domain.critical import CriticalCommunication
from engine.domain.export import ExportForm
from engine.domain.lifecycle import (
    addition_sha256,
    signed_preliminary,
    with_addendum,
    withdrawn,
)
from engine.domain.report import Report, ReportId
from engine.domain.signature import Signature
from engine.domain.user import Permission
from engine.errors import NotFoundError, ReportStateError
from engine.services.access import Access
from engine.services.checking import require_settled
from engine.storage.convert import content_sha256
from engine.storage.identity import identity
from engine.storage.unit_of_work import Store, UnitOfWork

ADDENDUM_MEANING = "I add this to the signed report."
WITHDRAWAL_MEANING = "I withdraw this report."


class Signing:
    """Signs reports. Every method may block: call it off the GUI thread.

    Args:
        store: The open database.
        access: Checks role and passphrase.
        on_signed: Called once a signature is durable; it requests a backup and returns at once.
        outbox_forms: Forms in which each signed revision goes to the outbox.
    """

    def __init__(
        self,
        store: Store,
        access: Access,
        on_signed: Callable[[], None],
        outbox_forms: Callable[[], Iterable[ExportForm]] = tuple,
    ) -> None:
        self._store = store
        self._access = access
        self._on_signed = on_signed
        self._outbox_forms = outbox_forms

    def preliminary(self, report: Report, *, passphrase: str, meaning: str) -> Report:
        """Sign as preliminary, for the attending to finish; the text stays editable."""
        self._access.require(Permission.SIGN_PRELIMINARY)
        signed = signed_preliminary(report, self._signature(meaning, report.sha256))
        self._require_settled(report)
        return self._write(signed, passphrase, AuditAction.REPORT_SIGNED_PRELIMINARY)

    def final(self, report: Report, *, passphrase: str, meaning: str) -> Report:
        """Sign finally; afterwards the report can only be added to or withdrawn.

        Raises `AccessError`, `WrongPassphraseError` or `ReportStateError`.
        """
        if not report.is_editable:
            raise ReportStateError("A signed report cannot be changed.")
        self._access.require(Permission.SIGN_FINAL)
        # The report's own rules come first: a refused report must not cost a passphrase attempt.
        signed = report.signed(self._signature(meaning, report.sha256))
        self._require_settled(report)
        return self._write(signed, passphrase, AuditAction.REPORT_SIGNED)

    def addendum(self, report_id: ReportId, text: str, *, passphrase: str) -> Report:
        """Add an addendum to a signed report; the signed text stays as it is."""
        self._access.require(Permission.SIGN_FINAL)
        report = self._load(report_id)
        signature = self._signature(ADDENDUM_MEANING, addition_sha256(report, text))
        added = with_addendum(report, text, signature)
        return self._write(added, passphrase, AuditAction.ADDENDUM_SIGNED)

    def withdraw(self, report_id: ReportId, reason: str, *, passphrase: str) -> Report:
        """Withdraw a signed report; it stays readable, marked as withdrawn."""
        self._access.require(Permission.SIGN_FINAL)
        report = self._load(report_id)
        signature = self._signature(WITHDRAWAL_MEANING, addition_sha256(report, reason))
        gone = withdrawn(report, reason, signature)
        return self._write(gone, passphrase, AuditAction.REPORT_WITHDRAWN)

    def communicated(self, entry: CriticalCommunication) -> None:
        """Log who was told of a critical finding; raises `ReportStateError` or `NotFoundError`."""
        self._access.require(Permission.WRITE)
        if not entry.finding.strip() or not entry.told.strip():
            raise ReportStateError("Say what was communicated, and to whom.")
        if entry.told_at > self._store.clock():
            raise ReportStateError("The time of the communication lies ahead.")
        with self._store.change(Permission.WRITE) as unit:
            if unit.reports.stored(entry.report_id) is None:
                raise NotFoundError("This report is not in the workspace.")
            unit.critical.add(entry)
            details = {
                "means": entry.means.value,
                "urgency": entry.urgency.value,
                "sha256": entry.sha256,
            }
            unit.audit.record(AuditAction.CRITICAL_COMMUNICATED, entry.report_id, details)

    def communications(self, report_id: ReportId) -> tuple[CriticalCommunication, ...]:
        """The log of a report's critical findings, oldest first."""
        with self._store.look() as unit:
            return unit.critical.of(report_id)

    def _require_settled(self, report: Report) -> None:
        with self._store.look() as unit:
            require_settled(report, unit.studies.get(report.study_uid))

    def _load(self, report_id: ReportId) -> Report:
        with self._store.look() as unit:
            report = unit.reports.revision(report_id)
        if report is None:
            raise NotFoundError("This report is not in the workspace.")
        return report

    def _signature(self, meaning: str, covered_sha256: str) -> Signature:
        user = self._access.user
        return Signature(
            signer=user.name,
            meaning=meaning,
            signed_at=self._store.clock(),
            report_sha256=covered_sha256,
            role=user.role.value,
        )

    def _write(self, report: Report, passphrase: str, action: AuditAction) -> Report:
        self._access.check(passphrase)
        forms = self._outbox_forms()
        with self._store.change(Permission.SIGN_PRELIMINARY) as unit:
            signed = unit.reports.append(report, self._store.now_text())
            unit.studies.index_report(signed)
            # With the signature or not at all: what is signed is not lost on its way out.
            unit.deliveries.add(signed, forms)
            unit.audit.record(action, signed.id, _details(unit, signed))
        self._on_signed()
        return signed


def revision_details(report: Report) -> dict[str, object]:
    """What the audit trail says of a saved revision: hashes of the text and of the whole report."""
    return {
        "revision": report.revision,
        "report_sha256": report.sha256,
        "content_sha256": content_sha256(report),
    }


def newest_signature(report: Report) -> Signature | None:
    """The most recent signature, or None."""
    if report.withdrawal is not None:
        return report.withdrawal.signature
    if report.addenda:
        return report.addenda[-1].signature
    return report.signature or report.preliminary


def _details(unit: UnitOfWork, report: Report) -> dict[str, object]:
    signature = newest_signature(report)
    details = {
        **revision_details(report),
        "application": version("negatoscope"),
        "study": identity(unit.studies.get(report.study_uid)),
    }
    if signature is not None:
        details["meaning"] = signature.meaning
        details["role"] = signature.role
        details["signed_sha256"] = signature.report_sha256
        details["local_time"] = signature.signed_at.astimezone().isoformat()
    if report.draft_id is not None:
        draft = unit.drafts.get(report.draft_id)
        details["draft"] = draft.id
        details["model"] = f"{draft.bundle_id} {draft.bundle_version}"
        details["model_sha256"] = draft.bundle_sha256
    return details
