"""Films leave without identity only when somebody looked, and each stands in the trail."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from pydicom import dcmread
from testkit.dicom_files import write_film
from testkit.workspaces import open_store

from engine.domain.audit import AuditAction, AuditEvent
from engine.domain.study import StudyUid
from engine.errors import ExportError
from engine.services.anonymous_films import AnonymousFilms
from engine.storage.unit_of_work import Store
from engine.workers.decode_client import DecodeClient

UID = "1.2.826.0.1.7"


def exported(store: Store) -> tuple[AuditEvent, ...]:
    with store.look() as unit:
        return unit.audit.about(AuditAction.FILM_WITHOUT_IDENTITY, UID)


def test_r46_a_study_leaves_without_identity_and_stands_in_the_trail(tmp_path: Path) -> None:
    for number, burned in enumerate(("NO", "YES", "NO"), start=1):
        write_film(
            tmp_path / "films" / f"{number}.dcm",
            StudyInstanceUID=UID,
            SOPInstanceUID=f"{UID}.{number}",
            InstanceNumber=number,
            PatientName="Zebulon^Marker",
            PatientID="77",
            BurnedInAnnotation=burned,
        )
    with DecodeClient() as decoder:
        studies = decoder.scan([tmp_path / "films"]).studies
        (tmp_path / "films" / "3.dcm").unlink()
        with open_store(tmp_path / "w", studies=studies) as store:
            films = AnonymousFilms(store, decoder.anonymous)
            with pytest.raises(ExportError, match="burned into"):
                films.export(StudyUid(UID), tmp_path / "out", shows_no_text=False)
            assert not (tmp_path / "out").exists()
            done = films.export(StudyUid(UID), tmp_path / "out", shows_no_text=True)
            again = films.export(StudyUid(UID), tmp_path / "again", shows_no_text=True)
            (entry, _second) = exported(store)
            (tmp_path / "file").write_text("in the way")
            with pytest.raises(ExportError, match="could not be written"):
                films.export(StudyUid(UID), tmp_path / "file", shows_no_text=True)
    (written,) = done.written
    content = written.read_bytes()
    assert content == again.written[0].read_bytes()
    assert b"Zebulon" not in content
    assert UID.encode() not in content
    assert dcmread(written).StudyInstanceUID.startswith("2.25.")
    assert entry.details["sha256"] == hashlib.sha256(content).hexdigest()
    assert entry.details["film"] == f"{UID}.1"
    assert len(done.left_out) == 2
    assert any("burned into it" in line for line in done.left_out)
    assert any("cannot be found" in line for line in done.left_out)
