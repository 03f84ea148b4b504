"""`negatoscope inspect PATH…`: what each file is, and whether its pixels can be read.

Needs no workspace. Every file is opened in the decode worker, so that a damaged one costs a
sentence and nothing else.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from engine.cli.output import print_line, print_object


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files or folders")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Inspect each file; exit status 1 if any could not be read."""
    from engine.workers.decode_client import DecodeClient  # noqa: PLC0415  keeps --help instant

    all_ok = True
    with DecodeClient() as client:
        for path in client.list_files(options.paths):
            result = client.inspect(path)
            all_ok = all_ok and bool(result["ok"])
            if options.json:
                print_object(result)
            else:
                print_line(_line(result))
    return 0 if all_ok else 1


def _line(result: dict[str, Any]) -> str:
    if not result["ok"]:
        return f"{result['path']}: {result['error']}"
    modality = result["modality"] or "no modality"
    return (
        f"{result['path']}: {modality} {result['columns']}×{result['rows']}, "
        f"{result['bits_stored']} bits, {result['photometric']}, {result['transfer_syntax']}"
    )
