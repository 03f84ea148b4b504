"""Who is using the workspace, and whether the passphrase is right."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """The person whose workspace this is; printed under the reports."""

    name: str


class Access:
    """Identity and re-authentication. Every method may block: call it off the GUI thread."""

    @property
    def user(self) -> User:
        """The signed-in user."""
        raise NotImplementedError

    def check(self, passphrase: str) -> None:
        """Re-authenticate; raises `WrongPassphraseError` or `TooManyAttemptsError`."""
        raise NotImplementedError
