"""Alembic's entry point: runs the migrations in the caller's transaction.

All migrations and the new version number are one transaction, so a kill leaves the old database or
the new one. Alembic's own default for SQLite commits between statements.
"""

from __future__ import annotations

from alembic import context

from engine.storage.schema import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
