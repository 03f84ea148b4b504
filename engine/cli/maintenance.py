"""`negatoscope verify-db`, `verify-model`, `backup` and `restore`."""

from __future__ import annotations

import argparse
import signal
import time
from pathlib import Path
from typing import Final

from engine.cli.interruption import stopped_by
from engine.cli.output import note, print_line, print_object
from engine.cli.session import open_workspace, restore_passphrase, workspace_root
from engine.domain.progress import Progress, ProgressSink
from engine.paths import outline_model
from engine.services.restoring import backups_of, preview, restore
from engine.settings import installed_model

_SAY_EVERY_S: Final = 5.0


def add_verify_db_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `negatoscope verify-db`."""
    parser.set_defaults(run=run_verify_db)


def add_verify_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `negatoscope verify-model`."""
    parser.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="default: the bundled")
    parser.set_defaults(run=run_verify_model)


def add_backup_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `negatoscope backup`."""
    parser.add_argument("--to", type=Path, metavar="FILE", help="default: the backups folder")
    parser.set_defaults(run=run_backup)


def add_restore_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `negatoscope restore`."""
    parser.add_argument("--from", dest="backup", type=Path, metavar="FILE", help="default: newest")
    parser.add_argument("--list", action="store_true", help="only list the workspace's backups")
    parser.add_argument("--losses", action="store_true", help="only say what would be lost")
    parser.set_defaults(run=run_restore)


def run_verify_db(options: argparse.Namespace) -> int:
    """Check pages, HMACs, references, the audit chain and report hashes; Ctrl+C stops it."""
    with open_workspace(options) as workspace, stopped_by(signal.SIGINT) as token:
        result = workspace.verify(progress=_progress_printer(), cancel=token)
    if options.json:
        print_object(
            {
                "ok": not result.problems,
                "verdict": result.verdict,
                "checks": list(result.checks),
                "problems": list(result.problems),
            }
        )
    else:
        for line in (*result.checks, *result.problems, result.verdict):
            print_line(line)
    return 1 if result.problems else 0


def _progress_printer() -> ProgressSink:
    """Prints the running check and its progress on standard error, at most every few seconds."""
    last = ("", 0.0)

    def print_progress(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        name, printed_at = last
        if progress.message != name or now - printed_at >= _SAY_EVERY_S:
            share = f": {progress.done} of {progress.total}" if progress.total else ""
            note(f"{progress.message}{share}")
            last = progress.message, now

    return print_progress


def run_verify_model(options: argparse.Namespace) -> int:
    """Check every file of a bundle, and of the outline model beside ours, against its manifest."""
    from engine.inference.manifest import verify_bundle  # noqa: PLC0415  only this verb needs it
    from engine.inference.outline import verify_outline  # noqa: PLC0415  the same

    bundle = verify_bundle(options.folder or installed_model())
    checked = [(f"{bundle.bundle_id} {bundle.version}", bundle.files)]
    if options.folder is None:
        outline = verify_outline(outline_model())
        checked.append((f"{outline.model_id} {outline.version}", outline.files))
    for model, files in checked:
        if options.json:
            print_object({"ok": True, "bundle": model, "files": [file.name for file in files]})
        else:
            are = "its file is" if len(files) == 1 else f"all {len(files)} files are"
            print_line(f"{model}: {are} as the manifest says.")
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
    if options.losses:
        return _print_losses(options)
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


def _print_losses(options: argparse.Namespace) -> int:
    shown = preview(
        workspace_root(options),
        options.backup,
        passphrase=restore_passphrase(options),
        user=options.user,
    )
    if options.json:
        found = shown.losses
        print_object(
            {
                "backup": str(shown.backup),
                "reports": [{"id": one.report_id, "line": one.line} for one in found.reports],
                "drafts": found.drafts,
                "complete": found.is_complete,
            }
        )
    else:
        for line in (str(shown.backup), *shown.sentences):
            print_line(line)
    return 0
