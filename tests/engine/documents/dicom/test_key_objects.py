"""Key Object Selection documents: judged by dciodvfy, read by DCMTK."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pydicom import dcmread
from testkit.dicom_validator import complaints_of
from testkit.report_documents import NOW, image_ref, report_of, signed, study_of
from testkit.sr_readers import dumped, items

from engine.documents.dicom.key_objects import key_object_selection
from engine.documents.dicom.reference import ReportObject
from engine.domain.annotation import KeyImage
from engine.domain.study import SopUid
from engine.errors import ReportStateError

SECOND = SopUid("2.25.77")


def source() -> ReportObject:
    return ReportObject(
        report=signed(report_of("Clear lungs.")),
        study=study_of(images=(image_ref(), image_ref(SECOND))),
        institution="St. Example",
        software="0.1.0",
    )


def flag(film: SopUid, author: str = "Dr Ada Byron") -> KeyImage:
    return KeyImage(study_uid=source().study.uid, sop_uid=film, author=author, created=NOW)


def test_it_names_the_flagged_films_and_who_flagged_them(tmp_path: Path) -> None:
    path = tmp_path / "ko.dcm"
    path.write_bytes(key_object_selection(source(), (flag(SECOND),)))
    assert complaints_of(path) == []
    found = dcmread(path)
    assert found.Modality == "KO"
    (film,) = items(found, "IMAGE")
    assert film.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == SECOND
    assert "ContentSequence" not in film
    dump = dumped(path)
    for words in ("Of Interest", "Dr Ada Byron", "Films that the reader flagged as key images."):
        assert words in dump
    assert key_object_selection(source(), (flag(SECOND),)) == path.read_bytes()


def test_films_flagged_by_two_readers_are_by_no_single_person(tmp_path: Path) -> None:
    path = tmp_path / "ko.dcm"
    both = (flag(SECOND), flag(image_ref().sop_uid, "Dr Other"))
    path.write_bytes(key_object_selection(source(), both))
    assert complaints_of(path) == []
    assert "Person Observer Name" not in dumped(path)
    assert len([*items(dcmread(path), "IMAGE")]) == 2


def test_two_films_under_one_uid_are_one_object() -> None:
    twin = replace(image_ref(SopUid("2.25.78")), shared_uid=SECOND)
    study = study_of(images=(image_ref(), image_ref(SECOND), twin))
    made = replace(source(), study=study)
    keys = (flag(SECOND), flag(twin.sop_uid))
    assert key_object_selection(made, keys)


def test_without_a_key_image_there_is_no_document() -> None:
    with pytest.raises(ReportStateError, match="no key image"):
        key_object_selection(source(), (flag(SopUid("2.25.99")),))
