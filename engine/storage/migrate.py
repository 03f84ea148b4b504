"""Upgrade a database to the schema of this code, in one transaction."""

from __future__ import annotations

from importlib.resources import files

import sqlcipher3.dbapi2 as driver
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, StaticPool, create_engine, text

from engine.errors import NewerWorkspaceError
from engine.storage.database import Database


def upgrade(database: Database) -> None:
    """Run the missing migrations; a kill at any moment leaves the old schema or the new one."""
    config = _config()
    with database.writing_schema() as session:
        config.attributes["connection"] = session.connection()
        command.upgrade(config, "head")


def current_revision(database: Database) -> str | None:
    """The last migration that ran; None for a file that no migration ever touched."""
    with database.reading() as session:
        return MigrationContext.configure(session.connection()).get_current_revision()


def needs_upgrade(database: Database) -> bool:
    """Whether migrations are missing.

    Raises:
        NewerWorkspaceError: The database has a migration that this code does not know.
    """
    scripts = ScriptDirectory.from_config(_config())
    current = current_revision(database)
    known = {script.revision for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        raise NewerWorkspaceError(
            "This workspace was written by a later version of Negatoscope.",
            what_to_do="Install that version or a newer one; nothing was changed here.",
        )
    return current != scripts.get_current_head()


def guards(database: Database) -> tuple[dict[str, str], dict[str, str]]:
    """The triggers that the migrations make and those in the database, by name, as SQL.

    Both are empty for a database that lacks migrations.
    """
    if needs_upgrade(database):
        return {}, {}
    made = create_engine("sqlite://", module=driver, poolclass=StaticPool)
    try:
        with made.begin() as connection:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            wanted = _triggers(connection)
    finally:
        made.dispose()
    with database.reading() as session:
        return wanted, _triggers(session.connection())


def _triggers(connection: Connection) -> dict[str, str]:
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    return {row.name: row.sql for row in rows}


def _config() -> Config:
    config = Config()
    # A path may hold a percent sign, which the configuration would interpolate.
    folder = str(files("engine.storage.migrations")).replace("%", "%%")
    config.set_main_option("script_location", folder)
    config.set_main_option("path_separator", "os")
    return config
