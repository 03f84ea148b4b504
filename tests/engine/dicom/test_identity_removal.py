"""Films that leave without identity: nothing of the profile's table, and nothing beside it."""

from __future__ import annotations

import random
from io import BytesIO

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.datadict import DicomDictionary, dictionary_has_tag, dictionary_VR, keyword_for_tag
from pydicom.dataset import FileDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from testkit.dicom_data import real_files
from testkit.dicom_files import chest_like, film
from testkit.soak import figure, tries

from engine.dicom.confidentiality import EMPTIED, REMOVED, RENAMED, REPLACED
from engine.dicom.identity_removal import Pseudonyms, without_identity
from engine.dicom.reader import read_whole
from engine.errors import InputError

MARK = "ZEBULON"
NAMES = (
    *("PatientName", "PatientID", "AccessionNumber", "StudyDescription"),
    *("ReferringPhysicianName", "StudyInstanceUID", "SOPInstanceUID", "PatientBirthDate"),
    *("StudyDate", "ContentDate", "DeviceSerialNumber", "StationName"),
)
OWN = "1.2.826.0.1.99"
KEY = Pseudonyms(key=b"k" * 32)
TABLE = sorted(tag for tag in EMPTIED | REMOVED | REPLACED | RENAMED if dictionary_has_tag(tag))
BESIDE = [
    next(
        tag
        for tag in DicomDictionary
        if tag >> 16 > 4 and tag not in TABLE and dictionary_VR(tag) == vr
    )
    for vr in ("PN", "LT", "DT")
]
"""Attributes with a name, a free text and a time that the table does not name."""
VALUES = {
    "PN": f"{MARK}^A",
    "UI": f"{OWN}.7",
    "DA": "19610409",
    "TM": "091500",
    "DT": "19610409091500",
    **dict.fromkeys(("SH", "LO", "CS", "LT", "ST", "UT", "UC", "AE", "UR"), MARK),
    **dict.fromkeys(("OB", "OW", "UN"), MARK.encode() + b" "),
    "AS": "062Y",
}
"""Values that tell something, by VR; numbers of the table are left out."""


def telling(chance: random.Random, *, share: float, depth: int = 1) -> Dataset:
    """An item with some of the table's attributes, each saying something."""
    item = Dataset()
    for tag in TABLE:
        vr = dictionary_VR(tag).partition(" ")[0]
        if chance.random() >= share:
            continue
        if vr == "SQ" and depth:
            item.add_new(tag, vr, Sequence([telling(chance, share=share / 8, depth=depth - 1)]))
        elif vr in VALUES:
            item.add_new(tag, vr, VALUES[vr])
    item.add_new(0x00091001, "LO", MARK)
    item.add_new(0x00081301, "LO", MARK)  # of an edition that the dictionary does not know
    for tag in BESIDE:
        item.add_new(tag, dictionary_VR(tag), VALUES[dictionary_VR(tag)])
    return item


def read_back(dataset: FileDataset) -> FileDataset:
    """As the reader gives it, from bytes."""
    written = BytesIO()
    dataset.save_as(written, enforce_file_format=True)
    written.seek(0)
    return read_whole(written)


@pytest.mark.parametrize(
    "syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian]
)
def test_r46_nothing_of_the_table_is_left(syntax: str) -> None:
    chance, films = random.Random(46), tries(2, 67)  # noqa: S311  films of a test
    samples = chest_like(32, 24)
    for number in range(films):
        share = 1.0 if number == 0 else chance.random()
        made = film(samples, transfer_syntax=syntax, SOPInstanceUID=f"{OWN}.{number}")
        for element in telling(chance, share=share):
            if element.tag not in (0x00080018, 0x0020000D, 0x0020000E):
                made[element.tag] = element
        # A sequence that no table names, with everything in it.
        made.AnatomicRegionSequence = Sequence([telling(chance, share=share)])
        made.add_new(0x60003000, "OW", MARK.encode() + b" ")
        made.preamble = b"MZ" + b"\0" * 126
        content = without_identity(read_back(made), KEY)
        assert MARK.encode() not in content
        assert OWN.encode() not in content
        assert b"19610409" not in content
        assert content[:128] == b"\0" * 128
        out = dcmread(BytesIO(content))
        assert np.array_equal(out.pixel_array, samples)
        assert out.PatientIdentityRemoved == "YES"
        assert out.StudyDate == ""
        left = {
            keyword_for_tag(one.tag)
            for one in out.iterall()
            if one.tag in REMOVED or one.tag.is_private or (one.tag in EMPTIED and one.value)
        }
        assert left == {"PatientName", "PatientID"}
    figure("R46", f"{films} films in {syntax}: nothing of the table left")


def test_r46_codes_are_the_same_in_every_file_and_tell_nothing() -> None:
    first, second = (
        dcmread(BytesIO(without_identity(read_back(film(chest_like(16, 16), **facts)), KEY)))
        for facts in (
            {"PatientID": "77", "SOPInstanceUID": f"{OWN}.1", "StudyInstanceUID": f"{OWN}.5"},
            {"PatientID": "77", "SOPInstanceUID": f"{OWN}.2", "StudyInstanceUID": f"{OWN}.5"},
        )
    )
    assert first.StudyInstanceUID == second.StudyInstanceUID == KEY.uid(f"{OWN}.5")
    assert first.SOPInstanceUID != second.SOPInstanceUID
    assert first.file_meta.MediaStorageSOPInstanceUID == first.SOPInstanceUID
    assert first.PatientID == second.PatientID
    assert first.PatientID not in ("ANON-77", "77")
    assert Pseudonyms(key=b"x" * 32).uid(f"{OWN}.5") != first.StudyInstanceUID
    assert str(first.SOPClassUID).startswith("1.2.840.10008.")
    assert len(str(first.SOPInstanceUID)) <= 64


def test_r46_real_files_leave_without_the_names_they_came_with() -> None:
    looked, every = 0, tries(9, 1)
    for path in real_files()[::every]:
        try:
            with path.open("rb") as stream:
                dataset = read_whole(stream)
            telling = [str(dataset.get(keyword, "")) for keyword in NAMES]
            content = without_identity(dataset, KEY)
        except InputError:
            continue  # damaged on purpose
        left = {
            str(one.value) for one in dcmread(BytesIO(content), stop_before_pixels=True).iterall()
        }
        assert left.isdisjoint(one for one in telling if len(one) > 4), path.name
        looked += 1
    assert looked
    figure("R46", f"{looked} real files: no name, number or date of theirs left")
