"""Whole reports as radiologists write them: clean ones ask nothing, a planted fault is asked about.

Written in December 2026 before the guards were run on them; the patients are invented.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.language.asked_reports import alerts_of

REPORTS = [
    json.loads(line)
    for line in Path(__file__)
    .with_name("december_reports.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report["id"])
def test_a_report_is_asked_about_its_planted_fault_and_nothing_else(report: dict[str, Any]) -> None:
    asked = alerts_of(json.dumps({**report, "planted": None}))["alerts"]
    assert {alert["kind"] for alert in asked} == ({report["planted"]} - {""})
