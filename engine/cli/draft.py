"""`negatoscope draft PATH…`: scan, draft each study, store the draft, write the PDF."""

from __future__ import annotations

import argparse
import hashlib
import re
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from engine.cli.output import complain, note, print_line, print_object
from engine.cli.session import open_workspace
from engine.domain.report import Draft, Report, ReportStatus, new_report
from engine.domain.study import Study, StudyUid
from engine.errors import ExportError, NegatoscopeError
from engine.services.workspace import Workspace

_UID = re.compile(r"[0-9]+(\.[0-9]+)*")  # PS3.5 section 9


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="files, folders, ZIP or DICOMDIR"
    )
    parser.add_argument(
        "--pdf",
        type=Path,
        metavar="OUT",
        help="write the draft as PDF: a .pdf file for one study, a folder for several",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Draft every study found; exit status 1 if one failed or none was found."""
    with open_workspace(options) as workspace:
        found = workspace.library.add(options.paths)
        for skipped in found.skipped:
            note(f"{skipped.name}: {skipped.reason}")
        if not found.studies:
            note("No chest study was found there.")
            return 1
        if options.pdf and options.pdf.suffix.lower() == ".pdf" and len(found.studies) > 1:
            raise ExportError(
                f"{len(found.studies)} studies were found, but --pdf names one file.",
                what_to_do="Name a folder instead.",
            )
        results = [_draft_one(workspace, study, options) for study in found.studies]
    return 0 if all(results) else 1


def _draft_one(workspace: Workspace, study: Study, options: argparse.Namespace) -> bool:
    try:
        draft = workspace.drafting.draft(study.uid)
        report = _report_of(workspace, draft)
        if options.pdf:
            workspace.exporting.pdf(report, _pdf_path(options.pdf, study))
    except NegatoscopeError as error:
        if options.json:
            print_object({"study_uid": study.uid, "ok": False, "error": error.message})
        complain(error)
        return False
    if options.json:
        print_object(draft_object(draft))
    else:
        _print_draft(draft)
    return True


def draft_object(draft: Draft) -> dict[str, object]:
    """The draft as the object that `--json` prints."""
    return {
        "study_uid": draft.study_uid,
        "draft_id": draft.id,
        "bundle": f"{draft.bundle_id} {draft.bundle_version}",
        "provider": draft.provider,
        "seconds": {part: round(value, 4) for part, value in asdict(draft.seconds).items()},
        "sentences": [
            {"text": sentence.text, "log_prob": round(sentence.log_prob, 6)}
            for sentence in draft.sentences
        ],
        "warnings": list(draft.warnings),
    }


def _report_of(workspace: Workspace, draft: Draft) -> Report:
    """The study's report with the draft in it; a signed report stays as it is."""
    now = datetime.now(UTC)
    opened = workspace.reporting.open_for(draft.study_uid)
    if opened.report.status is ReportStatus.WITHDRAWN:
        opened = workspace.reporting.begin_anew(draft.study_uid)
    if not opened.report.is_editable:
        note("The study has a signed report, which is unchanged; the draft is kept beside it.")
        author = workspace.access.user.name
        return new_report(draft.study_uid, author, now).with_draft(draft, now)
    return workspace.reporting.save(opened.report.with_draft(draft, now))


def _pdf_path(target: Path, study: Study) -> Path:
    if target.suffix.lower() == ".pdf":
        return target
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(
            "The folder for the documents cannot be made.",
            what_to_do="Name a folder that you may write to.",
        ) from error
    return target / f"{_file_name(study.uid)}.pdf"


def _file_name(uid: StudyUid) -> str:
    """The study's UID, never the patient's name: file names are visible to others.

    A film may carry any text as its UID, also one that leads out of the folder, so it is hashed.
    """
    return uid if _UID.fullmatch(uid) else hashlib.sha256(uid.encode()).hexdigest()[:32]


def _print_draft(draft: Draft) -> None:
    print_line(f"DRAFT by {draft.bundle_id} {draft.bundle_version} on {draft.provider}, unsigned")
    for sentence in draft.sentences:
        print_line(f"  {sentence.text}")
    for warning in draft.warnings:
        note(warning)
    print_line("Research use only. Not a medical device.")
