"""Names and numbers of a header, as they go out again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from testkit.dicom_files import chest_like, film
from testkit.workspaces import any_report, any_study, open_store

from engine.dicom.header import found_image
from engine.dicom.tree import study_tree
from engine.documents.dicom.reference import described
from engine.domain.study import Study, StudyUid
from engine.errors import DamagedFileError

NAMES = (
    "Smith^John^Quincy^Dr^Jr",
    "=山田^太郎",
    "Yamada^Tarou=山田^太郎=やまだ^たろう",
    "^Madonna",
    "FERNANDEZ DE CORDOVA Y GARCIA DE LOS ANGELES^ANA MARIA",
    "de la Cruz, Jr^Ana",
)


def _study(**elements: str) -> Study:
    dataset = film(chest_like(16, 16), SpecificCharacterSet="ISO_IR 192", **elements)
    (study,) = study_tree([found_image(dataset, Path("film.dcm"))]).studies
    return study


@pytest.mark.parametrize("name", NAMES)
def test_names_go_out_as_they_came_in(name: str, tmp_path: Path) -> None:
    study = _study(PatientName=name, ReferringPhysicianName=name, StudyID="2001")
    with open_store(tmp_path, studies=(study,)) as store, store.look() as unit:
        kept = unit.studies.get(study.uid)
    made = described(kept, "1.2", "1.2.3", "1.2.4")
    assert str(made.PatientName) == name
    assert str(made.ReferringPhysicianName) == name
    assert made.StudyID == "2001"


def test_two_names_in_one_go_out_as_they_are_shown() -> None:
    study = _study(PatientName="Doe^Jane\\Roe^Ann")
    assert study.patient.header_name == ""
    assert study.patient.name == "Doe, Jane / Roe, Ann"
    assert str(described(study, "1.2", "1.2.3", "1.2.4").PatientName) == "Doe^Jane / Roe, Ann"


def test_a_study_of_an_older_version_takes_its_whole_name_at_the_next_scan(
    tmp_path: Path,
) -> None:
    """A report holds the study to its patient; the name without its suffix is the same one."""
    old = any_study(name="Smith, John")
    new = replace(
        old,
        patient=replace(old.patient, name="Smith, John Jr", header_name="Smith^John^^^Jr"),
    )
    stranger = replace(
        old, patient=replace(old.patient, name="Jones, John", header_name="Jones^John")
    )
    with open_store(tmp_path, studies=(old,)) as store, store.change() as unit:
        unit.reports.append(any_report(old.uid, "Clear."), "2026-03-18T09:30:00+00:00")
        assert unit.studies.put([stranger], "x") == ()
        assert unit.studies.put([new], "x") == (old.uid,)
        assert unit.studies.get(StudyUid(old.uid)).patient == new.patient
        assert unit.studies.put([stranger], "x") == ()


def test_a_number_that_is_too_long_is_not_called_missing() -> None:
    with pytest.raises(DamagedFileError, match="SeriesInstanceUID in the header is too long"):
        _study(SeriesInstanceUID="1.2." + "3" * 64)
