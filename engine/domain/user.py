"""Who works in a workspace, and what each role may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """A user's role; each may do all that the one before may."""

    VIEWER = "viewer"
    TRAINEE = "trainee"
    ATTENDING = "attending"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """What a role may be allowed to do; the values complete "may not …"."""

    READ = "read studies and reports"
    ADD_STUDIES = "add studies"
    ANNOTATE = "annotate or calibrate films"
    DRAFT = "draft reports"
    WRITE = "write reports"
    BACK_UP = "back up the workspace"
    SIGN_PRELIMINARY = "sign preliminary reports"
    SIGN_FINAL = "sign final reports, addenda and withdrawals"
    CHOOSE_MODEL = "look after the model"
    ADMINISTER = "manage users and keys"


_ADMINISTRATORS = {Permission.CHOOSE_MODEL, Permission.ADMINISTER}
# The only table of rights: `Store.change` asks it for every change that a service makes.
_ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({Permission.READ}),
    Role.TRAINEE: frozenset(Permission) - _ADMINISTRATORS - {Permission.SIGN_FINAL},
    Role.ATTENDING: frozenset(Permission) - _ADMINISTRATORS,
    Role.ADMINISTRATOR: frozenset(Permission),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user of the workspace; the name is printed under reports and in the audit trail."""

    name: str
    role: Role = Role.ADMINISTRATOR

    def may(self, permission: Permission) -> bool:
        """Whether the user's role includes the permission."""
        return permission in _ALLOWED[self.role]
