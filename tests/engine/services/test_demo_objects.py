"""DICOM objects of the shipped demo studies, as the program hands them out, before a judge."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fhir.resources.R4B.bundle import Bundle
from testkit.dicom_validator import complaints_of

from engine import paths
from engine.domain.export import ExportForm
from engine.domain.report import Section, new_report
from engine.domain.study import StudyUid
from engine.services.presenting import kept_view
from engine.services.workspace import Workspace

SR = (ExportForm.BASIC_TEXT_SR, ExportForm.STRUCTURED_REPORT)
FORMS = (*SR, ExportForm.DICOM_PDF)
GDCM = """
import sys, gdcm
for path in sys.argv[1:]:
    reader = gdcm.Reader()
    reader.SetFileName(path)
    assert reader.Read(), path
"""


def presentation_state(workspace: Workspace, uid: StudyUid, to: Path) -> Path:
    study, library = workspace.library.study(uid), workspace.library
    image, kept = study.images[0], workspace.annotating.annotations(uid)
    shown = kept_view(study, image, library.pixels(image), kept, "Dr Ada Byron")
    return workspace.presenting.save(shown, to)


def test_objects_of_every_demo_study_are_valid_and_open_in_a_second_toolkit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "home"))
    written = []
    with Workspace.open_demo(tmp_path / "workspace") as workspace:
        studies = workspace.library.studies()
        for number, row in enumerate(studies):
            report = new_report(row.uid, "Dr Ada Byron", datetime.now(UTC))
            report = report.with_sentence(Section.FINDINGS, "Clear lungs.", report.created)
            report = workspace.reporting.save(report)
            if number % 2:
                report = workspace.reporting.sign(report, passphrase="demo", meaning="Author")
            for form in FORMS:
                to = tmp_path / f"{number}-{form.value.replace(' ', '-')}.dcm"
                written.append(workspace.exporting.export(report, to, form))
            written.append(presentation_state(workspace, row.uid, tmp_path / f"{number}-state.dcm"))
            bundle = workspace.exporting.export(report, tmp_path / "bundle.json", ExportForm.FHIR)
            assert Bundle.model_validate_json(bundle.read_bytes()).entry
    assert len(studies) == len(list(paths.demo_studies().glob("*.dcm")))
    for path in written:
        assert complaints_of(path) == [], path.name
    pytest.importorskip("gdcm")
    subprocess.run([sys.executable, "-c", GDCM, *map(str, written)], check=True)
