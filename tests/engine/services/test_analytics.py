"""A reader's own figures: counted from the ledger, nobody else's in them, nothing of a patient."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from testkit.workspaces import NOW, any_draft, any_report, any_study, open_store

from engine.domain.analytics import Share, summary_of, working_seconds
from engine.domain.report import Report, Section
from engine.domain.user import Permission
from engine.errors import AccessError, ExportError
from engine.services import analytics
from engine.services.analytics import Analytics
from engine.storage.unit_of_work import Store

DRAFT = ("The lungs are clear.", "No effusion.", "There is a nodule.", "The heart is enlarged.")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "ws", studies=(any_study(), any_study("1.2.9"))) as opened:
        yield opened


def keep(store: Store, report: Report, at: datetime, *, actor: str = "Dr Test") -> Report:
    store.actor = actor
    with store.change() as unit:
        return unit.reports.append(report, at.isoformat())


def reviewed(store: Store) -> Report:
    """Accepted, flipped by an edit, rejected with a reason, accepted by another, one added."""
    draft = any_draft("1.2.3", *DRAFT)
    with store.change() as unit:
        unit.drafts.add(draft)
    report = keep(store, any_report().with_draft(draft, NOW), NOW)
    first, second, third, fourth = (sentence.id for sentence in report.sentences)
    report = keep(store, report.with_accepted(first, NOW), NOW + timedelta(seconds=30))
    report = report.with_text(second, "There is an effusion.", NOW)
    report = keep(store, report, NOW + timedelta(seconds=50))
    report = report.with_rejected(third, NOW, reason="not there")
    report = report.with_sentence(Section.IMPRESSION, "=Effusion.", NOW)
    report = keep(store, report, NOW + timedelta(hours=3))
    keep(store, report.with_accepted(fourth, NOW), NOW + timedelta(hours=4), actor="Dr Other")
    store.actor = "Dr Test"
    return report


def test_every_decision_is_counted_once_and_only_the_readers_own(store: Store) -> None:
    reviewed(store)
    (record,) = Analytics(store).own()
    assert (record.accepted, record.edited, record.rejected, record.added) == (1, 1, 1, 1)
    assert record.flipped == 1
    assert record.reasons == ("not there",)
    assert record.seconds == 30 + 20 + 120
    assert record.model == "cmcrl-test 0.1"
    assert (record.views, record.age_band) == ("frontal", "60-69")
    store.actor = "Dr Other"
    (other,) = Analytics(store).own()
    assert (other.accepted, other.decided) == (1, 1)
    store.actor = "Dr Nobody"
    assert Analytics(store).own() == ()


def test_what_was_counted_is_not_read_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    report = reviewed(store)
    figures = Analytics(store)
    (before,) = figures.own()
    with monkeypatch.context() as patch:
        patch.setattr(analytics, "_record", lambda *_: pytest.fail("a report was read again"))
        assert figures.own() == (before,)
    later = report.with_rejected(report.sentences[0].id, NOW, reason="not there either")
    keep(store, later, NOW + timedelta(hours=5))
    (after,) = figures.own()
    assert (after.accepted, after.rejected) == (0, 2)
    assert Analytics(store).own() == (after,)


def test_a_few_changes_at_a_time_count_the_same(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewed(store)
    monkeypatch.setattr(analytics, "_AT_ONCE", 2)
    (record,) = Analytics(store).own()
    assert (record.accepted, record.edited, record.rejected, record.added) == (1, 1, 1, 1)


def test_where_nothing_can_be_written_the_figures_are_told_all_the_same(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewed(store)
    with monkeypatch.context() as patch:
        patch.setattr(store.database, "is_read_only", True)
        assert len(Analytics(store).own()) == 1
    assert len(Analytics(store).own()) == 1


def test_a_decision_that_is_stored_together_with_the_draft_counts(store: Store) -> None:
    draft = any_draft("1.2.3", *DRAFT)
    with store.change() as unit:
        unit.drafts.add(draft)
    report = any_report().with_draft(draft, NOW)
    keep(store, report.with_accepted(report.sentences[0].id, NOW), NOW)
    (record,) = Analytics(store).own()
    assert (record.accepted, record.decided) == (1, 1)


def test_the_summary_adds_up(store: Store) -> None:
    reviewed(store)
    keep(store, any_report("1.2.9", "Clear lungs."), NOW)
    found = summary_of(Analytics(store).own())
    assert found.reports == 2
    assert {name: share.count for name, share in found.fates} == {
        "accepted": 1,
        "edited": 1,
        "rejected": 1,
    }
    assert all(share.total == 3 for _, share in found.fates)
    assert found.reasons == (("not there", 1),)
    assert found.seconds_drafted == 170
    assert found.seconds_alone == 0
    assert found.models == (("cmcrl-test 0.1", 1),)
    by_name = {tally.category: tally for tally in found.findings}
    effusion = by_name["Pleural Effusion"]
    assert (effusion.drafted, effusion.kept, effusion.added) == (0, 0, 2)


def test_the_csv_names_nobody_and_quotes_nothing(store: Store, tmp_path: Path) -> None:
    reviewed(store)
    written = Analytics(store).write_csv(tmp_path / "mine.csv")
    content = written.read_text("utf-8")
    (row,) = csv.DictReader(content.splitlines())
    assert (row["accepted"], row["rejected"], row["reasons"]) == ("1", "1", "not there")
    for secret in ("Test, Person", "P1", "1.2.3", "effusion", "Dr Test"):
        assert secret not in content
    with pytest.raises(ExportError):
        Analytics(store).write_csv(tmp_path / "none" / "mine.csv")


def test_an_interval_holds_its_share_and_narrows_with_more() -> None:
    few, many = Share(count=2, total=4), Share(count=200, total=400)
    assert few.interval[0] < 0.5 < few.interval[1]
    assert few.interval[0] < many.interval[0]
    assert Share(count=0, total=0).interval == (0.0, 1.0)
    assert Share(count=0, total=10).interval == pytest.approx((0.0, 0.278), abs=0.001)
    assert Share(count=10, total=10).interval[0] == pytest.approx(0.722, abs=0.001)
    low, high = Share(count=8, total=10).interval
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)


def test_pauses_do_not_count_as_work() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    moments = [start, start + timedelta(seconds=10), start + timedelta(days=2)]
    assert working_seconds(moments) == 130
    assert working_seconds([start]) == 0


def test_the_models_figures_are_of_all_readers_together_and_name_none(store: Store) -> None:
    reviewed(store)
    (watch,) = Analytics(store).of_the_model()
    (month,) = watch.months
    assert watch.model == "cmcrl-test 0.1"
    assert (month.accepted, month.edited, month.rejected, month.added) == (2, 1, 1, 1)
    by_name = {one.category: one for one in watch.findings}
    assert (by_name["Nodule"].rejected, by_name["Nodule"].kept) == (1, 0)
    assert (by_name["Cardiomegaly"].accepted, by_name["Cardiomegaly"].kept) == (1, 1)
    assert by_name["Pleural Effusion"].added == 2
    assert "Dr" not in repr(watch)
    # Counted for others, a reader's own figures are still the reader's own.
    assert [record.decided for record in Analytics(store).own()] == [3]


def test_only_who_looks_after_the_model_sees_its_figures(store: Store) -> None:
    def refuse(permission: Permission) -> None:
        if permission is Permission.CHOOSE_MODEL:
            raise AccessError("You may not look after the model.")

    store.guard = refuse
    with pytest.raises(AccessError):
        Analytics(store).of_the_model()
