"""Migrations from one version of the database to the next, run in process by Alembic."""
