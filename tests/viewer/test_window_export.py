"""Other forms of a report, written from the window."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QFileDialog

from engine.domain.export import SELECTION_FORMS, ExportForm
from engine.domain.report import Section


@pytest.fixture
def saved_as(monkeypatch, tmp_path):
    """Answers the file dialog with the filter that holds those words; keeps what was offered."""
    offered = []

    def answer(words: str = "") -> list[str]:
        def ask(_parent, _title, _name, filters):
            offered[:] = filters.split(";;")
            chosen = next((each for each in offered if words and words in each), "")
            return str(tmp_path / "report.json") if chosen else "", chosen

        monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
        return offered

    return answer


def test_the_chosen_form_is_written(room, tmp_path, saved_as):
    room.desk.report.add(Section.FINDINGS, "The lungs are clear.")
    saved_as(ExportForm.FHIR.facts.label)
    room.do("file.export_as")
    room.wait(lambda: any("report.json" in n.sentence for n in room.notices))
    assert "DiagnosticReport" in (tmp_path / "report.json").read_text("utf-8")


def test_the_window_offers_every_form(room, saved_as):
    room.desk.report.add(Section.FINDINGS, "The lungs are clear.")
    offered = saved_as()
    room.do("file.export_as")
    for form in ExportForm:
        if form is ExportForm.PDF:
            assert room.window.registry.action("file.export_pdf")
        else:
            assert f"{form.facts.label} (*{form.facts.suffix})" in offered
    menu = [action.text() for action in room.view.left.history.export_menu.actions()]
    assert menu == [f"As {form.facts.many}…" for form in SELECTION_FORMS]
