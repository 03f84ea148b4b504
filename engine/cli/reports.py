"""`negatoscope reports …`: list, show, review, sign and export reports of the workspace."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.cli import report_records, report_search, report_signing
from engine.cli.arguments import text
from engine.cli.outbox import deliver_after_signing
from engine.cli.output import print_line, print_object
from engine.cli.session import (
    certificate_passphrase,
    open_workspace,
    signing_passphrase,
)
from engine.cli.words import lines
from engine.documents.json_text import report_object
from engine.domain.export import forms_by_option
from engine.domain.guard import GuardRule
from engine.domain.rejoining import with_merged, with_split
from engine.domain.report import Report, ReportId, ReportSentence, Section, SentenceId
from engine.domain.study import Study
from engine.errors import ExportError, ReportStateError
from engine.services.checking import check, may_keep, with_answer

_FORMS = forms_by_option()
AUTHOR_MEANING = "I am the author of this report."


def add_arguments(parser: argparse.ArgumentParser, parents: list[argparse.ArgumentParser]) -> None:
    """Add the verb's parts."""
    parts = parser.add_subparsers(dest="part", required=True, metavar="PART")

    report_search.add_parts(parts, parents)

    show = parts.add_parser("show", parents=parents, help="one report with its sentences")
    show.add_argument("report", type=text, metavar="ID")
    show.set_defaults(run=run_show)

    _add_review(parts, parents)

    sign = parts.add_parser("sign", parents=parents, help="sign a fully reviewed report")
    sign.add_argument("report", type=text, metavar="ID")
    sign.add_argument(
        "--meaning", type=text, default=AUTHOR_MEANING, help=f'default: "{AUTHOR_MEANING}"'
    )
    sign.add_argument(
        "--preliminary", action="store_true", help="for an attending to finish; can be edited"
    )
    sign.set_defaults(run=run_sign)

    export = parts.add_parser("export", parents=parents, help="write a report to a file")
    export.add_argument("report", type=text, metavar="ID")
    export.add_argument("out", type=Path, metavar="OUT")
    export.add_argument("--as", dest="form", choices=list(_FORMS), default=next(iter(_FORMS)))
    export.add_argument(
        "--certificate",
        type=Path,
        metavar="FILE.p12",
        help="sign the PDF with that certificate too; its passphrase is asked for",
    )
    export.set_defaults(run=run_export)
    report_records.add_parts(parts, parents)
    report_signing.add_parts(parts, parents)


def _add_review(parts: Any, parents: list[argparse.ArgumentParser]) -> None:
    review = parts.add_parser(
        "review",
        parents=parents,
        help="decide about sentences by number",
        description="Words come from standard input, one line for each --edit, then for each "
        "--split, then for each --add: arguments can be read by others.",
    )
    review.add_argument("report", type=text, metavar="ID")
    review.add_argument("--accept", type=int, nargs="+", default=[], metavar="N")
    review.add_argument("--reject", type=int, nargs="+", default=[], metavar="N")
    review.add_argument(
        "--confirm",
        type=int,
        nargs="+",
        default=[],
        metavar="N",
        help="sides, numbers and whatever else is asked about it are right as they stand",
    )
    review.add_argument(
        "--edit", type=int, action="append", default=[], metavar="N", help="give it other words"
    )
    review.add_argument(
        "--split",
        type=int,
        action="append",
        default=[],
        metavar="N",
        help="begin a second sentence at the words",
    )
    review.add_argument("--add", type=text, action="append", default=[], metavar="SECTION")
    review.add_argument(
        "--merge",
        type=int,
        nargs=2,
        action="append",
        default=[],
        metavar=("N", "M"),
        help="make one sentence of two",
    )
    review.set_defaults(run=run_review)


def run_show(options: argparse.Namespace) -> int:
    """Print one report."""
    with open_workspace(options) as workspace:
        _print_report(workspace.reporting.load(ReportId(options.report)), as_json=options.json)
    return 0


def run_review(options: argparse.Namespace) -> int:
    """Accept, reject, edit or add sentences and save a revision."""
    count = len(options.edit) + len(options.split) + len(options.add)
    given = lines("the words of sentences", count)
    with open_workspace(options) as workspace:
        report = workspace.reporting.load(ReportId(options.report))
        before = report.sentences
        now = datetime.now(UTC)
        for number in options.accept:
            report = report.with_accepted(_numbered(before, number).id, now)
        for number in options.reject:
            report = report.with_rejected(_numbered(before, number).id, now)
        words = iter(given)
        for number in options.edit:
            report = report.with_text(_numbered(before, number).id, next(words), now)
        for number in options.split:
            report = _split(report, _numbered(before, number).id, next(words), now)
        for one, other in options.merge:
            first, second = _numbered(before, one).id, _numbered(before, other).id
            report = with_merged(report, first, second, now)
        for section in options.add:
            report = report.with_sentence(_section(section), next(words), now)
        study = workspace.library.study(report.study_uid)
        for number in options.confirm:
            report = _confirmed(report, study, _numbered(before, number).id, now)
        _print_report(workspace.reporting.save(report), as_json=options.json)
    return 0


def _confirmed(report: Report, study: Study, sentence: SentenceId, now: datetime) -> Report:
    """The report with every question about a sentence answered: it is right as it stands."""
    for rule in GuardRule:
        report = report.with_settled(sentence, rule.name, now)
    for alert in check(report, study).alerts:
        if sentence in alert.sentence_ids and may_keep(alert, report):
            report = with_answer(report, alert, "confirmed by command", now)
    return report


def run_sign(options: argparse.Namespace) -> int:
    """Sign the report; the passphrase is asked for again."""
    with open_workspace(options) as workspace:
        report = workspace.reporting.load(ReportId(options.report))
        signing = workspace.reporting.signing
        sign = signing.preliminary if options.preliminary else signing.final
        signed = sign(report, passphrase=signing_passphrase(options), meaning=options.meaning)
        _print_report(signed, as_json=options.json)
        deliver_after_signing(workspace)
    return 0


def run_export(options: argparse.Namespace) -> int:
    """Write the report in the requested form."""
    with open_workspace(options) as workspace:
        report = workspace.reporting.load(ReportId(options.report))
        exporting = workspace.exporting
        if options.certificate:
            written = exporting.signed_pdf(
                report,
                options.out,
                certificate=_certificate(options.certificate),
                passphrase=certificate_passphrase(options),
            )
        else:
            written = exporting.export(report, options.out, _FORMS[options.form])
        if options.json:
            print_object({"report_id": report.id, options.form: str(written)})
        else:
            print_line(str(written))
    return 0


def _certificate(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ExportError("The certificate's file cannot be read.") from error


def _split(report: Report, sentence: SentenceId, words: str, now: datetime) -> Report:
    at = report.sentence(sentence).text.find(words)
    if at < 0:
        raise ReportStateError("The sentence does not have those words.")
    return with_split(report, sentence, at, now)


def _numbered(sentences: Sequence[ReportSentence], number: int) -> ReportSentence:
    if not 1 <= number <= len(sentences):
        raise ReportStateError(f"The report has no sentence {number}.")
    return sentences[number - 1]


def _section(name: str) -> Section:
    try:
        return Section(name.capitalize())
    except ValueError as error:
        names = ", ".join(section.value for section in Section)
        raise ReportStateError(f"There is no section of that name; there are: {names}.") from error


def _print_report(report: Report, *, as_json: bool) -> None:
    if as_json:
        print_object(report_object(report))
        return
    print_line(f"{report.status.value.upper()}  revision {report.revision}  {report.id}")
    for number, sentence in enumerate(report.sentences, start=1):
        print_line(f"{number:3}. [{sentence.state.value}] {sentence.section}: {sentence.text}")
    if report.signature:
        signature = report.signature
        print_line(f"Signed by {signature.signer}, {signature.signed_at.isoformat()}")
    for addendum in report.addenda:
        print_line(f"Addendum by {addendum.signature.signer}: {addendum.text}")
    if report.withdrawal:
        print_line(f"Withdrawn: {report.withdrawal.reason}")
    print_line("Research use only. Not a medical device.")
