"""Other forms of a report, written from the window."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QFileDialog

from engine.domain.report import Section
from viewer.dialogs.record import EXPORT_FILTERS


def test_the_chosen_form_is_written(room, tmp_path, monkeypatch):
    room.context.report.add(Section.FINDINGS, "The lungs are clear.")
    target = tmp_path / "report.json"
    chosen = next(words for words, form in EXPORT_FILTERS.items() if form == "fhir")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), chosen))
    room.do("file.export_as")
    room.wait(lambda: any("report.json" in n.sentence for n in room.notices))
    assert "DiagnosticReport" in target.read_text("utf-8")


@pytest.mark.parametrize("form", EXPORT_FILTERS.values())
def test_every_form_of_the_window_is_one_of_the_engine(form):
    from engine.services.exporting import ExportForm

    assert ExportForm(form)
