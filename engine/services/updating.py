"""Puts a signed update beside the program that runs, tries it, and switches over.

    FOLDER/negatoscope          link: current/negatoscope
    FOLDER/current              link: versions/0.2.0
    FOLDER/versions/0.1.0       the former program, kept whole
    FOLDER/versions/0.2.0       the program

A version is complete and on the disk before `current` leads to it, and `current` changes by one
rename: whoever starts the program while an update runs, is killed or loses its power, starts the
old version or the new one. A window that is open goes on with the version it started with.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.domain.progress import Progress, ProgressSink, ignore_progress
from engine.domain.update import PRODUCT, UpdateManifest, version_order
from engine.errors import UpdateError
from engine.files import move_into_place, sync_folder
from engine.services.update_file import SignedUpdate, known_keys, read_update, require_room, unpack

CURRENT: Final = "current"
VERSIONS: Final = "versions"

_INCOMING = ".incoming"
_REMOVED = ".removed"
_TRIAL_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A folder with versions of the program.

    Attributes:
        version: The one that starts.
    """

    folder: Path
    version: str

    @property
    def versions(self) -> Path:
        """Folder of the versions, each in a folder of its name."""
        return self.folder / VERSIONS

    @property
    def former(self) -> tuple[str, ...]:
        """Other versions that lie there, the newest first."""
        found = (p.name for p in self.versions.iterdir() if version_order(p.name) is not None)
        others = [name for name in found if name != self.version]
        return tuple(sorted(others, key=_order, reverse=True))


def installation_of(program: Path) -> Installation | None:
    """The folder that a program was started from; None if it is of another kind."""
    versions = program.resolve().parents[1]
    current = versions.parent / CURRENT
    if versions.name != VERSIONS or not current.is_symlink():
        return None
    version = current.resolve().name
    return (
        None
        if version_order(version) is None
        else Installation(folder=versions.parent, version=version)
    )


def check_update(file: Path, installed: str) -> SignedUpdate:
    """Whether an update is signed, whole, for this computer, and newer than a version.

    Raises:
        UpdateError: It is not; the message says which.
    """
    update = read_update(file, known_keys())
    _require_newer(update.manifest, installed)
    return update


def install_update(
    file: Path, place: Installation, progress: ProgressSink = ignore_progress
) -> UpdateManifest:
    """Check an update and make it the version that starts.

    Raises:
        UpdateError: It was not put in; the version before still starts.
    """
    progress(Progress(done=0, total=0, message="Checking the update"))
    try:
        with _alone(place.folder):
            # Another update may have ended while this one was waiting.
            place = Installation(
                folder=place.folder, version=(place.folder / CURRENT).resolve().name
            )
            update = check_update(file, place.version)
            _put_in(update, place, progress)
    except PermissionError as error:
        raise UpdateError(
            f"You may not change {place.folder}.", what_to_do="Update as its administrator."
        ) from error
    except OSError as error:
        raise UpdateError(
            f"The update could not be written to {place.folder}; nothing was changed."
        ) from error
    return update.manifest


def _put_in(update: SignedUpdate, place: Installation, progress: ProgressSink) -> None:
    manifest = update.manifest
    incoming, target = place.versions / _INCOMING, place.versions / manifest.version
    # What an update that was killed has left; `current` does not lead there.
    for leftover in (place.versions / _REMOVED, incoming, target):
        _remove(leftover)
    require_room(manifest, place.folder)
    try:
        incoming.mkdir(mode=0o755)
        for written in unpack(update, incoming):
            progress(Progress(done=written, total=manifest.size, message="Unpacking the update"))
        progress(Progress(done=0, total=0, message="Trying the new program"))
        _try(incoming, manifest.version)
        _write_to_disk()
        incoming.rename(target)
    except BaseException:
        shutil.rmtree(incoming, ignore_errors=True)
        raise
    sync_folder(place.versions)
    _switch(place.folder, manifest.version)
    for version in place.former:
        if version != manifest.version:
            _remove(place.versions / version)


def _remove(version: Path) -> None:
    if not version.exists():
        return
    # Renamed first: half a version must not lie there under a version's name.
    removed = version.with_name(_REMOVED)
    if version != removed:
        version.rename(removed)
    shutil.rmtree(removed)


def _switch(folder: Path, version: str) -> None:
    fresh = folder / f".{CURRENT}.new"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(Path(VERSIONS) / version, target_is_directory=True)
    move_into_place(fresh, folder / CURRENT)


def _write_to_disk() -> None:
    # One call for all: syncing some thousand files one by one takes minutes.
    if sys.platform != "win32":
        os.sync()


def _try(program: Path, version: str) -> None:
    """Start the new program: it may need a newer system than this one."""
    try:
        told = subprocess.run(
            [program / PRODUCT, "--version"],
            capture_output=True,
            text=True,
            check=False,
            timeout=_TRIAL_S,
            stdin=subprocess.DEVNULL,
        )
        starts = told.stdout.strip() == f"Negatoscope {version}"
        cause = told.stderr[-2000:]
    except (OSError, subprocess.TimeoutExpired) as error:
        starts, cause = False, str(error)
    if not starts:
        raise UpdateError(
            "The new version does not start on this computer, so the present one stays.",
            what_to_do="Ask whoever gave you the update which systems it is for.",
        ) from OSError(cause)


def _require_newer(manifest: UpdateManifest, installed: str) -> None:
    if manifest.version == installed:
        raise UpdateError(f"Version {installed} is there already.")
    if _order(manifest.version) < _order(installed):
        raise UpdateError(
            f"The update has version {manifest.version}, which is older than {installed}; "
            "an older version is never put in."
        )


def _order(version: str) -> tuple[int, ...]:
    return version_order(version) or ()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder: two updates at once would unpack into each other."""
    if sys.platform == "win32":
        yield
        return
    import fcntl  # noqa: PLC0415 - not on Windows

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # A lock on the folder itself leaves nothing behind, and ends with the process.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise UpdateError("Another update is running.") from error
    finally:
        os.close(descriptor)
