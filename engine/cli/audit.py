"""`negatoscope audit`: the audit trail, for an administrator."""

from __future__ import annotations

import argparse
from datetime import date, datetime, time, timedelta
from pathlib import Path

from engine.cli.arguments import text
from engine.cli.output import print_line, print_object
from engine.cli.session import open_workspace
from engine.services.trail import TrailQuery


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `negatoscope audit`."""
    parser.add_argument("--find", type=text, default="", metavar="WORDS", help="each must be there")
    parser.add_argument("--since", type=date.fromisoformat, metavar="DAY", help="2026-03-18")
    parser.add_argument("--until", type=date.fromisoformat, metavar="DAY", help="that day included")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write a table, print nothing")
    parser.add_argument(
        "--compare",
        type=Path,
        metavar="PDF",
        help="say whether the trail still holds the entry that an exported report names",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the entries, or write them as CSV."""
    if options.compare is not None:
        return _compare(options)
    query = TrailQuery(
        text=options.find,
        since=_start_of(options.since),
        until=_start_of(options.until + timedelta(days=1)) if options.until else None,
    )
    with open_workspace(options) as workspace:
        if options.csv is not None:
            count = workspace.trail.export(options.csv, query)
            print_line(f"{count} entries were written.")
            return 0
        found = workspace.trail.entries(query)
    for event in found:
        if options.json:
            print_object(
                {
                    "sequence": event.sequence,
                    "at": event.at.isoformat(),
                    "actor": event.actor,
                    "action": event.action,
                    "subject": event.subject,
                    "details": dict(event.details),
                }
            )
        else:
            when = f"{event.at.astimezone():%Y-%m-%d %H:%M:%S}"
            print_line(
                f"{event.sequence:7}  {when}  {event.actor}  {event.action}  {event.subject}"
            )
    return 0


def _compare(options: argparse.Namespace) -> int:
    with open_workspace(options) as workspace:
        found = workspace.trail.compare(options.compare)
    if options.json:
        print_object(
            {
                "ok": not found.problem,
                "sequence": found.mark.sequence,
                "digest": found.mark.digest,
                "verdict": found.verdict,
            }
        )
    else:
        print_line(found.verdict)
    return 1 if found.problem else 0


def _start_of(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time.min).astimezone()
