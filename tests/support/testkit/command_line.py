"""The `negatoscope` command as a process, with a small model in place of the bundled one.

`python -m testkit.command_line BUNDLE ARGUMENTS…` is the command with the model of that folder.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from engine import paths
from engine.cli.main import main

ROOT = Path(__file__).resolve().parents[3]
PASSPHRASE = "correct horse battery staple"


class CommandLine:
    """The command with a home folder of its own.

    Args:
        home: Folder that everything is written to.
        bundle: The model's folder.
        demo: Work in a demo workspace, else in one with a passphrase.
    """

    def __init__(self, home: Path, bundle: Path | None = None, *, demo: bool = True) -> None:
        self.home = home
        self.bundle = bundle or home / "no-model"
        self.options = ["--demo"] if demo else ["--workspace", str(home / "workspace")]
        self.passphrases = [] if demo else [PASSPHRASE]

    def command(self, *arguments: object) -> list[str]:
        """The arguments that start the command."""
        words = [sys.executable, "-m", "testkit.command_line", self.bundle, *arguments]
        return [str(word) for word in words]

    def environment(self) -> dict[str, str]:
        """This process's environment with the other home."""
        path = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support")])
        return {**os.environ, "NEGATOSCOPE_HOME": str(self.home), "PYTHONPATH": path}

    def run(self, *arguments: object, **options: object) -> subprocess.CompletedProcess[bytes]:
        """Run a verb that needs no workspace, to its end."""
        return self._finished(self.command(*arguments), **options)

    def work(
        self, *arguments: object, prefix: tuple[str, ...] = (), **options: object
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a verb in the workspace, to its end; `prefix` is a program to run it under."""
        read, write = os.pipe()
        os.write(write, "\n".join([*self.passphrases, ""]).encode())
        os.close(write)
        secret = ["--passphrase-fd", str(read)] if self.passphrases else []
        try:
            command = [*prefix, *self.command(*arguments, *self.options, *secret)]
            return self._finished(command, pass_fds=(read,), **options)
        finally:
            os.close(read)

    def _finished(
        self, command: list[str], **options: object
    ) -> subprocess.CompletedProcess[bytes]:
        defaults: Mapping[str, object] = {
            "cwd": ROOT,
            "env": self.environment(),
            **({} if "input" in options else {"stdin": subprocess.DEVNULL}),
            "timeout": 120,
            "check": False,
        }
        if "stdout" not in options:
            options = {"capture_output": True, **options}
        return subprocess.run(command, **{**defaults, **options})  # type: ignore[call-overload,no-any-return] # noqa: PLW1510


if __name__ == "__main__":
    bundle = Path(sys.argv[1])
    paths.model_bundle = lambda: bundle
    raise SystemExit(main(sys.argv[2:]))
