"""`negatoscope reports ledger | changes | revisions | drafts`: where each word comes from."""

from __future__ import annotations

import argparse
from typing import Any

from engine.cli.arguments import text
from engine.cli.output import note, print_line, print_object
from engine.cli.session import open_workspace
from engine.domain.difference import Change, SentenceDifference, edit_share
from engine.domain.ledger import LedgerEntry
from engine.domain.report import ReportId


def add_parts(parts: Any, parents: list[argparse.ArgumentParser]) -> None:
    """Add the parts to `negatoscope reports`."""
    ledger = parts.add_parser(
        "ledger", parents=parents, help="every change of every sentence: who, what, when"
    )
    ledger.add_argument("report", type=text, metavar="ID")
    ledger.set_defaults(run=run_ledger)

    changes = parts.add_parser(
        "changes", parents=parents, help="the model's draft against the report"
    )
    changes.add_argument("report", type=text, metavar="ID")
    changes.add_argument(
        "--since-preliminary",
        action="store_true",
        help="against the text that was signed as preliminary instead",
    )
    changes.set_defaults(run=run_changes)

    drafts = parts.add_parser(
        "drafts", parents=parents, help="every draft of the report's study, as the model wrote it"
    )
    drafts.add_argument("report", type=text, metavar="ID")
    drafts.set_defaults(run=run_drafts)

    revisions = parts.add_parser(
        "revisions", parents=parents, help="saved revisions: who, when, what for, what changed"
    )
    revisions.add_argument("report", type=text, metavar="ID")
    revisions.set_defaults(run=run_revisions)


def run_drafts(options: argparse.Namespace) -> int:
    """Print each draft of the report's study, newest first."""
    with open_workspace(options) as workspace:
        report = workspace.reporting.load(ReportId(options.report))
        drafts = workspace.drafting.drafts(report.study_uid)
    for draft in drafts:
        sentences = [sentence.text for sentence in draft.sentences]
        model = f"{draft.bundle_id} {draft.bundle_version}"
        if options.json:
            print_object(
                {
                    "draft_id": draft.id,
                    "created": draft.created.isoformat(),
                    "bundle": model,
                    "provider": draft.provider,
                    "in_report": draft.id == report.draft_id,
                    "sentences": sentences,
                }
            )
            continue
        taken = "  (in this report)" if draft.id == report.draft_id else ""
        print_line(f"{draft.created:%Y-%m-%d %H:%M:%S}  {model}  {draft.id}{taken}")
        for sentence in sentences:
            print_line(f"      {sentence}")
    return 0


def run_revisions(options: argparse.Namespace) -> int:
    """Print each revision, oldest first, and below it what it changed."""
    with open_workspace(options) as workspace:
        steps = workspace.reporting.history(ReportId(options.report))
    for step in steps:
        if options.json:
            print_object(
                {
                    "revision": step.revision,
                    "saved_at": step.saved_at.isoformat(),
                    "author": step.author,
                    "status": step.status.value,
                    "report_sha256": step.report_sha256,
                    "what": step.what,
                    "changes": [_change_object(row) for row in step.changes],
                }
            )
            continue
        print_line(
            f"{step.revision:4}  {step.saved_at:%Y-%m-%d %H:%M:%S}  {step.author}  "
            f"{step.status.value}  {step.what}"
        )
        for row in step.changes:
            print_line(f"      {row.section.value}: {_in_brackets(row)}")
    return 0


def run_ledger(options: argparse.Namespace) -> int:
    """Print the ledger, oldest entry first."""
    with open_workspace(options) as workspace:
        for entry in workspace.reporting.ledger(ReportId(options.report)):
            if options.json:
                print_object(_entry_object(entry))
            else:
                sentence = entry.edit.sentence
                print_line(
                    f"{entry.sequence:4}  {entry.at:%Y-%m-%d %H:%M:%S}  {entry.actor}  "
                    f"{entry.edit.kind.value}: {sentence.text}  [{sentence.origin.value}]"
                )
    return 0


def run_changes(options: argparse.Namespace) -> int:
    """Print each sentence of draft and report with its changes marked (`_in_brackets`)."""
    report = ReportId(options.report)
    with open_workspace(options) as workspace:
        reporting = workspace.reporting
        if options.since_preliminary:
            rows = reporting.changes_since_preliminary(report)
        else:
            rows = reporting.changes(report)
    if options.since_preliminary and not rows:
        note("This report was not signed as preliminary.")
        return 1
    for row in rows:
        if options.json:
            wording = {"section": row.section.value, "draft": row.before, "report": row.after}
            print_object({"fate": row.fate.value, **wording})
        else:
            print_line(f"{row.fate.value:12}  {row.section.value}: {_in_brackets(row)}")
    share = edit_share(rows)
    if not (options.json or options.since_preliminary) and share is not None:
        print_line(f"{share:.0%} of the words differ from the draft.")
    return 0


def _change_object(row: SentenceDifference) -> dict[str, object]:
    return {"section": row.section.value, "before": row.before, "after": row.after}


def _in_brackets(row: SentenceDifference) -> str:
    """Both wordings in one: removed words in [brackets], new ones in {braces}."""
    marks = {Change.SAME: ("", ""), Change.GONE: ("[", "]"), Change.NEW: ("{", "}")}
    parts = []
    for run in row.words:
        before, after = marks[run.change]
        parts.append(f"{before}{run.text.strip()}{after}")
    return " ".join(parts)


def _entry_object(entry: LedgerEntry) -> dict[str, object]:
    sentence = entry.edit.sentence
    return {
        "sequence": entry.sequence,
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "kind": entry.edit.kind.value,
        "position": entry.edit.position,
        "sentence": sentence.id,
        "section": sentence.section.value,
        "state": sentence.state.value,
        "origin": sentence.origin.value,
        "text": sentence.text,
        "digest": entry.digest,
    }
