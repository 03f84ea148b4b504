"""Who works in a workspace, and what each role may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a user is here; each may do all that the one before may."""

    VIEWER = "viewer"
    TRAINEE = "trainee"
    ATTENDING = "attending"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """What a role may be asked for."""

    READ = "read studies and reports"
    WRITE = "write reports"
    SIGN_PRELIMINARY = "sign preliminary reports"
    SIGN_FINAL = "sign final reports, addenda and withdrawals"
    ADMINISTER = "manage users and keys"


_ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({Permission.READ}),
    Role.TRAINEE: frozenset({Permission.READ, Permission.WRITE, Permission.SIGN_PRELIMINARY}),
    Role.ATTENDING: frozenset(Permission) - {Permission.ADMINISTER},
    Role.ADMINISTRATOR: frozenset(Permission),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person of the workspace; the name is printed under reports and in the audit trail."""

    name: str
    role: Role = Role.ADMINISTRATOR

    def may(self, permission: Permission) -> bool:
        """Whether the role covers it."""
        return permission in _ALLOWED[self.role]
