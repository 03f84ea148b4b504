"""Trainee, attending, addendum, withdrawal, critical findings, down to the rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from testkit.workspaces import NOW, any_draft, any_study, open_store, past_reports_of

from engine.domain.annotation import FilmTurn, KeyImage
from engine.domain.audit import AuditAction
from engine.domain.critical import CriticalCommunication, Means, Urgency
from engine.domain.difference import Fate
from engine.domain.past_reports import ReportQuery
from engine.domain.report import Report, ReportStatus, Section
from engine.domain.study import StudyUid
from engine.domain.user import Permission, Role, User
from engine.errors import (
    AccessError,
    ReportStateError,
    StorageError,
    WorkspaceDamagedError,
    WrongPassphraseError,
)
from engine.services import signing as signing_module
from engine.services.access import Access
from engine.services.annotating import Annotating
from engine.services.library import Library
from engine.services.reporting import Reporting
from engine.storage.attempts import Attempts
from engine.storage.checks import full_check
from engine.storage.convert import draft_sha256, sha256
from engine.storage.folder import WorkspaceFolder
from engine.storage.trail_checks import record_problems
from engine.storage.unit_of_work import Store

UID = StudyUid("1.2.3")
TRAINEE, ATTENDING = "Dr Trainee", "Dr Attending"
DEMO = "demo"


class Desk:
    def __init__(self, store: Store, root: Path) -> None:
        self.store = store
        self.access = Access(
            store, WorkspaceFolder(root=root), Attempts(root / "a.json", store.clock)
        )
        self.reporting = Reporting(store, self.access, lambda: None)
        self.signing = self.reporting.signing
        for name, role in ((TRAINEE, Role.TRAINEE), (ATTENDING, Role.ATTENDING)):
            self.access.add_user(User(name=name, role=role), DEMO, passphrase=DEMO)

    def as_user(self, name: str) -> None:
        self.access.sign_in(name, DEMO)

    def reviewed(self) -> Report:
        draft = any_draft("1.2.3", "The lungs are clear.", "No effusion.")
        with self.store.change() as unit:
            unit.drafts.add(draft)
            details = {"content_sha256": draft_sha256(draft)}
            unit.audit.record(AuditAction.DRAFT_STORED, draft.id, details)
        report = self.reporting.open_for(UID).report.with_draft(draft, NOW)
        for sentence in report.sentences:
            report = report.with_accepted(sentence.id, NOW)
        return self.reporting.save(report)

    def final(self) -> Report:
        return self.signing.final(self.reviewed(), passphrase=DEMO, meaning="Author")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_store(tmp_path, studies=(any_study(),)) as store:
        yield Desk(store, tmp_path)
        checks, problems = full_check(store.database)
        assert len(checks) == 5
        assert problems == ()


def test_a_trainee_signs_preliminary_and_the_attending_finishes(desk: Desk) -> None:
    desk.as_user(TRAINEE)
    report = desk.reviewed()
    preliminary = desk.signing.preliminary(report, passphrase=DEMO, meaning="Prepared")
    assert preliminary.status is ReportStatus.PRELIMINARY
    assert preliminary.preliminary is not None
    assert (preliminary.preliminary.signer, preliminary.preliminary.role) == (TRAINEE, "trainee")
    with pytest.raises(AccessError, match="trainee"):
        desk.signing.final(preliminary, passphrase=DEMO, meaning="Author")
    with pytest.raises(ReportStateError):
        desk.signing.preliminary(preliminary, passphrase=DEMO, meaning="Again")

    desk.as_user(ATTENDING)
    opened = desk.reporting.open_for(UID).report
    assert opened == preliminary
    changed = opened.with_text(opened.sentences[1].id, "Small left effusion.", NOW)
    changed = changed.with_sentence(Section.IMPRESSION, "Left effusion.", NOW)
    changed = desk.reporting.save(changed)
    assert changed.status is ReportStatus.PRELIMINARY
    assert changed.changed_since_preliminary
    final = desk.signing.final(changed, passphrase=DEMO, meaning="Approved")
    assert final.status is ReportStatus.FINAL
    assert final.signature is not None
    assert (final.signature.signer, final.signature.role) == (ATTENDING, "attending")
    assert final.preliminary == preliminary.preliminary

    fates = [row.fate for row in desk.reporting.changes_since_preliminary(final.id)]
    assert fates == [Fate.UNCHANGED, Fate.EDITED, Fate.ADDED]
    who = [(r.author, r.status.value) for r in desk.reporting.history(final.id)]
    assert who == [
        (TRAINEE, "draft"),
        (TRAINEE, "preliminary"),
        (ATTENDING, "preliminary"),
        (ATTENDING, "final"),
    ]
    assert {e.actor for e in desk.reporting.ledger(final.id)} == {TRAINEE, ATTENDING}


def test_r23_addenda_stand_beside_the_signed_text(desk: Desk) -> None:
    final = desk.final()
    with pytest.raises(ReportStateError, match="needs words"):
        desk.signing.addendum(final.id, "  ", passphrase=DEMO)
    with pytest.raises(WrongPassphraseError):
        desk.signing.addendum(final.id, "Old films came.", passphrase="wrong")
    one = desk.signing.addendum(final.id, "Old films came.", passphrase=DEMO)
    two = desk.signing.addendum(final.id, "Nodule known since 2019.", passphrase=DEMO)
    assert two.status is ReportStatus.ADDENDED
    assert [a.text for a in two.addenda] == ["Old films came.", "Nodule known since 2019."]
    assert two.sentences == one.sentences == final.sentences
    assert two.signature == final.signature
    assert desk.reporting.load(final.id) == two
    assert desk.reporting.revision(final.id, final.revision) == final
    found = past_reports_of(desk.store).find(ReportQuery(text="nodule"))
    assert [row.id for row in found] == [final.id]
    with pytest.raises(ReportStateError):
        desk.reporting.save(two)


def test_a_withdrawn_report_stays_readable_and_takes_nothing_more(desk: Desk) -> None:
    final = desk.final()
    desk.signing.addendum(final.id, "Wrong patient's film.", passphrase=DEMO)
    with pytest.raises(ReportStateError, match="reason"):
        desk.signing.withdraw(final.id, "", passphrase=DEMO)
    gone = desk.signing.withdraw(final.id, "Wrong patient.", passphrase=DEMO)
    assert gone.status is ReportStatus.WITHDRAWN
    assert desk.reporting.load(final.id) == gone
    for late in (
        lambda: desk.signing.addendum(final.id, "More.", passphrase=DEMO),
        lambda: desk.signing.withdraw(final.id, "Again.", passphrase=DEMO),
        lambda: desk.reporting.save(final),
    ):
        with pytest.raises(ReportStateError):
            late()


def test_a_withdrawn_report_makes_room_for_another(desk: Desk) -> None:
    final = desk.final()
    with pytest.raises(ReportStateError, match="has a report"):
        desk.reporting.begin_anew(UID)
    gone = desk.signing.withdraw(final.id, "Wrong patient.", passphrase=DEMO)
    fresh = desk.reporting.begin_anew(UID).report
    assert (fresh.id != gone.id, fresh.sentences, fresh.author) == (True, (), "Dr Test")
    saved = desk.reporting.save(fresh.with_sentence(Section.FINDINGS, "Nodule.", NOW))
    assert desk.reporting.open_for(UID).report == saved
    assert desk.reporting.load(final.id) == gone
    past = past_reports_of(desk.store)
    assert {row.id for row in past.find(ReportQuery(text="clear"))} == {saved.id, gone.id}
    assert [row.id for row in past.find(ReportQuery(status=ReportStatus.DRAFT))] == [saved.id]


def test_a_draft_takes_no_addendum(desk: Desk) -> None:
    report = desk.reviewed()
    with pytest.raises(ReportStateError, match="not signed"):
        desk.signing.addendum(report.id, "More.", passphrase=DEMO)


# What a revision that adds something must not change beside it.
_LATER = (
    "INSERT INTO report_revisions SELECT report_id, revision + 1, saved, author, 'addended', "
    "report_sha256, json_set(content, '$.{}', '{}'), sha256 FROM report_revisions "
    "WHERE status = 'addended'"
)

ATTACKS_ON_FINAL = (
    # The same revision again with other words under a later status.
    (
        "INSERT INTO report_revisions SELECT report_id, revision + 1, saved, author, 'addended', "
        "report_sha256, replace(replace(content, 'No effusion', 'An effusion'), '\"final\"', "
        "'\"addended\"'), sha256 FROM report_revisions WHERE status = 'final'"
    ),
)
ATTACKS = (
    _LATER.format("author", "Somebody"),
    _LATER.format("draft_id", "another"),
    _LATER.format("study_uid", "9.9"),
    _LATER.format("sentences[0].state", "author"),
    _LATER.format("sentences[1]", "{}"),
    # An addendum taken away by a later revision.
    (
        "INSERT INTO report_revisions SELECT report_id, revision + 1, saved, author, 'withdrawn', "
        "report_sha256, json_remove(content, '$.addenda[0]'), sha256 FROM report_revisions "
        "WHERE status = 'addended'"
    ),
    # Another signature.
    (
        "INSERT INTO report_revisions SELECT report_id, revision + 1, saved, author, 'addended', "
        "report_sha256, json_set(content, '$.signature.signer', 'Somebody'), sha256 "
        "FROM report_revisions WHERE status = 'addended'"
    ),
    # Back to a draft, forward without a revision, out of the order.
    "UPDATE reports SET status = 'draft', stage = 'draft'",
    "UPDATE reports SET stage = 'withdrawn', revision = revision + 1",
    "UPDATE reports SET stage = 'final'",
    "UPDATE reports SET status = 'draft'",
    "UPDATE critical_communications SET told = 'Nobody'",
    "DELETE FROM critical_communications",
    (
        "INSERT OR REPLACE INTO critical_communications SELECT id, report_id, finding, 'Nobody', "
        "told_at, means, urgency, read_back, recorded_by, recorded_at FROM critical_communications"
    ),
)


def test_the_database_refuses_to_change_what_was_signed(desk: Desk) -> None:
    final = desk.final()
    desk.signing.communicated(told(final))
    _attack(desk, final, ATTACKS_ON_FINAL)
    added = desk.signing.addendum(final.id, "Old films came.", passphrase=DEMO)
    _attack(desk, added, ATTACKS)


def _attack(desk: Desk, before: Report, attacks: tuple[str, ...]) -> None:
    for attack in attacks:
        with pytest.raises(StorageError), desk.store.database.writing() as session:
            assert session.execute(text(attack)).rowcount != 0, attack
        assert desk.reporting.load(before.id) == before, attack
        assert [c.told for c in desk.signing.communications(before.id)] == ["Dr Ward"]


TAMPERINGS = {
    "has a signature that nobody gave": (
        "UPDATE report_revisions SET content = json_set(content, '$.signature.meaning', 'No')",
        "UPDATE report_revisions SET content = json_set(content, '$.signature.signer', 'No')",
        "UPDATE report_revisions SET content = json_set(content, '$.signature.role', 'No')",
        (
            "UPDATE report_revisions SET content = json_set(content, '$.signature.signed_at', "
            "'2020-01-01T00:00:00Z')"
        ),
    ),
    "is not the one that the audit trail names": (
        "UPDATE report_revisions SET content = json_set(content, '$.draft_id', 'other')",
        "UPDATE report_revisions SET author = 'Somebody'",
        "UPDATE drafts SET content = json_set(content, '$.provider', 'other')",
    ),
    "is missing": ("DELETE FROM report_revisions WHERE revision = 1",),
    "was changed": (
        "UPDATE critical_communications SET told = 'Nobody'",
        "DELETE FROM critical_communications",
    ),
    "is not the one that was given": ("UPDATE users SET role = 'administrator'",),
}


def test_whoever_takes_the_guards_away_is_found_out_by_the_trail(desk: Desk) -> None:
    """With the key in hand and fitting hashes: the trail says what was signed, and by whom."""
    final = desk.final()
    desk.signing.addendum(final.id, "Old films came.", passphrase=DEMO)
    desk.signing.communicated(told(final))
    for problem, statements in TAMPERINGS.items():
        for statement in statements:
            with suppress(_UndoneError), desk.store.database.writing_schema() as session:
                assert record_problems(session) == []
                for trigger in session.scalars(
                    text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
                ).all():
                    session.execute(text(f"DROP TRIGGER {trigger}"))
                session.execute(text(statement))
                for table in ("report_revisions", "drafts"):
                    for rowid, content in session.execute(
                        text(f"SELECT rowid, content FROM {table}")  # noqa: S608
                    ).all():
                        session.execute(
                            text(f"UPDATE {table} SET sha256 = :hash WHERE rowid = :id"),  # noqa: S608
                            {"hash": sha256(content), "id": rowid},
                        )
                assert any(problem in found for found in record_problems(session)), statement
                raise _UndoneError


class _UndoneError(Exception):
    """Rolls the tampering back."""


def test_a_guard_that_was_taken_away_is_missed(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        with store.database.writing_schema() as session:
            session.execute(text("DROP TRIGGER reports_signed"))
        assert full_check(store.database)[1] == (
            "A guard of what must not change is missing (first: reports_signed).",
        )


def told(report: Report) -> CriticalCommunication:
    return CriticalCommunication(
        report_id=report.id,
        finding="Tension pneumothorax",
        told="Dr Ward",
        told_at=NOW,
        means=Means.TELEPHONE,
        urgency=Urgency.MINUTES,
        read_back=True,
        recorded_by="Dr Test",
        recorded_at=NOW,
    )


def test_who_was_told_of_a_critical_finding_is_kept(desk: Desk) -> None:
    report = desk.reviewed()
    entry = told(report)
    desk.signing.communicated(entry)
    assert desk.signing.communications(report.id) == (entry,)
    assert "Dr Ward told by telephone" in entry.line
    for wrong in (
        replace(entry, told=" "),
        replace(entry, told_at=desk.store.clock() + timedelta(hours=1)),
    ):
        with pytest.raises(ReportStateError):
            desk.signing.communicated(wrong)


@pytest.mark.parametrize("role", list(Role))
def test_r27_what_each_role_may_do(role: Role) -> None:
    may = {p for p in Permission if User(name="x", role=role).may(p)}
    administering = {Permission.ADMINISTER, Permission.CHOOSE_MODEL}
    expected = {
        Role.VIEWER: {Permission.READ},
        Role.TRAINEE: set(Permission) - {Permission.SIGN_FINAL} - administering,
        Role.ATTENDING: set(Permission) - administering,
        Role.ADMINISTRATOR: set(Permission),
    }
    assert may == expected[role]


def test_the_services_ask_for_the_role(desk: Desk) -> None:
    report, final = desk.reviewed(), None
    desk.access.add_user(User(name="Viewer", role=Role.VIEWER), DEMO, passphrase=DEMO)
    final = desk.signing.final(report, passphrase=DEMO, meaning="Author")
    desk.as_user("Viewer")
    calls = (
        lambda: desk.reporting.save(report),
        lambda: desk.reporting.keep(report),
        lambda: desk.signing.preliminary(report, passphrase=DEMO, meaning="x"),
        lambda: desk.signing.final(report, passphrase=DEMO, meaning="x"),
        lambda: desk.signing.addendum(final.id, "x", passphrase=DEMO),
        lambda: desk.signing.withdraw(final.id, "x", passphrase=DEMO),
        lambda: desk.signing.communicated(told(final)),
        lambda: desk.access.add_user(User(name="y"), DEMO, passphrase=DEMO),
        lambda: desk.access.new_recovery_key(DEMO),
    )
    for call in calls:
        with pytest.raises(AccessError):
            call()
    assert desk.reporting.load(final.id) == final
    with pytest.raises(AccessError, match="no user"):
        desk.as_user("Nobody")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE patients SET name = 'Other, Person'", "the patient's name changed"),
        ("UPDATE patients SET patient_id = 'P9'", "the patient ID changed"),
        ("UPDATE patients SET birth_date = '1950-01-01'", "the birth date changed"),
        ("UPDATE studies SET accession = 'OTHER'", "the accession number changed"),
        ("UPDATE studies SET study_date = '2020-01-01'", "the study date changed"),
        ("UPDATE images SET sop_uid = '9.9.9'", "the films changed"),
    ],
)
def test_r22_a_signature_covers_whose_film_it_is(tmp_path: Path, statement: str, said: str) -> None:
    with open_store(tmp_path, studies=(any_study(),)) as store:
        Desk(store, tmp_path).final()
        with store.database.reading() as session:
            assert record_problems(session) == []
        with store.database.writing() as session:
            session.execute(text(statement))
        with store.database.reading() as session:
            (problem,) = record_problems(session)
    assert said in problem


def test_r22_a_report_that_was_hung_on_another_study_is_found(tmp_path: Path) -> None:
    with open_store(tmp_path, studies=(any_study(), any_study("9.9", patient_id="P2"))) as store:
        report = Desk(store, tmp_path).final()
        drop_guards(store)
        with store.database.writing() as session:
            session.execute(text("UPDATE reports SET study_uid = '9.9'"))
        problems = full_check(store.database)[1]
    assert f"Report {report.id} hangs on another study than it was signed for." in problems
    assert f"The entry of report {report.id} is not the report's." in problems


@pytest.mark.parametrize("column", ["author", "created", "updated"])
def test_the_entry_of_a_report_is_compared_with_it(tmp_path: Path, column: str) -> None:
    value = "Dr Other" if column == "author" else "2001-01-01T00:00:00+00:00"
    with open_store(tmp_path, studies=(any_study(),)) as store:
        report = Desk(store, tmp_path).final()
        drop_guards(store)
        with store.database.writing() as session:
            session.execute(text(f"UPDATE reports SET {column} = :value"), {"value": value})  # noqa: S608
        problems = full_check(store.database)[1]
    assert f"The entry of report {report.id} is not the report's." in problems


def test_films_that_come_later_are_no_alarm(tmp_path: Path) -> None:
    study = any_study()
    with open_store(tmp_path, studies=(study,)) as store:
        Desk(store, tmp_path).final()
        (series,) = study.series
        later = replace(series.images[0], sop_uid="1.2.3.1.2")
        more = replace(study, series=(replace(series, images=(*series.images, later)),))
        with store.change() as unit:
            unit.studies.put([more], NOW.isoformat())
        assert full_check(store.database)[1] == ()


def drop_guards(store: Store) -> None:
    """Take the triggers away, as somebody with the key can."""
    with store.database.writing_schema() as session:
        rows = session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
        for (name,) in rows.all():
            session.execute(text(f"DROP TRIGGER {name}"))


def test_r17_a_text_that_two_readers_read_differently_is_refused(tmp_path: Path) -> None:
    """JSON with a field twice: the database's guards take the first, the program the last."""
    with open_store(tmp_path, studies=(any_study(),)) as store:
        report = Desk(store, tmp_path).final()
        columns = "report_id, revision, saved, author, status, report_sha256, content, sha256"
        with store.database.reading() as session:
            row = session.execute(text(f"SELECT {columns} FROM report_revisions")).all()[-1]  # noqa: S608
        forged = row.content.replace("The lungs are clear.", "Left pneumothorax.")
        sentences = forged[forged.index('"sentences"') : forged.index(',"signature"')]
        twice = f"{row.content[:-1]},{sentences}}}"
        values = {**row._mapping, "revision": row.revision + 1, "content": twice}
        values |= {"status": "addended", "sha256": sha256(twice)}
        names = ", ".join(f":{name}" for name in values)
        insert = text(f"INSERT INTO report_revisions ({columns}) VALUES ({names})")  # noqa: S608
        with pytest.raises(StorageError), store.database.writing() as session:
            session.execute(insert, values)
        drop_guards(store)
        with store.database.writing() as session:
            session.execute(insert, values)
            session.execute(text("UPDATE reports SET revision = revision + 1"))
        with store.look() as unit, pytest.raises(WorkspaceDamagedError):
            unit.reports.stored(report.id)


def test_r27_every_change_of_a_service_says_what_it_is(desk: Desk) -> None:
    """The matrix is asked by the store: a change that names no permission would pass everybody."""
    folder = Path(signing_module.__file__).parent
    nameless = [
        f"{path.name}:{number}"
        for path in sorted(folder.glob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if "_store.change()" in line
    ]
    assert nameless == []
    desk.access.add_user(User(name="Viewer", role=Role.VIEWER), DEMO, passphrase=DEMO)
    desk.as_user("Viewer")
    marking, film = Annotating(desk.store), any_study().images[0].sop_uid
    key = KeyImage(study_uid=UID, sop_uid=film, author="Viewer", created=NOW)
    for change in (
        lambda: marking.set_key(key),
        lambda: marking.clear_key(UID, film),
        lambda: Library(desk.store, lambda: None).add([]),  # type: ignore[arg-type, return-value]
    ):
        with pytest.raises(AccessError, match="As viewer you may not"):
            change()
    marking.turn(FilmTurn(study_uid=UID, sop_uid=film, quarter_turns=1, mirrored=False))
    desk.reporting.open_for(UID)
