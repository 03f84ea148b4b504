"""`negatoscope update`: which version is there, and putting in a newer one from a signed file."""

from __future__ import annotations

import argparse
import sys
from importlib.metadata import version
from pathlib import Path

from engine.cli.output import note, print_line, print_object
from engine.domain.progress import Progress
from engine.errors import UpdateError
from engine.paths import update_key_folders
from engine.services.update_file import known_keys
from engine.services.updating import check_update, install_update, installation_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `negatoscope update`."""
    parser.add_argument(
        "--from", dest="file", type=Path, metavar="FILE", help="the signed update; no network"
    )
    parser.add_argument(
        "--check", action="store_true", help="only say whether it is genuine and newer"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Say what is there; with a file, check it and put it in."""
    place = installation_of(Path(sys.executable))
    installed = version("negatoscope") if place is None else place.version
    if options.file is None:
        _say_what_is_there(options, installed)
        return 0
    if options.check:
        update = check_update(options.file, installed)
        told = f"Genuine: version {update.manifest.version}, signed with {update.signed_by.mark}."
        _tell(options, told, version=update.manifest.version, signed_by=update.signed_by.mark)
        return 0
    if place is None:
        raise UpdateError(
            "This program cannot update itself: it was installed in another way.",
            what_to_do="Install the newer version in the way this one was installed.",
        )
    manifest = install_update(options.file, place, progress=_Steps())
    told = f"Version {manifest.version} starts from now on; {place.version} is kept beside it."
    _tell(options, told, version=manifest.version, former=place.version)
    return 0


def _say_what_is_there(options: argparse.Namespace, installed: str) -> None:
    place = installation_of(Path(sys.executable))
    folder = None if place is None else place.folder
    former = () if place is None else place.former
    keys = known_keys()
    if options.json:
        print_object(
            {
                "version": installed,
                "folder": None if folder is None else str(folder),
                "former": list(former),
                "keys": [{"mark": key.mark, "file": str(key.path)} for key in keys],
            }
        )
        return
    print_line(f"version   {installed}")
    print_line(f"folder    {folder or 'takes no updates: it was installed in another way'}")
    for one in former:
        print_line(f"former    {one}")
    for key in keys:
        print_line(f"key       {key.mark}  {key.path}")
    if not keys:
        print_line(f"key       none in {' or '.join(map(str, update_key_folders()))}")


def _tell(options: argparse.Namespace, sentence: str, **facts: str) -> None:
    if options.json:
        print_object(facts)
    else:
        print_line(sentence)


class _Steps:
    """Prints each step once."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, progress: Progress) -> None:
        if progress.message != self._last:
            note(progress.message)
        self._last = progress.message
