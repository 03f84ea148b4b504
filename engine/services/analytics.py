"""The signed-in reader's own figures, and the model's, from the ledger; they stay on this computer.

Readers can only ask about themselves: there is no way to name another reader. Of the model whoever
looks after it is told what all readers together made of its drafts.
"""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Mapping
from pathlib import Path

from engine.domain.analytics import (
    FindingFate,
    ReviewRecord,
    age_band,
    decided_by,
    working_seconds,
)
from engine.domain.difference import draft_differences, edit_share
from engine.domain.finding import Polarity
from engine.domain.model_watch import ModelWatch, watch_of
from engine.domain.report import Draft, Report, ReportId, ReportSentence, SentenceState
from engine.domain.user import Permission
from engine.errors import DiskFullError, ExportError, ReadOnlyError
from engine.files import write_atomically
from engine.language.findings import findings_in
from engine.storage.unit_of_work import Store, UnitOfWork

_COLUMNS = (
    "day",
    "model",
    "views",
    "age_band",
    "accepted",
    "edited",
    "rejected",
    "added",
    "polarity_flipped",
    "seconds",
    "edit_share",
    "reasons",
)
_FATES = {
    SentenceState.AI_ACCEPTED: "accepted",
    SentenceState.AI_EDITED: "edited",
    SentenceState.AI_REJECTED: "rejected",
    SentenceState.AUTHOR: "added",
}
_AT_ONCE = 2000
"""Number of ledger entries that are counted in one transaction."""
_LOG = logging.getLogger(__name__)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Analytics:
    """Counts of a reader and of the model. Every method may block: call it off the GUI thread.

    Args:
        store: The open database; its actor is the reader.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def own(self) -> tuple[ReviewRecord, ...]:
        """A record of each report with a decision of the signed-in reader, oldest first.

        Only changes since the last call are read. If their count cannot be stored, they are read
        again the next time.
        """
        return self._of(self._store.actor)

    def of_the_model(self) -> tuple[ModelWatch, ...]:
        """What all readers together made of each model's drafts; nobody is told from another.

        Raises:
            AccessError: The signed-in user does not look after the model.
        """
        self._store.require(Permission.CHOOSE_MODEL)
        with self._store.look() as unit:
            readers = unit.reviews.readers()
        return watch_of(record for reader in readers for record in self._of(reader))

    def _of(self, actor: str) -> tuple[ReviewRecord, ...]:
        with self._store.look() as unit:
            found: dict[ReportId, ReviewRecord | None] = {**unit.reviews.of(actor).kept()}
        counted: int | None = None
        while True:
            with self._store.look() as unit:
                new = unit.reviews.of(actor).uncounted(counted, _AT_ONCE)
                if new.counted == counted or not new.reports:
                    break
                records = {one: _record(unit, one, actor) for one in new.reports}
            counted = new.counted
            found |= records
            self._keep(actor, records, counted)
        standing = (record for record in found.values() if record is not None)
        return tuple(sorted(standing, key=lambda record: record.day))

    def _keep(
        self, actor: str, records: Mapping[ReportId, ReviewRecord | None], counted: int
    ) -> None:
        try:
            with self._store.change(Permission.READ) as unit:
                unit.reviews.of(actor).keep(records, counted)
        except (DiskFullError, ReadOnlyError):
            _LOG.warning("what was counted is not kept", exc_info=True)

    def write_csv(self, to: Path) -> Path:
        """Write one row for each of those reports; raises `ExportError`.

        The file holds no text of a report, no identifier and no patient's name.
        """
        try:
            write_atomically(to, _csv(self.own()).encode())
        except OSError as error:
            raise ExportError(
                "The figures could not be saved there.",
                what_to_do="Choose a folder that exists and that you may write to.",
            ) from error
        return to


def _record(unit: UnitOfWork, report_id: ReportId, actor: str) -> ReviewRecord | None:
    report = unit.reports.stored(report_id)
    log = unit.reports.ledger.of(report_id)
    mine = [entry.at for entry in log if entry.actor == actor]
    if report is None or not mine:
        return None
    decided = decided_by(actor, report, log)
    if not decided:
        return None  # a draft was asked for and never looked at: neither a review nor its time
    draft = unit.drafts.get(report.draft_id) if report.draft_id is not None else None
    study = unit.studies.get(report.study_uid)
    states = [sentence.state for sentence in decided]
    return ReviewRecord(
        day=min(mine).astimezone().date(),
        model=_model(draft),
        views=" ".join(sorted({image.view.value for image in study.images})),
        age_band=age_band(study),
        accepted=states.count(SentenceState.AI_ACCEPTED),
        edited=states.count(SentenceState.AI_EDITED),
        rejected=states.count(SentenceState.AI_REJECTED),
        added=sum(s.state is SentenceState.AUTHOR and bool(s.text.strip()) for s in decided),
        flipped=sum(_is_flipped(sentence) for sentence in decided),
        reasons=tuple(s.reason for s in decided if s.state is SentenceState.AI_REJECTED),
        seconds=working_seconds(mine),
        edit_share=_share(report, draft),
        findings=tuple(fate for sentence in decided for fate in _fates(sentence)),
    )


def _model(draft: Draft | None) -> str:
    return f"{draft.bundle_id} {draft.bundle_version}" if draft is not None else ""


def _share(report: Report, draft: Draft | None) -> float | None:
    return edit_share(draft_differences(report, draft)) if draft is not None else None


def _polarities(text: str) -> dict[str, Polarity]:
    return {finding.category: finding.polarity for finding in findings_in(text)}


def _is_flipped(sentence: ReportSentence) -> bool:
    if sentence.state is not SentenceState.AI_EDITED:
        return False
    before, after = _polarities(sentence.draft_text), _polarities(sentence.text)
    return any(category in after and after[category] is not before[category] for category in before)


def _asserted(text: str) -> set[str]:
    return {finding.category for finding in findings_in(text) if finding.is_asserted}


def _fates(sentence: ReportSentence) -> list[FindingFate]:
    before = _asserted(sentence.draft_text)
    is_gone = sentence.state is SentenceState.AI_REJECTED
    after = set() if is_gone else _asserted(sentence.text)
    return [
        FindingFate(
            category=category,
            was_drafted=category in before,
            is_kept=category in after,
            fate=_FATES[sentence.state],
        )
        for category in sorted(before | after)
    ]


def _csv(records: tuple[ReviewRecord, ...]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(_COLUMNS)
    for record in records:
        writer.writerow(
            [
                record.day.isoformat(),
                _plain(record.model),
                record.views,
                record.age_band,
                record.accepted,
                record.edited,
                record.rejected,
                record.added,
                record.flipped,
                round(record.seconds),
                "" if record.edit_share is None else f"{record.edit_share:.3f}",
                _plain("; ".join(reason or "not given" for reason in record.reasons)),
            ]
        )
    return stream.getvalue()


def _plain(value: str) -> str:
    """A value that no spreadsheet takes for a formula."""
    return f"'{value}" if value.startswith(_FORMULA) else value
