"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Write by a neighbouring temporary file, fsync and rename; only the owner may read it.

    A crash at any moment leaves the old file or the whole new one. Raises `OSError`.
    """
    temporary = path.with_name(path.name + ".part")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    move_into_place(temporary, path)


def move_into_place(temporary: Path, path: Path) -> None:
    """Rename over `path` and make the rename itself durable. Raises `OSError`."""
    temporary.replace(path)
    if sys.platform != "win32":
        # The folder's entry is only on disk once the folder is; Windows has no such call.
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
