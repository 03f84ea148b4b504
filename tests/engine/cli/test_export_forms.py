"""Every form of a report can be asked for on the command line."""

from __future__ import annotations

import argparse

import pytest

from engine.cli import reports
from engine.domain.export import SELECTION_FORMS, ExportForm


@pytest.mark.parametrize(
    ("part", "forms"), [("export", tuple(ExportForm)), ("export-selection", SELECTION_FORMS)]
)
def test_every_form_can_be_asked_for_by_a_name_of_its_own(part, forms):
    parser = argparse.ArgumentParser()
    reports.add_arguments(parser, [])
    places = ["ID", "out"] if part == "export" else ["out"]
    for form in forms:
        options = parser.parse_args([part, *places, "--as", form.facts.option])
        assert options.form == form.facts.option
    assert len({form.facts.option for form in forms}) == len(forms)
    assert {ExportForm.PDF, ExportForm.TEXT, ExportForm.JSON} <= set(forms)
