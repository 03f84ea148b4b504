"""`negatoscope reports list | since-prior | export-selection`."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from engine.cli.arguments import text
from engine.cli.output import note, print_line, print_object
from engine.cli.session import open_workspace
from engine.domain.export import SELECTION_FORMS, forms_by_option
from engine.domain.finding import Polarity
from engine.domain.past_reports import EditRange, ReportQuery, ReportSummary
from engine.domain.report import ReportId, ReportStatus

_FORMS = forms_by_option(SELECTION_FORMS)


def add_parts(parts: Any, parents: list[argparse.ArgumentParser]) -> None:
    """Add the parts to `negatoscope reports`."""
    listing = parts.add_parser("list", parents=parents, help="past reports, newest first")
    _add_query(listing)
    listing.set_defaults(run=run_list)

    since = parts.add_parser(
        "since-prior", parents=parents, help="a report against the patient's last signed one"
    )
    since.add_argument("report", type=text, metavar="ID")
    since.set_defaults(run=run_since_prior)

    export = parts.add_parser(
        "export-selection", parents=parents, help="write every report that matches into a folder"
    )
    export.add_argument("folder", type=Path, metavar="DIR")
    export.add_argument("--as", dest="form", choices=list(_FORMS), default=next(iter(_FORMS)))
    _add_query(export)
    export.set_defaults(run=run_export_selection)


def _add_query(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--search", type=text, default="", metavar="TEXT", help="in patient and report text")
    add("--finding", type=text, default="", metavar="NAME", help='e.g. "Pleural Effusion"')
    add(
        "--polarity",
        choices=[polarity.value for polarity in Polarity],
        help="whether the report says that the finding is there (default: either)",
    )
    add("--status", choices=[status.value for status in ReportStatus])
    add("--author", type=text, default="", metavar="NAME", help="who began, saved or signed it")
    add("--since", type=_day, metavar="DATE", help="last changed on that day or later")
    add("--until", type=_day, metavar="DATE")
    add(
        "--edited",
        type=_edit_range,
        metavar="FROM-TO",
        help="per cent of the draft's words that were changed, e.g. 0-25",
    )


def query_of(options: argparse.Namespace) -> ReportQuery:
    """The query that the options describe."""
    return ReportQuery(
        text=options.search,
        finding=options.finding,
        polarity=Polarity(options.polarity) if options.polarity else None,
        status=ReportStatus(options.status) if options.status else None,
        author=options.author,
        since=options.since,
        until=options.until,
        edited=options.edited,
    )


def run_list(options: argparse.Namespace) -> int:
    """Print a row for each report."""
    with open_workspace(options) as workspace:
        _warn_of_unknown(options.finding, workspace.past_reports.finding_names())
        for summary in workspace.past_reports.find(query_of(options)):
            if options.json:
                print_object(_summary_object(summary))
            else:
                print_line(
                    f"{summary.id}  {summary.study_date}  {summary.status.value:6}  "
                    f"{summary.patient_name}  {summary.excerpt}"
                )
    return 0


def run_since_prior(options: argparse.Namespace) -> int:
    """Print what is new, gone and the same since the patient's last signed report."""
    with open_workspace(options) as workspace:
        report = workspace.reporting.load(ReportId(options.report))
        found = workspace.past_reports.since_prior(report)
    if found is None:
        note("No earlier study of this patient has a signed report.")
        return 1
    if options.json:
        print_object(
            {
                "prior_report_id": found.row.id,
                "prior_study_date": found.row.study_date,
                "findings": [
                    {
                        "course": row.course.value,
                        "finding": row.category,
                        "where": row.where,
                        "before": row.before,
                        "after": row.after,
                        "remark": row.remark,
                    }
                    for row in found.difference.findings
                ],
                "numbers": [
                    {
                        "quantity": n.quantity,
                        "before": n.before,
                        "after": n.after,
                        "remark": n.remark,
                    }
                    for n in found.difference.numbers
                ],
            }
        )
        return 0
    print_line(f"Since the signed report of {found.row.study_date or 'an undated study'}:")
    for row in found.difference.findings:
        where = f", {row.where}" if row.where else ""
        remark = f"  ({row.remark})" if row.remark else ""
        print_line(f"{row.course.value:5} {row.category}{where}{remark}")
    for number in found.difference.numbers:
        remark = f"  ({number.remark})" if number.remark else ""
        print_line(f"{number.quantity}: {number.before or '–'} → {number.after or '–'}{remark}")
    return 0


def run_export_selection(options: argparse.Namespace) -> int:
    """Write the reports that match, and say which could not be written."""
    with open_workspace(options) as workspace:
        past = workspace.past_reports
        _warn_of_unknown(options.finding, past.finding_names())
        wanted = [summary.id for summary in past.find(query_of(options))]
        done = past.export(wanted, options.folder, _FORMS[options.form])
    if options.json:
        print_object({"written": list(done.written), "refused": list(done.refused)})
    else:
        for name in done.written:
            print_line(name)
    for sentence in done.refused:
        note(sentence)
    return 1 if done.refused else 0


def _warn_of_unknown(finding: str, known: tuple[str, ...]) -> None:
    if finding and finding not in known:
        note(f"No finding is called {finding!r}; there are: {', '.join(known)}.")


def _day(given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise argparse.ArgumentTypeError("write a day as 2026-03-18") from error


def _edit_range(given: str) -> EditRange:
    try:
        least, most = (float(part) / 100 for part in given.split("-"))
    except ValueError as error:
        raise argparse.ArgumentTypeError("write two numbers, e.g. 0-25") from error
    if not 0 <= least <= most <= 1:
        raise argparse.ArgumentTypeError("write the smaller number first, both from 0 to 100")
    return EditRange(least=least, most=most)


def _summary_object(summary: ReportSummary) -> dict[str, object]:
    return {
        "report_id": summary.id,
        "study_uid": summary.study_uid,
        "patient_name": summary.patient_name,
        "patient_id": summary.patient_id,
        "study_date": summary.study_date,
        "status": summary.status.value,
        "revision": summary.revision,
        "author": summary.author,
        "updated": summary.updated.isoformat(),
        "excerpt": summary.excerpt,
        "edit_share": summary.edit_share,
    }
