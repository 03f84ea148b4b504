from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.orm import Session
from testkit.workspaces import LATER_TABLES, any_report, any_study, open_store

from engine.domain.audit import AuditAction
from engine.domain.study import StudyUid
from engine.errors import NewerWorkspaceError, ReadOnlyError, WorkspaceDamagedError
from engine.storage import migrate
from engine.storage.database import Database
from engine.storage.keys import demo_key, read_key_file
from engine.storage.schema import Base


def test_the_steps_make_the_tables_that_the_code_sees(tmp_path: Path) -> None:
    with open_store(tmp_path) as store, store.database.reading() as session:
        options = {"include_name": lambda name, kind, _parents: not is_search(name, kind)}
        context = MigrationContext.configure(session.connection(), opts=options)
        assert compare_metadata(context, Base.metadata) == []


def is_search(name: str | None, kind: str) -> bool:
    return kind == "table" and (name or "").startswith("study_search")


def test_the_names_of_the_files_give_the_steps_in_alembics_order() -> None:
    scripts = ScriptDirectory.from_config(migrate._config())
    in_order = [script.revision for script in scripts.walk_revisions()][::-1]
    assert list(migrate.revisions()) == in_order
    assert scripts.get_heads() == [in_order[-1]]


def later(root: Path, least: str) -> bytes:
    """Make the workspace one of a later version; returns its database's bytes."""
    with open_store(root, studies=(any_study(),)) as store:
        with store.change() as unit:
            unit.reports.append(any_report("1.2.3", "Words."), "2026-03-18T09:30:00+00:00")
        with store.database.writing_schema() as session:
            session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
            session.execute(text("ALTER TABLE studies ADD COLUMN of_later VARCHAR"))
            session.execute(text("UPDATE schema_info SET minimum_app_version = :v"), {"v": least})
    return (root / "workspace.db").read_bytes()


def test_r11_a_newer_database_that_cannot_be_read_is_refused_and_untouched(tmp_path: Path) -> None:
    before = later(tmp_path, "99.1")
    with pytest.raises(NewerWorkspaceError, match="later version"), open_store(tmp_path):
        pass
    assert (tmp_path / "workspace.db").read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["key.json", "workspace.db"]


def test_r11_a_newer_database_is_opened_to_be_read(tmp_path: Path) -> None:
    before = later(tmp_path, "0.1")
    with open_store(tmp_path) as store:
        with store.look() as unit:
            assert unit.studies.get(StudyUid("1.2.3")).accession == "ACC7"
        with pytest.raises(ReadOnlyError, match="later version"), store.change():
            pass
        store.note(AuditAction.STUDY_OPENED, "1.2.3")  # waits: reading goes on
    assert (tmp_path / "workspace.db").read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["key.json", "workspace.db"]


@pytest.mark.parametrize("content", [b"", b"no database of ours" * 500])
def test_an_empty_or_foreign_file_is_damage_and_never_a_backup(
    tmp_path: Path, content: bytes
) -> None:
    with open_store(tmp_path, studies=(any_study(),)):
        pass
    (tmp_path / "workspace.db").write_bytes(content)
    with pytest.raises(WorkspaceDamagedError, match="damaged"), open_store(tmp_path):
        pass
    assert (tmp_path / "workspace.db").read_bytes() == content
    assert not (tmp_path / "backups").exists()


def test_a_database_without_a_step_is_damage_too(tmp_path: Path) -> None:
    with open_store(tmp_path):
        pass
    (tmp_path / "workspace.db").unlink()
    database = Database(tmp_path / "workspace.db", demo_key(read_key_file(tmp_path / "key.json")))
    with database.writing() as session:
        session.execute(text("CREATE TABLE somebodys (value)"))
    database.close()
    with pytest.raises(WorkspaceDamagedError), open_store(tmp_path):
        pass
    assert not (tmp_path / "backups").exists()


def test_an_index_without_reports_of_other_systems_gains_them_and_loses_nothing(
    tmp_path: Path,
) -> None:
    """The step that made their table is undone, as if an older version had written the rest."""
    with open_store(tmp_path, studies=(any_study(), any_study("1.2.4"))) as store:
        with store.change() as unit:
            unit.reports.append(any_report("1.2.3", "Words."), "2026-03-18T09:30:00+00:00")
        with store.database.reading() as session:
            before = counts(session)
        with store.database.writing_schema() as session:
            session.execute(text("DROP TABLE prior_documents"))
            session.execute(text("DROP TABLE key_record"))
            for table in ("report_revisions", "working_copies", "drafts"):
                for name in ("insert", "update"):
                    session.execute(text(f"DROP TRIGGER {table}_one_meaning_{name}"))
            session.execute(text("ALTER TABLE users DROP COLUMN removed"))
            undo_one_meaning(session)
            undo_listing(session)
            for column in ("header_name", "header_referring", "study_id", "is_off_list"):
                session.execute(text(f"ALTER TABLE studies DROP COLUMN {column}"))
            session.execute(text("UPDATE alembic_version SET version_num = '0007'"))
    with open_store(tmp_path) as store:
        with store.look() as unit:
            assert unit.documents.of_patient(any_study().patient) == ()
            assert unit.studies.get(StudyUid("1.2.4")) == any_study("1.2.4")
        with store.database.reading() as session:
            assert counts(session) == before
    assert len(list((tmp_path / "backups").glob("*.db"))) == 1


def undo_one_meaning(session: Session) -> None:
    """Take back the step that refuses a field that stands there twice."""
    named = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%one_meaning%'"
    for trigger in session.scalars(text(named)).all():
        session.execute(text(f"DROP TRIGGER {trigger}"))


def undo_listing(session: Session) -> None:
    """Take back the steps that made what lists show and ask, and what watched folders hold."""
    for table in LATER_TABLES:
        session.execute(text(f"DROP TABLE {table}"))
    for index in (
        "ix_studies_search_row",
        "studies_newest",
        "ix_reports_author",
        "ix_report_revisions_author",
        "audit_events_subject",
    ):
        session.execute(text(f"DROP INDEX {index}"))
    session.execute(text("ALTER TABLE studies DROP COLUMN search_row"))


def counts(session: Session) -> dict[str, int]:
    """Rows of each table that both versions know."""
    names = set(Base.metadata.tables) - {"prior_documents", "key_record", *LATER_TABLES}
    return {
        name: session.scalar(text(f"SELECT count(*) FROM {name}")) or 0  # noqa: S608 - ours
        for name in sorted(names)
    }
