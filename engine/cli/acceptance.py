"""`negatoscope acceptance FILMS`: how far a model's drafts agree with a site's own reports.

Needs no workspace. Prints counts and figures, never a patient, a film or a word of a report.
"""

from __future__ import annotations

import argparse
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final

from engine.cli.interruption import stopped_by
from engine.cli.output import note, print_line, print_object
from engine.domain.acceptance import (
    DRAFTING,
    AcceptanceResult,
    Agreement,
    FindingAgreement,
    figure,
    short,
)
from engine.domain.progress import Progress, ProgressSink
from engine.settings import installed_model

_SAY_EVERY_S: Final = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `negatoscope acceptance`."""
    parser.add_argument(
        "films", type=Path, metavar="FILMS", help="folder of DICOM studies with their reports"
    )
    parser.add_argument(
        "--model", type=Path, metavar="PACK", help="a model pack or folder (default: the installed)"
    )
    parser.add_argument("--pdf", type=Path, metavar="OUT", help="write the sheet to be signed")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FILE",
        help="keep each result in this file; a run that was stopped goes on from it",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the test; Ctrl+C stops it."""
    from engine.services.acceptance import (  # noqa: PLC0415  keeps --help instant
        run_acceptance,
        write_sheet,
    )

    model = options.model or installed_model()
    with stopped_by(signal.SIGINT) as token:
        result = run_acceptance(
            options.films, model, kept=options.keep, progress=_say(), cancel=token
        )
    if options.pdf is not None:
        write_sheet(result, options.pdf)
    if options.json:
        print_object({**asdict(result), "day": result.day.isoformat(), "remarks": result.remarks})
    else:
        for line in _lines(result):
            print_line(line)
    return 0


def _say() -> ProgressSink:
    """Prints how far it is and how long it will take, at most every few seconds."""
    said, began = 0.0, (0, 0.0)

    def print_progress(progress: Progress) -> None:
        nonlocal said, began
        now, is_drafting = time.monotonic(), progress.message == DRAFTING
        is_due = now - said >= _SAY_EVERY_S
        if is_drafting and not began[1]:
            began, is_due = (progress.done, now), True
        is_last = is_drafting and progress.done == progress.total
        if not is_due and not is_last:
            return
        said = now
        note(_drafting_words(progress, *began, now) if is_drafting else progress.message)

    return print_progress


def _drafting_words(progress: Progress, first: int, began: float, now: float) -> str:
    done, total = progress.done, progress.total
    words = f"{progress.message}: {done} of {total} studies"
    seconds = (now - began) / (done - first) * (total - done) if done > first else 0.0
    return f"{words}, about {seconds / 60:.0f} min left" if seconds >= 60 else words


def _lines(result: AcceptanceResult) -> Iterator[str]:
    figures = result.figures
    yield f"ACCEPTANCE TEST of {result.model} ({result.model_sha256[:12]}), {result.day}"
    compared = ", ".join(f"{count} with {name}" for name, count in result.references)
    yield f"Studies compared: {figures.whole.studies} ({compared})."
    yield ""
    yield f"{'':38} studies  precision           recall              F1"
    rows = [figures.whole, figures.abnormal, figures.exchanged, figures.exchanged_abnormal]
    for one in (*rows, figures.constant):
        if one is not None:
            yield _row(one)
    if figures.constant_claims:
        yield f"The best constant report always names: {', '.join(figures.constant_claims)}."
    for kind, groups in figures.groups:
        yield ""
        yield f"By {kind}"
        yield from map(_row, groups)
    yield ""
    yield f"{'finding':26} reported drafted both missed added  precision  recall  F1"
    yield from map(_finding_row, figures.findings)
    yield ""
    yield f"A draft took {figures.seconds[0]:.2f} s (median), {figures.seconds[1]:.2f} s (95 %)."
    for reason, count in result.left_out:
        yield f"Left out: {count} × {reason}"
    yield ""
    yield from result.remarks
    yield "Research use only. Not a medical device."


def _row(one: Agreement) -> str:
    measured = f"{figure(one.precision):19} {figure(one.recall):19} {figure(one.f1)}"
    return f"{one.name[:38]:38} {one.studies:7}  {measured}"


def _finding_row(one: FindingAgreement) -> str:
    precision = short(one.precision.value) if one.drafted else "–"
    recall = short(one.recall.value) if one.reported else "–"
    counts = f"{one.reported:8} {one.drafted:7} {one.both:4} {one.missed:6} {one.added:5}"
    return f"{one.category[:26]:26} {counts}  {precision:9}  {recall:6}  {short(one.f1)}"
