"""The composition root: one workspace folder, its database, its workers and its services."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from engine.services.access import Access
from engine.services.drafting import Drafting
from engine.services.exporting import Exporting
from engine.services.library import Library
from engine.services.reporting import Reporting


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseCheck:
    """Result of `Workspace.verify`: empty `problems` means that every check passed."""

    checks: tuple[str, ...]
    problems: tuple[str, ...]


class Workspace:
    """An open workspace. Close it, or use it as a context manager."""

    library: Library
    drafting: Drafting
    reporting: Reporting
    exporting: Exporting
    access: Access

    @staticmethod
    def exists(root: Path) -> bool:
        """Whether the folder holds a workspace."""
        raise NotImplementedError

    @classmethod
    def create(
        cls, root: Path, *, user_name: str, passphrase: str, use_keychain: bool = False
    ) -> Self:
        """Make a workspace; the passphrase is the only way in unless the keychain is used too."""
        raise NotImplementedError

    @classmethod
    def open(cls, root: Path, *, passphrase: str | None) -> Self:
        """Open a workspace; `None` asks the keychain. Raises the `StorageError` family."""
        raise NotImplementedError

    @classmethod
    def open_demo(cls, root: Path | None = None) -> Self:
        """Open, or make, the passwordless demo workspace with the bundled studies in its index."""
        raise NotImplementedError

    @property
    def root(self) -> Path:
        """The workspace's folder."""
        raise NotImplementedError

    @property
    def is_demo(self) -> bool:
        """Whether this is the demo workspace: marked everywhere, never for patients."""
        raise NotImplementedError

    def verify(self) -> DatabaseCheck:
        """Check the database: pages, HMACs, foreign keys, audit chain, report hashes."""
        raise NotImplementedError

    def backup(self, to: Path | None = None) -> Path:
        """Write a checked, encrypted copy by SQLite's online backup; returns the file."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop the workers and close the database."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        """Return self."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()
