"""A report stays bound to the pixels it was written on."""

from __future__ import annotations

import pytest
from testkit.workspaces import any_report, any_study, open_store

from engine.domain.audit import AuditAction
from engine.domain.study import SopUid
from engine.services.binding import FilmBinding

FILM, OTHER = SopUid("1.2.3.4.5"), SopUid("1.2.3.4.6")
REPORT = any_report("1.2.3", "Clear.")


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path) as opened:
        with opened.change() as unit:
            unit.studies.put((any_study("1.2.3"),), opened.now_text())
        yield opened


def keep(store):
    with store.change() as unit:
        unit.reports.keep(REPORT, store.now_text())


def events(store):
    with store.change() as unit:
        return [e.details for e in unit.audit.about(AuditAction.FILMS_BOUND, REPORT.id)]


def test_a_report_of_which_nothing_is_kept_is_bound_to_nothing(store):
    assert FilmBinding(store).differing(REPORT.id, {FILM: "aa"}) == frozenset()
    assert events(store) == []


def test_other_pixels_are_told_each_time_and_never_become_right(store):
    keep(store)
    binding = FilmBinding(store)
    assert binding.differing(REPORT.id, {FILM: "aa"}) == frozenset()
    assert binding.differing(REPORT.id, {FILM: "aa", OTHER: "cc"}) == frozenset()
    assert binding.differing(REPORT.id, {FILM: "bb", OTHER: "cc"}) == {FILM}
    assert binding.differing(REPORT.id, {FILM: "bb"}) == {FILM}
    assert binding.differing(REPORT.id, {FILM: "aa"}) == frozenset()
    assert events(store) == [{"films": {FILM: "aa"}}, {"films": {OTHER: "cc"}}]
