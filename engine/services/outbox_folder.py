"""The folder that results are delivered into: whole files, each under its final name once."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from engine.errors import ExportError
from engine.files import hidden_beside, sync_folder

_MARK = ".negatoscope-outbox"
_TOKEN = re.compile(rb"[0-9a-f]{32}")
# The group may read: a receiver runs under an account of its own.
_MODE = 0o660


@dataclass(frozen=True, slots=True)
class OutboxFolder:
    """A folder that may be away. Methods raise `OSError` where it cannot be read or written.

    A file is first written under a hidden name and synced (`stage`), then renamed (`publish`). So a
    receiver never sees a part of it, and whoever was interrupted in between can tell by the hidden
    name whether the rename took place, even if the receiver has taken the file away since.

    Args:
        path: An existing folder; none is made here, because the folder of a share that is not
            mounted would be made on the own disk.
    """

    path: Path

    def problem(self) -> str:
        """Why nothing can be delivered there, one sentence; empty if nothing stands against it."""
        if self.path == Path():
            return "No outbox folder is set."
        if not self.path.is_absolute():
            return "The outbox folder is not given as a whole path."
        return "" if self.path.is_dir() else "The outbox folder is not there."

    def token(self) -> str:
        """Names this very folder, so that another one under the same path is not taken for it.

        The name lies in the folder, in a hidden file that is made if it is missing.
        """
        mark = self.path / _MARK
        with suppress(FileNotFoundError), mark.open("rb") as stream:
            if found := _TOKEN.fullmatch(stream.read(64).strip()):
                return found[0].decode()
        made = uuid.uuid4().hex
        self._write(mark, made.encode())
        return made

    def stage(self, name: str, content: bytes) -> None:
        """Write a file under its hidden name, durable on return."""
        self._write(hidden_beside(self.path / name), content)

    def unstage(self, name: str) -> None:
        """Remove the hidden file."""
        hidden_beside(self.path / name).unlink(missing_ok=True)

    def is_staged(self, name: str) -> bool:
        """Whether the hidden file is there."""
        return hidden_beside(self.path / name).exists()

    def publish(self, name: str, sha256: str) -> None:
        """Give the staged file its final name, durable on return.

        Raises:
            ExportError: The staged file is not as it was written, or another file has its name.
        """
        final = self.path / name
        staged = hidden_beside(final)
        if _sha256(staged) != sha256:
            raise ExportError("The file that was begun in the outbox was changed by somebody.")
        if not final.exists():
            staged.replace(final)
        elif _sha256(final) == sha256:
            staged.unlink()
        else:
            raise ExportError("Another file of the same name lies in the outbox.")
        sync_folder(self.path)

    def holds(self, name: str, sha256: str) -> bool:
        """Whether that very file lies there under its final name."""
        final = self.path / name
        return bool(sha256) and final.exists() and _sha256(final) == sha256

    def _write(self, path: Path, content: bytes) -> None:
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            sync_folder(self.path)
        except BaseException:
            with suppress(OSError):
                path.unlink(missing_ok=True)
            raise


def sentence_for(error: OSError) -> str:
    """Why the outbox could not be written to, one sentence."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "The outbox folder is full."
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return "The outbox folder cannot be written to."
    return "The outbox folder cannot be reached."


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
