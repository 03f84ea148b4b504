"""Upgrade a database to the schema of this code, in one transaction."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import sqlcipher3.dbapi2 as driver
from sqlalchemy import Connection, StaticPool, create_engine, text

from engine.errors import NewerWorkspaceError
from engine.storage.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

_SCRIPT: Final = re.compile(r"r(\d{4})_\w+\.py")


def upgrade(database: Database) -> None:
    """Run the missing migrations; a kill at any moment leaves the old schema or the new one."""
    from alembic import command  # noqa: PLC0415  slow to import, and seldom needed

    config = _config()
    with database.writing_schema() as session:
        config.attributes["connection"] = session.connection()
        command.upgrade(config, "head")


def current_revision(database: Database) -> str | None:
    """The last migration that ran; None for a file that no migration ever touched."""
    with database.reading() as session:
        found = session.connection().execute(
            text("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'")
        )
        if found.first() is None:
            return None
        row = session.connection().execute(text("SELECT version_num FROM alembic_version")).first()
        return None if row is None else str(row.version_num)


def revisions() -> tuple[str, ...]:
    """The migrations of this code, in their order; their files are named after them."""
    # Asking Alembic would load it and every migration, a fifth of a second at each start.
    folder = files("engine.storage.migrations") / "versions"
    found = (_SCRIPT.fullmatch(file.name) for file in folder.iterdir())
    return tuple(sorted(match[1] for match in found if match))


def needs_upgrade(database: Database) -> bool:
    """Whether migrations are missing.

    Raises:
        NewerWorkspaceError: The database has a migration that this code does not know.
    """
    known, current = revisions(), current_revision(database)
    if current is not None and current not in known:
        raise NewerWorkspaceError(
            "This workspace was written by a later version of Negatoscope.",
            what_to_do="Install that version or a newer one; nothing was changed here.",
        )
    return current != known[-1]


def guards(database: Database) -> tuple[dict[str, str], dict[str, str]]:
    """The triggers that the migrations make and those in the database, by name, as SQL.

    Both are empty for a database that lacks migrations.
    """
    from alembic import command  # noqa: PLC0415  slow to import, and seldom needed

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
    from alembic.config import Config  # noqa: PLC0415  slow to import, and seldom needed

    config = Config()
    # A path may hold a percent sign, which the configuration would interpolate.
    folder = str(files("engine.storage.migrations")).replace("%", "%%")
    config.set_main_option("script_location", folder)
    config.set_main_option("path_separator", "os")
    return config
