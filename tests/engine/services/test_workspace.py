from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from testkit.dicom_files import chest_like, write_film

from engine import paths
from engine.domain.report import Section
from engine.errors import (
    StorageError,
    TooManyAttemptsError,
    WorkspaceExistsError,
    WorkspaceLockedError,
    WorkspaceMissingError,
    WrongPassphraseError,
)
from engine.logs import start_logging
from engine.paths import HOME_VARIABLE, demo_studies
from engine.services.workspace import Workspace
from engine.storage.folder import WorkspaceFolder
from engine.storage.keys import read_key_file, unwrap
from engine.storage.schema import AuditRow

PASSPHRASE = "correct horse"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    before = list(logging.getLogger().handlers)
    yield tmp_path / "home"
    for handler in set(logging.getLogger().handlers) - set(before):
        logging.getLogger().removeHandler(handler)
        handler.close()


def test_r30_a_whole_day_leaves_no_readable_trace(home: Path, tmp_path: Path) -> None:
    markers = ["Marker^Person", "Markerfinding", "MARKERID"]
    film = write_film(
        tmp_path / "in" / "film.dcm", chest_like(), PatientName=markers[0], PatientID=markers[2]
    )
    log = start_logging("test")
    with Workspace.create(home / "w", user_name="Dr A", passphrase=PASSPHRASE) as workspace:
        scanned = workspace.library.add([film])
        uid = scanned.studies[0].uid
        assert workspace.library.pixels(scanned.studies[0].images[0]).rows == 256
        report = workspace.reporting.open_for(uid).report
        report = report.with_sentence(
            Section.FINDINGS, "Markerfinding in the lung.", datetime.now(UTC)
        )
        workspace.reporting.keep(report)
        with pytest.raises(WrongPassphraseError):
            workspace.access.check("wrong")
        signed = workspace.reporting.sign(report, passphrase=PASSPHRASE, meaning="Author")
        assert workspace.verify().problems == ()
        seen = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    seen |= {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    names = {path.name for path in seen}
    assert {"workspace.db", "workspace.db-wal", "key.json"} <= names
    assert log in seen
    assert len(list((home / "w" / "backups").glob("*.db"))) == 1
    for path, content in seen.items():
        for marker in ("Marker", *markers):
            assert marker.encode() not in content, path
    with Workspace.open(home / "w", passphrase=PASSPHRASE) as workspace:
        assert workspace.reporting.load(signed.id) == signed


def test_r28_wrong_passphrases_are_counted_and_recorded(home: Path) -> None:
    now = [datetime(2026, 3, 18, 9, 0, tzinfo=UTC)]
    root = home / "w"
    Workspace.create(root, user_name="Dr A", passphrase=PASSPHRASE, clock=lambda: now[0]).close()
    before = (root / "workspace.db").read_bytes()
    for _ in range(5):
        with pytest.raises(WrongPassphraseError):
            Workspace.open(root, passphrase="wrong", clock=lambda: now[0])
    with pytest.raises(TooManyAttemptsError):
        Workspace.open(root, passphrase=PASSPHRASE, clock=lambda: now[0])
    assert (root / "workspace.db").read_bytes() == before
    now[0] += timedelta(minutes=1)
    with Workspace.open(root, passphrase=PASSPHRASE, clock=lambda: now[0]) as workspace:
        with workspace._store.database.reading() as session:
            rows = session.scalars(select(AuditRow).order_by(AuditRow.sequence)).all()
        refused = [row.details for row in rows if row.action == "passphrase refused"]
        assert refused == ['{"refused":5}']


def test_the_recovery_key_opens_too(home: Path) -> None:
    with Workspace.create(home / "w", user_name="Dr A", passphrase=PASSPHRASE) as workspace:
        printed = workspace.new_recovery_key(PASSPHRASE)
    with Workspace.open(home / "w", passphrase=printed) as workspace:
        assert workspace.access.user.name == "Dr A"


def test_a_second_opening_is_refused_and_the_first_goes_on(home: Path) -> None:
    with Workspace.open_demo(home / "d") as workspace:
        with pytest.raises(WorkspaceLockedError):
            Workspace.open_demo(home / "d")
        assert workspace.library.studies()


def test_the_demo_is_marked_and_holds_the_bundled_studies(home: Path) -> None:
    with Workspace.open_demo() as workspace:
        assert workspace.is_demo
        assert workspace.root == home / "demo-workspace"
        studies = workspace.library.studies()
        assert sum(row.image_count for row in studies) == len(list(demo_studies().glob("*.dcm")))
        workspace.access.check("demo")
        with pytest.raises(WrongPassphraseError):
            workspace.access.check("other")
    assert "DEMO" in (home / "demo-workspace" / "key.json").read_text()
    with Workspace.open_demo() as workspace:
        assert workspace.library.studies() == studies


def test_a_demo_of_an_earlier_version_gains_the_studies_of_this_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled = home / "bundled"
    monkeypatch.setattr(paths, "demo_studies", lambda: bundled)
    write_film(bundled / "1.dcm", StudyInstanceUID="1.2.1", SOPInstanceUID="1.2.1.1")
    with Workspace.open_demo() as workspace:
        assert len(workspace.library.studies()) == 1
    write_film(bundled / "2.dcm", StudyInstanceUID="1.2.2", SOPInstanceUID="1.2.2.1")
    with Workspace.open_demo() as workspace:
        assert len(workspace.library.studies()) == 2


def test_places_without_or_with_a_workspace_are_told_apart(home: Path) -> None:
    assert not Workspace.exists(home / "w")
    with pytest.raises(WorkspaceMissingError):
        Workspace.open(home / "w", passphrase="x")
    Workspace.create(home / "w", user_name="Dr A", passphrase=PASSPHRASE).close()
    assert Workspace.exists(home / "w")
    with pytest.raises(WorkspaceExistsError):
        Workspace.create(home / "w", user_name="Dr B", passphrase="y")
    with pytest.raises(StorageError, match="real workspace"):
        Workspace.open_demo(home / "w")
    with pytest.raises(WrongPassphraseError, match="keychain"):
        Workspace.open(home / "w", passphrase=None)


def test_r25_a_locked_workspace_asks_again_even_if_the_keychain_has_its_key(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.services.workspace.put_in_keychain", lambda *_: None)
    root = home / "w"
    Workspace.create(root, user_name="Dr A", passphrase=PASSPHRASE, use_keychain=True).close()
    key = unwrap(read_key_file(root / "key.json"), PASSPHRASE)
    monkeypatch.setattr("engine.services.workspace.from_keychain", lambda _id: key)
    for is_unlocked in (False, True):
        with Workspace.open(root, passphrase=None) as workspace:
            workspace.access.note_lock()
            if is_unlocked:
                workspace.access.sign_in("Dr A", PASSPHRASE)
        if not is_unlocked:
            for _ in range(2):
                with pytest.raises(WrongPassphraseError, match="was locked"):
                    Workspace.open(root, passphrase=None)
            Workspace.open(root, passphrase=PASSPHRASE).close()
    Workspace.open(root, passphrase=None).close()


def test_a_backup_is_made_daily(home: Path) -> None:
    now = [datetime(2026, 3, 18, 9, 0, tzinfo=UTC)]
    for day, expected in ((0, 1), (0, 1), (1, 2), (2, 3)):
        now[0] = datetime(2026, 3, 18 + day, 9, 0, tzinfo=UTC)
        with Workspace.open_demo(home / "d", clock=lambda: now[0]):
            pass
        assert len(list((home / "d" / "backups").glob("*.db"))) == expected


@pytest.mark.parametrize(
    "name", ["workspace-before-update.db", "workspace-20260318T093000000000Z (1).db"]
)
def test_no_name_in_the_backups_folder_stops_a_start(home: Path, name: str) -> None:
    with Workspace.open_demo(home / "demo") as workspace:
        workspace.backup(workspace.root / "backups" / name)
    with Workspace.open_demo(home / "demo") as workspace:
        assert workspace.backup().exists()


def test_a_backup_that_cannot_be_made_stops_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("whatever")

    monkeypatch.setattr(WorkspaceFolder, "back_up", fails)
    Workspace.open_demo(home / "demo").close()
