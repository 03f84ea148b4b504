from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from testkit.workspaces import any_report, any_study, open_store

from engine.domain.study import StudyUid
from engine.errors import NewerWorkspaceError, WorkspaceDamagedError
from engine.storage.database import Database
from engine.storage.keys import demo_key, read_key_file
from engine.storage.schema import Base
from engine.storage.unit_of_work import UnitOfWork


def test_the_steps_make_the_tables_that_the_code_sees(tmp_path: Path) -> None:
    with open_store(tmp_path) as store, store.database.reading() as session:
        options = {"include_name": lambda name, kind, _parents: not is_search(name, kind)}
        context = MigrationContext.configure(session.connection(), opts=options)
        assert compare_metadata(context, Base.metadata) == []


def is_search(name: str | None, kind: str) -> bool:
    return kind == "table" and (name or "").startswith("study_search")


def test_a_newer_database_is_refused_and_untouched(tmp_path: Path) -> None:
    with open_store(tmp_path, studies=(any_study(),)) as store:
        with store.change() as unit:
            unit.reports.append(any_report("1.2.3", "Words."), "2026-03-18T09:30:00+00:00")
        with store.database.writing() as session:
            session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    path = tmp_path / "workspace.db"
    before = path.read_bytes()
    with pytest.raises(NewerWorkspaceError, match="later version"), open_store(tmp_path):
        pass
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["key.json", "workspace.db"]


def test_an_older_database_is_copied_before_it_is_changed(tmp_path: Path) -> None:
    with open_store(tmp_path, studies=(any_study(),)):
        pass
    key = demo_key(read_key_file(tmp_path / "key.json"))
    old = tmp_path / "old"
    old.mkdir()
    (old / "key.json").write_bytes((tmp_path / "key.json").read_bytes())
    # The oldest database there can be: one that no step has touched.
    database = Database(old / "workspace.db", key)
    with database.writing() as session:
        session.execute(text("CREATE TABLE older (value)"))
        session.execute(text("INSERT INTO older VALUES ('kept')"))
        session.execute(text("DROP TABLE older"))
    database.close()
    with pytest.raises(WorkspaceDamagedError), open_store(old):
        pass
    assert len(list((old / "backups").glob("*.db"))) == 1
    assert len(list((old / "backups").glob("*.key.json"))) == 1


def test_an_index_without_reports_of_other_systems_gains_them_and_loses_nothing(
    tmp_path: Path,
) -> None:
    """The step that made their table is undone, as if an older version had written the rest."""
    with open_store(tmp_path, studies=(any_study(), any_study("1.2.4"))) as store:
        with store.change() as unit:
            unit.reports.append(any_report("1.2.3", "Words."), "2026-03-18T09:30:00+00:00")
            before = counts(unit)
        with store.database.writing() as session:
            session.execute(text("DROP TABLE prior_documents"))
            session.execute(text("UPDATE alembic_version SET version_num = '0007'"))
    with open_store(tmp_path) as store, store.look() as unit:
        assert unit.documents.of_patient(any_study().patient) == ()
        assert unit.studies.get(StudyUid("1.2.4")) == any_study("1.2.4")
        assert counts(unit) == before
    assert len(list((tmp_path / "backups").glob("*.db"))) == 1


def counts(unit: UnitOfWork) -> dict[str, int]:
    """Rows of each table that both versions know."""
    names = set(Base.metadata.tables) - {"prior_documents"}
    return {
        name: unit.session.scalar(text(f"SELECT count(*) FROM {name}")) or 0  # noqa: S608 - ours
        for name in sorted(names)
    }
