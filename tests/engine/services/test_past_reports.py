"""Past reports: every filter alone and together, the prior's report, and a selection on disk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from testkit.workspaces import NOW, any_draft, any_report, any_study, open_store, past_reports_of

from engine.domain.audit import AuditAction
from engine.domain.export import ExportForm
from engine.domain.finding import Polarity
from engine.domain.past_reports import EditRange, ReportQuery
from engine.domain.prior_difference import Course
from engine.domain.progress import CancelToken
from engine.domain.report import Report, ReportId, ReportStatus
from engine.domain.signature import Signature
from engine.domain.study import StudyUid
from engine.errors import CancelledError, ExportError
from engine.services.past_reports import PastReports
from engine.storage.schema import AuditRow
from engine.storage.unit_of_work import Store

EFFUSION = "Pleural Effusion"
SAVED_BY = "Dr Test"
STUDIES = (
    any_study("1.2.1", name="Early, Ann", taken=date(2025, 3, 1)),
    any_study("1.2.2", name="Early, Ann", taken=date(2026, 3, 1)),
    any_study("1.2.3", name="Other, Bob", patient_id="P2"),
)


def signature_of(report: Report) -> Signature:
    return Signature(
        signer=report.author,
        meaning="I am the author of this report.",
        signed_at=NOW,
        report_sha256=report.sha256,
    )


def keep(store: Store, report: Report) -> Report:
    with store.change() as unit:
        saved = unit.reports.append(report, NOW.isoformat())
        unit.studies.index_report(saved)
    return saved


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "ws", studies=STUDIES) as opened:
        yield opened


@pytest.fixture
def past(store: Store) -> PastReports:
    return past_reports_of(store)


@pytest.fixture
def three(store: Store) -> tuple[Report, Report, Report]:
    """A signed effusion of last year, its denial of today, and somebody else's edited draft."""
    old = any_report("1.2.1", "There is a small left pleural effusion.", author="Dr Ada")
    old = replace(old, updated=NOW - timedelta(days=10))
    old = keep(store, replace(old.signed(signature_of(old)), updated=NOW - timedelta(days=10)))
    now = keep(store, any_report("1.2.2", "No pleural effusion.", author="Dr Bo"))
    draft = any_draft("1.2.3", "The lungs are clear.", "No effusion.")
    with store.change() as unit:
        unit.drafts.add(draft)
    drafted = any_report("1.2.3", author="Dr Bo").with_draft(draft, NOW)
    drafted = drafted.with_text(drafted.sentences[1].id, "A large effusion on the right.", NOW)
    later = replace(drafted, updated=NOW + timedelta(days=1))
    return old, now, keep(store, later)


def ids(past: PastReports, **asked: object) -> list[ReportId]:
    return [row.id for row in past.find(ReportQuery(**asked))]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, (2, 1, 0)),
        ({"text": "early"}, (1, 0)),
        ({"finding": EFFUSION}, (2, 1, 0)),
        ({"finding": EFFUSION, "polarity": Polarity.ASSERTED}, (2, 0)),
        ({"finding": EFFUSION, "polarity": Polarity.NEGATED}, (1,)),
        ({"finding": "Pneumothorax"}, ()),
        ({"status": ReportStatus.FINAL}, (0,)),
        ({"author": "Dr Bo"}, (2, 1)),
        ({"author": SAVED_BY}, (2, 1, 0)),
        ({"author": "Dr B"}, ()),
        ({"edited": EditRange(least=0.0, most=0.0)}, ()),
        ({"edited": EditRange(least=0.25)}, (2,)),
        ({"author": "Dr Bo", "finding": EFFUSION, "polarity": Polarity.ASSERTED}, (2,)),
        ({"limit": 1}, (2,)),
    ],
)
def test_each_condition_narrows_and_all_hold_at_once(past, three, asked, expected) -> None:
    assert ids(past, **asked) == [three[number].id for number in expected]


def test_days_are_whole_local_days(past, three) -> None:
    day = NOW.astimezone().date()
    assert ids(past, since=day, until=day) == [three[1].id]
    assert ids(past, until=day - timedelta(days=1)) == [three[0].id]
    assert ids(past, since=day + timedelta(days=1)) == [three[2].id]


def test_rows_say_how_far_they_are_from_the_draft(past, three) -> None:
    shares = {row.id: row.edit_share for row in past.find()}
    assert shares[three[0].id] is None
    share = shares[three[2].id]
    assert share is not None
    assert 0.25 < share < 1.0
    assert past.authors() == ("Dr Ada", "Dr Bo", SAVED_BY)


def test_every_finding_that_can_be_asked_for_is_one_the_reader_names(past) -> None:
    assert EFFUSION in past.finding_names()


def test_the_last_signed_report_of_the_patient_is_compared(past, three) -> None:
    since = past.since_prior(three[1])
    assert since is not None
    assert since.row.id == three[0].id
    assert [(row.course, row.category) for row in since.difference.findings] == [
        (Course.GONE, EFFUSION)
    ]
    assert past.since_prior(three[0]) is None
    assert past.since_prior(three[2]) is None


def test_names_can_be_hidden_in_every_row(store, three) -> None:
    hiding = past_reports_of(store, hides_names=True)
    since = hiding.since_prior(three[1])
    assert since is not None
    rows = (*hiding.find(), since.row)
    assert {(row.patient_name, row.patient_id, row.study_date) for row in rows} == {
        ("Name hidden", "", "")
    }


def test_an_unsigned_prior_is_no_prior(past, store, three) -> None:
    mine = any_report("1.2.2", "Clear lungs.")
    with store.look() as unit:
        assert unit.studies.priors(StudyUid("1.2.2"))
    unsigned = any_report("1.2.1", "A nodule.")
    keep(store, replace(unsigned, created=NOW, updated=NOW + timedelta(days=2)))
    since = past.since_prior(mine)
    assert since is not None
    assert since.row.id == three[0].id


@pytest.mark.parametrize("form", [ExportForm.TEXT, ExportForm.JSON, ExportForm.PDF])
def test_a_selection_is_written_whole_and_logged_each(past, store, three, tmp_path, form) -> None:
    folder = tmp_path / "out" / "deep"
    wanted = [three[0].id, three[2].id]
    done = past.export(wanted, folder, form)
    assert not done.refused
    assert sorted(path.name for path in folder.iterdir()) == sorted(done.written)
    assert not any("Early" in name or "Ann" in name for name in done.written)
    first = (folder / done.written[0]).read_bytes()
    if form is ExportForm.TEXT:
        assert "left pleural effusion" in first.decode()
    if form is ExportForm.JSON:
        content = json.loads(first)
        assert content["sentences"][0]["origin"] == "typed"
        assert content["patient"]["name"] == "Early, Ann"
    if form is ExportForm.PDF:
        assert first.startswith(b"%PDF-")
    with store.database.reading() as session:
        exported = session.scalars(
            select(AuditRow.subject)
            .where(AuditRow.action == AuditAction.REPORT_EXPORTED.value)
            .order_by(AuditRow.sequence)
        )
        assert list(exported) == wanted


def test_one_that_is_gone_does_not_keep_the_others_back(past, three, tmp_path) -> None:
    done = past.export([ReportId("gone"), three[1].id], tmp_path, ExportForm.TEXT)
    assert len(done.written) == len(done.refused) == 1


def test_a_stopped_selection_and_a_folder_that_cannot_be(past, three, tmp_path) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(CancelledError):
        past.export([three[0].id], tmp_path, ExportForm.TEXT, cancel=token)
    blocked = tmp_path / "file"
    blocked.write_text("x")
    with pytest.raises(ExportError):
        past.export([three[0].id], blocked, ExportForm.TEXT)
    with pytest.raises(ExportError):
        past.export([three[0].id], tmp_path, ExportForm.FHIR)


def test_a_query_says_whether_it_asks_for_more_than_words() -> None:
    assert not ReportQuery(text="heart").is_narrowed
    assert ReportQuery(edited=EditRange()).is_narrowed
    assert ReportQuery(since=datetime(2026, 1, 1, tzinfo=UTC).date()).is_narrowed
    assert ReportQuery(finding=EFFUSION, author="").is_narrowed


def test_the_lines_of_a_row_are_read_one_by_one(store: Store) -> None:
    """As the guards read them: a denial ends with its line."""
    keep(store, any_report("1.2.1", "No pneumothorax\nPleural effusion on the left"))
    past = past_reports_of(store)
    asked = ReportQuery(finding=EFFUSION, polarity=Polarity.ASSERTED)
    assert [row.excerpt for row in past.find(asked)] == [
        "No pneumothorax. Pleural effusion on the left."
    ]
    denied = ReportQuery(finding=EFFUSION, polarity=Polarity.NEGATED)
    assert past.find(denied) == ()
