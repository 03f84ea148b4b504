"""Opening the workspace that a verb works in; the passphrase never comes from argv."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from pathlib import Path

from engine.cli.output import complain
from engine.errors import AccessError, WrongPassphraseError
from engine.paths import default_workspace, demo_workspace
from engine.services.workspace import Workspace


def open_workspace(options: argparse.Namespace) -> Workspace:
    """Open the workspace of `--workspace` or `--demo`, making it on first use.

    The passphrase comes from `--passphrase-fd`, else the keychain, else a prompt. It is said if the
    workspace can only be read.
    """
    workspace = _opened(options)
    if workspace.read_only_error is not None:
        complain(workspace.read_only_error)
    return workspace


def _opened(options: argparse.Namespace) -> Workspace:
    root: Path | None = options.workspace
    if options.demo:
        return _demo_as(Workspace.open_demo(root), options.user)
    root = root or default_workspace()
    given = _from_descriptor(options.passphrase_fd)
    if not Workspace.exists(root):
        passphrase = given or _new_passphrase()
        name = options.user or getpass.getuser()
        return Workspace.create(root, user_name=name, passphrase=passphrase)
    if given is not None:
        return Workspace.open(root, passphrase=given, user=options.user)
    if options.user is not None:
        # The keychain's key signs in the workspace's owner, not this user.
        return Workspace.open(root, passphrase=_ask("Passphrase: "), user=options.user)
    try:
        return Workspace.open(root, passphrase=None)
    except WrongPassphraseError:
        # The keychain has no key for this workspace: ask.
        return Workspace.open(root, passphrase=_ask("Passphrase: "))


def _demo_as(workspace: Workspace, user: str | None) -> Workspace:
    """In the demo everybody has the same passphrase."""
    if user in {known.name for known in workspace.access.users()}:
        workspace.access.sign_in(str(user), "demo")
    return workspace


def workspace_root(options: argparse.Namespace) -> Path:
    """The folder that `--workspace` or `--demo` names."""
    root: Path | None = options.workspace
    return root or (demo_workspace() if options.demo else default_workspace())


def restore_passphrase(options: argparse.Namespace) -> str | None:
    """The passphrase that opens a backup; None for the demo, which has none."""
    if options.demo:
        return None
    given = _from_descriptor(options.passphrase_fd)
    return given if given is not None else _ask("Passphrase: ")


def signing_passphrase(options: argparse.Namespace) -> str:
    """The passphrase again, for signing: a second line of the descriptor, or a prompt."""
    if options.demo:
        return "demo"
    again = _from_descriptor(options.passphrase_fd)
    return again if again is not None else _ask("Passphrase, to sign: ")


def certificate_passphrase(options: argparse.Namespace) -> str:
    """The passphrase of a certificate: the next line of the descriptor, or a prompt."""
    given = _from_descriptor(options.passphrase_fd)
    return given if given is not None else _ask("Passphrase of the certificate: ")


def other_passphrase(options: argparse.Namespace, prompt: str) -> str:
    """A new passphrase: the next line of the descriptor, or asked for twice."""
    given = _from_descriptor(options.passphrase_fd)
    if given is not None:
        return given
    new = _ask(prompt)
    if _ask("The same again: ") != new:
        raise AccessError("The two passphrases differ.")
    return new


_descriptors: dict[int, list[str]] = {}


def _from_descriptor(descriptor: int | None) -> str | None:
    """The next line of the descriptor; its last line once there are no more."""
    if descriptor is None:
        return None
    if descriptor not in _descriptors:
        try:
            with os.fdopen(os.dup(descriptor), encoding="utf-8") as stream:
                # Only line feeds separate lines: a passphrase may contain other Unicode line
                # breaks.
                _descriptors[descriptor] = stream.read().removesuffix("\n").split("\n")
        except (OSError, OverflowError) as error:
            raise AccessError("The passphrase's file descriptor cannot be read.") from error
        except UnicodeDecodeError as error:
            raise AccessError("The passphrase is not UTF-8 text.") from error
    lines = _descriptors[descriptor]
    if not lines or not lines[0]:
        raise AccessError("The passphrase is empty.")
    return lines.pop(0) if len(lines) > 1 else lines[0]


def _new_passphrase() -> str:
    passphrase = _ask("Passphrase for the new workspace: ")
    if _ask("The same again: ") != passphrase:
        raise AccessError("The two passphrases differ.")
    return passphrase


def _ask(prompt: str) -> str:
    if sys.stdin is None or not sys.stdin.isatty():
        raise AccessError(
            "A passphrase is needed.",
            what_to_do="Give it by --passphrase-fd, or use --demo for the demo workspace.",
        )
    try:
        passphrase = getpass.getpass(prompt)
    except EOFError as error:
        raise AccessError("No passphrase was given.") from error
    if not passphrase:
        raise AccessError("The passphrase is empty.")
    return passphrase
