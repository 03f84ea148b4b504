from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from testkit.workspaces import NOW, any_draft, any_study, open_store, past_reports_of, typed

from engine.domain.past_reports import ReportQuery
from engine.domain.report import Report, ReportId, ReportStatus, Section
from engine.domain.study import StudyQuery, StudyStatus, StudyUid
from engine.errors import (
    NotFoundError,
    ReportStateError,
    TooManyAttemptsError,
    WrongPassphraseError,
)
from engine.services.access import Access
from engine.services.reporting import Reporting
from engine.storage.attempts import Attempts
from engine.storage.folder import WorkspaceFolder
from engine.storage.schema import AuditRow
from engine.storage.unit_of_work import Store

UID = StudyUid("1.2.3")


class Desk:
    """Reporting over a real store, and how often it was told of a signature."""

    def __init__(self, store: Store, root: Path) -> None:
        self.store = store
        attempts = Attempts(root / "attempts.json", store.clock)
        self.access = Access(store, WorkspaceFolder(root=root), attempts)
        self.signatures = 0
        self.reporting = Reporting(store, self.access, self._count)

    def _count(self) -> None:
        self.signatures += 1

    def status(self) -> StudyStatus:
        with self.store.look() as unit:
            return unit.searches.studies(StudyQuery())[0].status

    def actions(self) -> list[str]:
        with self.store.database.reading() as session:
            rows = session.scalars(select(AuditRow).order_by(AuditRow.sequence))
            return [row.action for row in rows]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_store(tmp_path, studies=(any_study(name="Grün, Ämilie"),)) as store:
        yield Desk(store, tmp_path)


def drafted(desk: Desk) -> Report:
    draft = any_draft("1.2.3", "The lungs are clear.", "No effusion.")
    with desk.store.change() as unit:
        unit.drafts.add(draft)
    return desk.reporting.open_for(UID).report.with_draft(draft, NOW)


def reviewed(report: Report) -> Report:
    for sentence in report.sentences:
        report = report.with_accepted(sentence.id, NOW)
    return report


def test_from_draft_to_signature_and_found_again(desk: Desk) -> None:
    assert desk.status() is StudyStatus.NEW
    report = drafted(desk)
    desk.reporting.keep(report)
    assert desk.status() is StudyStatus.DRAFTED
    report = reviewed(report)
    desk.reporting.keep(report)
    assert desk.status() is StudyStatus.IN_REVIEW
    saved = desk.reporting.save(report)
    assert saved.revision == 1
    signed = desk.reporting.sign(saved, passphrase="demo", meaning="Author")
    assert signed.status is ReportStatus.FINAL
    assert signed.signature is not None
    assert signed.signature.signer == "Dr Test"
    assert signed.signature.report_sha256 == saved.sha256
    assert desk.status() is StudyStatus.SIGNED
    assert desk.signatures == 1

    assert desk.reporting.load(signed.id) == signed
    assert [r.revision for r in desk.reporting.history(signed.id)] == [1, 2]
    for words in ("effus", "grun", "ämilie", "P1", "lungs grün", "ACC7"):
        found = past_reports_of(desk.store).find(ReportQuery(text=words))
        assert [row.id for row in found] == [signed.id], words
        assert "No effusion." in found[0].excerpt
    assert past_reports_of(desk.store).find(ReportQuery(text="pneumothorax")) == ()
    assert desk.actions()[-2:] == ["report saved", "report signed"]
    assert desk.reporting.open_for(UID).report == signed


def test_unsaved_typing_comes_back(desk: Desk) -> None:
    first = desk.reporting.open_for(UID)
    assert not first.recovered
    report = first.report.with_sentence(Section.FINDINGS, "Typed.", NOW)
    desk.reporting.keep(report)
    opened = desk.reporting.open_for(UID)
    assert opened.recovered
    assert opened.report == report
    saved = desk.reporting.save(opened.report)
    assert desk.reporting.open_for(UID).report == saved
    assert not desk.reporting.open_for(UID).recovered
    desk.reporting.keep(saved)
    assert not desk.reporting.open_for(UID).recovered


def test_an_overtaken_autosave_does_not_hide_the_saved_revision(desk: Desk) -> None:
    report = desk.reporting.open_for(UID).report
    report = report.with_sentence(Section.FINDINGS, "Typed.", NOW)
    saved = desk.reporting.save(report)
    desk.reporting.keep(report)
    opened = desk.reporting.open_for(UID)
    assert (opened.report, opened.recovered) == (saved, False)


def test_typing_during_a_save_is_kept(desk: Desk) -> None:
    report = desk.reporting.open_for(UID).report.with_sentence(Section.FINDINGS, "Typed.", NOW)
    desk.reporting.save(report)
    later = report.with_text(report.sentences[0].id, "Typed more.", desk.store.clock())
    desk.reporting.keep(later)
    opened = desk.reporting.open_for(UID)
    assert opened.recovered
    assert opened.report.text(Section.FINDINGS) == "Typed more."
    assert desk.reporting.save(opened.report).revision == 2


def test_a_signed_report_takes_nothing_more(desk: Desk) -> None:
    report = reviewed(drafted(desk))
    signed = desk.reporting.sign(report, passphrase="demo", meaning="Author")
    for change in (desk.reporting.keep, desk.reporting.save):
        for value in (signed, typed(report, "Other words.")):
            with pytest.raises(ReportStateError):
                change(value)
    with pytest.raises(ReportStateError):
        desk.reporting.sign(report, passphrase="demo", meaning="Author")
    assert desk.reporting.load(signed.id) == signed


def test_signing_an_unreviewed_draft_asks_no_passphrase(desk: Desk) -> None:
    report = drafted(desk)
    with pytest.raises(ReportStateError, match="not been reviewed"):
        desk.reporting.sign(report, passphrase="wrong", meaning="Author")
    assert "passphrase refused" not in desk.actions()


def test_wrong_passphrases_are_logged_and_slow_down(desk: Desk) -> None:
    report = desk.reporting.save(reviewed(drafted(desk)))
    for _ in range(5):
        with pytest.raises(WrongPassphraseError):
            desk.reporting.sign(report, passphrase="wrong", meaning="Author")
    with pytest.raises(TooManyAttemptsError):
        desk.reporting.sign(report, passphrase="demo", meaning="Author")
    assert desk.actions().count("passphrase refused") == 5
    assert desk.reporting.load(report.id).status is ReportStatus.DRAFT
    assert desk.signatures == 0


def test_what_is_not_there_is_named(desk: Desk) -> None:
    with pytest.raises(NotFoundError):
        desk.reporting.load(ReportId("none"))
    with pytest.raises(NotFoundError):
        desk.reporting.open_for(StudyUid("9.9.9"))
    with pytest.raises(NotFoundError):
        desk.reporting.draft(any_draft().id)
