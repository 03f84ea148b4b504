"""The sheet of an acceptance test: figures, what they do not say, and a verdict to be signed.

The verdict is a person's. The sheet has no line that says whether a model is good enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

import typst

from engine.documents.characters import printable, with_known_glyphs
from engine.documents.letter import NOT_GIVEN, NOTICE, letterhead_content
from engine.documents.pdf import typeset
from engine.domain.acceptance import (
    FEW_CASES,
    FEW_IN_GROUP,
    AcceptanceResult,
    Agreement,
    FindingAgreement,
    figure,
    short,
)
from engine.domain.analytics import Share
from engine.errors import ExportError

TITLE = "Acceptance test of a drafting model"
_KINDS = {
    "view": "By view",
    "sex": "By sex",
    "age": "By age, in years",
    "device": "By device",
    "month": "By month",
}


def render_sheet(result: AcceptanceResult, institution: str, letterhead: Sequence[str]) -> bytes:
    """Lay the sheet out on A4 pages; raises `ExportError`."""
    moment = datetime.combine(result.day, time(), UTC)
    how = {"format": "pdf", "pdf_standards": ["a-2b"], "timestamp": int(moment.timestamp())}
    content = {**letterhead_content(institution, letterhead, ""), **sheet_content(result)}
    try:
        return typeset("acceptance.typ", with_known_glyphs(content), {}, how)
    except typst.TypstError as error:
        raise ExportError("The sheet could not be laid out.") from error


def sheet_content(result: AcceptanceResult) -> dict[str, Any]:
    """The sheet as JSON values."""
    figures = result.figures
    rows = [figures.whole, figures.abnormal, figures.exchanged, figures.exchanged_abnormal]
    return {
        "title": TITLE,
        "notice": NOTICE,
        "day": result.day.isoformat(),
        "facts": _facts(result),
        "figures": [_row(one) for one in (*rows, figures.constant) if one is not None],
        "constant": _constant(figures.constant_claims),
        "remarks": [printable(remark) for remark in result.remarks],
        "findings": [_finding(one) for one in figures.findings],
        "few-cases": FEW_CASES,
        "few-studies": FEW_IN_GROUP,
        "groups": [
            {"title": _KINDS[kind], "rows": [_group(one) for one in groups]}
            for kind, groups in figures.groups
        ],
        "left-out": [[str(count), printable(reason)] for reason, count in result.left_out],
    }


def _facts(result: AcceptanceResult) -> list[list[str]]:
    median, slow = result.figures.seconds
    compared = ", ".join(f"{count} with {name}" for name, count in result.references)
    rows = [
        ("Model", result.model),
        ("Manifest SHA-256", result.model_sha256),
        ("Licence", result.licence),
        ("Negatoscope", result.program),
        ("Studies compared", f"{result.figures.whole.studies}: {compared}"),
        ("Time for a draft", f"{median:.2f} s (median), {slow:.2f} s (95 of 100)"),
    ]
    return [[label, printable(value) or NOT_GIVEN] for label, value in rows]


def _constant(claims: Sequence[str]) -> str:
    """What the constant is, in a sentence."""
    if not claims:
        return "The best constant report names nothing, since no report names a finding."
    return (
        "The best constant report looks at no film and always names what agrees most with these "
        f"very reports: {', '.join(claims)}."
    )


def _row(one: Agreement) -> list[str]:
    counts = [str(one.studies), str(one.reported), str(one.drafted), str(one.both)]
    return [one.name, *counts, figure(one.precision), figure(one.recall), figure(one.f1)]


def _group(one: Agreement) -> dict[str, Any]:
    cells = [
        printable(one.name),
        str(one.studies),
        str(one.reported),
        figure(one.precision),
        figure(one.recall),
        figure(one.f1),
    ]
    return {"cells": cells, "is-small": one.studies < FEW_IN_GROUP}


def _finding(one: FindingAgreement) -> dict[str, Any]:
    counts = (one.reported, one.drafted, one.both, one.missed, one.added)
    cells = [one.category, *map(str, counts), _share(one.precision), _share(one.recall)]
    return {"cells": cells, "is-small": one.reported < FEW_CASES}


def _share(share: Share) -> str:
    if not share.total:
        return NOT_GIVEN
    low, high = share.interval
    return f"{short(share.value)} [{short(low)}, {short(high)}]"
