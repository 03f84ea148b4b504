"""Entry point of the frozen application: viewer, command line or worker process.

Without arguments it starts the viewer; with a verb (`draft`, `inspect`, …) the command line; with
`--worker NAME` a child process, which the application itself starts.
"""

from __future__ import annotations

import sys

# Imports stand inside: each of the three ways loads only what it needs.
# ruff: noqa: PLC0415


def main() -> int:
    """Start what the arguments ask for; returns its exit status."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["--worker"]:
        from engine.workers.entry import run_worker

        return run_worker(arguments[1], arguments[2:])
    from engine.cli.main import VERBS

    if arguments and (arguments[0] in VERBS or arguments[0] in {"-h", "--help", "--version"}):
        from engine.cli.main import main as command_line

        return command_line(arguments)
    from viewer.main import main as viewer

    return viewer(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
