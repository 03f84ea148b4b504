"""`negatoscope verify-db`, `verify-model`, `backup` and `restore`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from engine.cli.output import print_line, print_object
from engine.cli.session import open_workspace, restore_passphrase, workspace_root
from engine.paths import model_bundle
from engine.services.restoring import backups_of, restore


def add_verbs(
    verbs: Any,
    parents: list[argparse.ArgumentParser],
    workspace: argparse.ArgumentParser,
) -> None:
    """Add the verbs to the command line."""
    check = verbs.add_parser(
        "verify-db", parents=[*parents, workspace], help="check the workspace's database"
    )
    check.set_defaults(run=run_verify_db)

    model = verbs.add_parser("verify-model", parents=parents, help="check the model's files")
    model.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="default: the bundled")
    model.set_defaults(run=run_verify_model)

    backup = verbs.add_parser(
        "backup", parents=[*parents, workspace], help="write a checked, encrypted copy"
    )
    backup.add_argument("--to", type=Path, metavar="FILE", help="default: the backups folder")
    backup.set_defaults(run=run_backup)

    restore = verbs.add_parser(
        "restore",
        parents=[*parents, workspace],
        help="go back to a backup; the files as they are now are kept aside",
    )
    restore.add_argument("--from", dest="backup", type=Path, metavar="FILE", help="default: newest")
    restore.add_argument("--list", action="store_true", help="only list the workspace's backups")
    restore.set_defaults(run=run_restore)


def run_verify_db(options: argparse.Namespace) -> int:
    """Check pages, HMACs, references, the audit chain and report hashes."""
    with open_workspace(options) as workspace:
        result = workspace.verify()
    if options.json:
        print_object(
            {
                "ok": not result.problems,
                "checks": list(result.checks),
                "problems": list(result.problems),
            }
        )
    else:
        for line in (*result.checks, *result.problems):
            print_line(line)
    return 1 if result.problems else 0


def run_verify_model(options: argparse.Namespace) -> int:
    """Check every file of a bundle against its manifest."""
    from engine.inference.manifest import verify_bundle  # noqa: PLC0415  only this verb needs it

    manifest = verify_bundle(options.folder or model_bundle())
    bundle = f"{manifest.bundle_id} {manifest.version}"
    if options.json:
        print_object({"ok": True, "bundle": bundle, "files": [f.name for f in manifest.files]})
    else:
        print_line(f"{bundle}: all {len(manifest.files)} files are as their manifest says.")
    return 0


def run_backup(options: argparse.Namespace) -> int:
    """Write a backup and say where."""
    with open_workspace(options) as workspace:
        written = workspace.backup(options.to)
    if options.json:
        print_object({"backup": str(written)})
    else:
        print_line(str(written))
    return 0


def run_restore(options: argparse.Namespace) -> int:
    """List the backups, or put one in the place of the database."""
    root = workspace_root(options)
    if options.list:
        for path in backups_of(root):
            if options.json:
                print_object({"backup": str(path)})
            else:
                print_line(str(path))
        return 0
    done = restore(root, options.backup, passphrase=restore_passphrase(options), user=options.user)
    if options.json:
        print_object(
            {
                "restored": str(done.backup),
                "set_aside": str(done.set_aside),
                "studies": done.studies,
            }
        )
    else:
        print_line(f"Restored {done.backup.name}: {done.studies} studies.")
        print_line(f"What was there before lies in {done.set_aside}.")
    return 0
