"""`negatoscope read` and `negatoscope check`: what report texts say, and what the guards ask.

Texts come from a file or from standard input, one per line, and nothing of them is stored. One
object is printed per line, so that answers can be matched to inputs. The format is stable:
docs/findings.md describes it.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from engine.cli.output import note, print_line, print_object
from engine.errors import InputError, NotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One line of the input; `is_whole` tells whether all of its bytes are UTF-8."""

    number: int
    text: str
    is_whole: bool


_BOM = b"\xef\xbb\xbf"
_UNKNOWN = "\N{REPLACEMENT CHARACTER}"


def add_read_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `read`."""
    _add_file(parser, "text, a sentence or a report on each line")
    parser.set_defaults(run=run_read)


def add_check_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `check`."""
    _add_file(parser, "reports, a JSON object on each line")
    parser.set_defaults(run=run_check)


def run_read(options: argparse.Namespace) -> int:
    """Print the findings of each line; exit status 1 if a line is not UTF-8."""
    from engine.language.surface import reading_of  # noqa: PLC0415  keeps --help instant

    is_whole = True
    with _opened(options.file) as stream:
        for line in _lines(stream):
            is_whole &= line.is_whole
            reading = reading_of(line.text)
            if options.json:
                print_object(reading)
                continue
            print_line(line.text)
            for finding in reading["findings"]:
                print_line("    " + ", ".join(v for v in finding.values() if v not in ("", "none")))
    return 0 if is_whole else 1


def run_check(options: argparse.Namespace) -> int:
    """Print the guards' alerts for each report.

    Exit status 1 if a line holds no report or is not UTF-8.
    """
    from engine.language.asked_reports import alerts_of, id_of  # noqa: PLC0415  keeps --help instant

    all_ok = True
    with _opened(options.file) as stream:
        for line in _lines(stream):
            answer: dict[str, Any]
            try:
                answer = alerts_of(line.text)
                all_ok &= line.is_whole
            except InputError as error:
                all_ok = False
                note(f"Line {line.number}: {error.message}")
                answer = {"id": id_of(line.text), "alerts": [], "error": error.message}
            if options.json:
                print_object(answer)
            elif "error" not in answer and line.text.strip():
                _print_alerts(answer, line.number)
    return 0 if all_ok else 1


def _print_alerts(answer: dict[str, Any], number: int) -> None:
    name = f"line {number}" if answer["id"] is None else answer["id"]
    print_line(f"{name}:" if answer["alerts"] else f"{name}: nothing")
    for alert in answer["alerts"]:
        print_line(f"    {alert['kind']}: {alert['message']}")


def _add_file(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument(
        "file",
        nargs="?",
        default="-",
        metavar="FILE",
        help=f"{what}; UTF-8 (default: -, standard input)",
    )


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        content = Path(name).read_bytes()
    except OSError as error:
        raise NotFoundError("The file could not be opened.") from error
    yield io.BytesIO(content)


def _lines(stream: BinaryIO) -> Iterator[_Line]:
    """The lines without their ends; a line that is not UTF-8 gets a note on standard error."""
    try:
        for number, line in enumerate(stream, 1):
            content = line.removeprefix(_BOM) if number == 1 else line
            content = content.removesuffix(b"\n").removesuffix(b"\r")
            try:
                yield _Line(number=number, text=content.decode("utf-8"), is_whole=True)
            except UnicodeDecodeError:
                note(f"Line {number}: Some of it is not UTF-8, and is read as {_UNKNOWN}.")
                text = content.decode("utf-8", "replace")
                yield _Line(number=number, text=text, is_whole=False)
    except OSError as error:
        raise InputError("The text could not be read to its end.") from error
