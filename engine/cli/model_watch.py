"""`negatoscope watch-model`: what readers made of the model's drafts, month by month.

Counts of all readers together; exit status 1 if a month left its band, so that a script can tell.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict

from engine.cli.output import note, print_line, print_object
from engine.cli.session import open_workspace
from engine.domain.model_watch import BASELINE, ModelWatch, WatchedMonth


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `negatoscope watch-model`."""
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print each model's months and findings; exit status 1 if the newest left its band now."""
    with open_workspace(options) as workspace:
        watches = workspace.analytics.of_the_model()
    if not watches:
        note("Nobody has decided about a drafted sentence yet.")
        return 0
    for watch in watches:
        if options.json:
            print_object({**asdict(watch), "notices": list(watch.notices)})
        else:
            for line in _lines(watch):
                print_line(line)
    return 1 if watches[0].is_outside else 0


def _lines(watch: ModelWatch) -> Iterator[str]:
    yield f"{watch.model}"
    yield f"  {'month':9} reports accepted edited rejected added  expected to be accepted"
    for month in watch.months:
        yield f"  {_month(month)}"
    if not watch.is_compared:
        yield f"  Months are compared once {BASELINE} drafted sentences were decided on."
    yield f"  {'finding':26} drafted accepted edited rejected kept added"
    for one in watch.findings:
        counts = f"{one.drafted:7} {one.accepted:8} {one.edited:6} {one.rejected:8}"
        yield f"  {one.category[:26]:26} {counts} {one.kept:4} {one.added:5}"
    for notice in watch.notices:
        yield f"  {notice}"


def _month(month: WatchedMonth) -> str:
    counts = f"{month.reports:7} {month.accepted:8} {month.edited:6} {month.rejected:8}"
    band = "first months" if month.band is None else f"{month.band.low} to {month.band.high}"
    outside = "  outside" if month.is_outside else ""
    return f"{month.month:9} {counts} {month.added:5}  {band}{outside}"
