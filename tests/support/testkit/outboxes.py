"""A workspace that signs into an outbox, in this process or in one that is killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.domain.delivery import Delivery
from engine.domain.export import ExportForm
from engine.domain.report import Report
from engine.services.access import Access
from engine.services.answering import AnswerReader
from engine.services.outbox import Outbox
from engine.services.reporting import Reporting
from engine.settings import Settings
from engine.storage.attempts import Attempts
from engine.storage.folder import WorkspaceFolder
from engine.storage.unit_of_work import Store, utc_now
from engine.workers.decode_client import DecodeClient
from testkit.workspaces import NOW, any_report, any_study, open_store

DEMO = "demo"
FORMS = (ExportForm.HL7, ExportForm.FHIR)


def plain_content(delivery: Delivery) -> bytes:
    """Stands in for a document that takes a second to make."""
    return f"{delivery.report_id} {delivery.revision} {delivery.form}".encode() * 50


@dataclass
class OutboxDesk:
    """Signs and delivers."""

    store: Store
    reporting: Reporting
    outbox: Outbox

    def sign(self, number: int = 0) -> Report:
        """Sign a report for the study of that number."""
        report = any_report(f"1.2.{number}", f"Clear lungs, {number}.")
        saved = self.reporting.save(report)
        return self.reporting.signing.final(saved, passphrase=DEMO, meaning="Author")

    def states(self) -> list[str]:
        """The states of all deliveries, in their order."""
        return [each.state.value for each in self.outbox.deliveries()]


@contextmanager
def outbox_desk(
    root: Path,
    folder: Path | str,
    content: Callable[[Delivery], bytes] = plain_content,
    *,
    studies: int = 3,
    acks: Path | None = None,
    clock: Callable[[], object] = utc_now,
) -> Iterator[OutboxDesk]:
    """A workspace of some studies whose outbox is that folder."""
    numbers = () if root.exists() else range(studies)
    found = tuple(any_study(f"1.2.{number}") for number in numbers)
    with open_store(root, clock, studies=found) as store:  # type: ignore[arg-type]
        access = Access(store, WorkspaceFolder(root=root), Attempts(root / "a.json", store.clock))
        reporting = Reporting(store, access, lambda: None, lambda: FORMS)
        settings = Settings(outbox_folder=str(folder), outbox_acks=str(acks or ""))
        with DecodeClient() as decoder:
            answers = AnswerReader(store, lambda: decoder)
            yield OutboxDesk(store, reporting, Outbox(store, content, lambda: settings, answers))


__all__ = ["DEMO", "FORMS", "NOW", "OutboxDesk", "outbox_desk", "plain_content"]
