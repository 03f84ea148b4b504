"""A film's data set without what identifies its patient (DICOM PS3.15 Annex E, Basic Profile).

The profile's table (`confidentiality`) says what becomes of the attributes it names. Beyond it go
all private attributes, attributes that no dictionary knows, overlays and curves, and of what the
table does not name: all about patient, orders, visits and procedures, names of persons, dates and
free text. Pixels are copied as they are:
what is burned into them stays, and so does what a compressed stream says in comments of its own.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from pydicom import Dataset, dcmwrite
from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag

from engine.dicom.confidentiality import EMPTIED, REMOVED, RENAMED, REPLACED
from engine.dicom.header import uid_of
from engine.errors import UnsupportedImageError

_STANDARD_UIDS: Final = "1.2.840.10008."
_DUMMIES: Final = {
    **dict.fromkeys(("SH", "LO", "CS", "AE", "LT", "ST", "UT", "UC"), "REMOVED"),
    "DA": "19000101",
    "TM": "000000",
    "DT": "19000101000000",
}
_TELLING_VRS: Final = frozenset(("PN", "DA", "TM", "DT", "LT", "ST", "UT", "UC", "UR", "UN", "AE"))
# Commands, file meta, DICOMDIR, patient, orders, visits and procedures, results, padding.
_GROUPS_REMOVED: Final = frozenset(
    (0x0000, 0x0002, 0x0004, 0x0010, 0x0032, 0x0038, 0x0040, 0x4008, 0xFFFC)
)
_PROCEDURE: Final = 0x00081032  # Procedure Code Sequence: a house's own words as codes
_METHOD: Final = "Basic Application Confidentiality Profile, PS3.15 2026c"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pseudonyms:
    """Codes in place of identifiers: the same for the same, and not to be turned back.

    Attributes:
        key: Secret bytes.
    """

    key: bytes

    def uid(self, uid: str) -> str:
        """The UID in place of another (PS3.5 B.2: a UUID as one number under 2.25)."""
        return f"2.25.{int.from_bytes(self._digest('uid', uid)[:16], 'big')}"

    def patient(self, patient_id: str, name: str) -> str:
        """The code of a patient, by their id; without one by the name."""
        return self._digest("patient", patient_id or name)[:5].hex().upper()

    def _digest(self, *parts: str) -> bytes:
        return hmac.new(self.key, "\0".join(parts).encode(), hashlib.sha256).digest()


def without_identity(dataset: FileDataset, pseudonyms: Pseudonyms) -> bytes:
    """The film as a DICOM file without its patient's identity.

    Args:
        dataset: As read, with its pixel data; it is changed.
        pseudonyms: Codes for the patient and the UIDs.

    Raises:
        DamagedFileError: The film has no SOP Instance UID.
        UnsupportedImageError: Its transfer syntax is not known to the writer.
    """
    uid_of(dataset, "SOPInstanceUID")
    code = pseudonyms.patient(
        str(dataset.get("PatientID", "") or ""), str(dataset.get("PatientName", "") or "")
    )
    for item in _every_item(dataset):
        _strip(item, pseudonyms)
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PatientName = f"Anonymous^{code}"
    dataset.PatientID = f"ANON-{code}"
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = _METHOD
    dataset.DeidentificationMethodCodeSequence = Sequence([_method_code()])
    dataset.LongitudinalTemporalInformationModified = "REMOVED"
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = dataset.file_meta.TransferSyntaxUID
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta, dataset.preamble = meta, b"\0" * 128
    written = BytesIO()
    try:
        dcmwrite(written, dataset, enforce_file_format=True)
    except ValueError as error:
        raise UnsupportedImageError(
            f"A film in transfer syntax {meta.TransferSyntaxUID} cannot be written again."
        ) from error
    return written.getvalue()


def _every_item(dataset: Dataset) -> Iterator[Dataset]:
    """The data set and the items of its sequences at any depth, outermost first.

    An item's sequences are looked at after the item was stripped: what is gone is not parsed.
    """
    waiting = [dataset]
    while waiting:
        item = waiting.pop()
        yield item
        for element in item:
            if element.VR == "SQ":
                waiting.extend(element.value)


def _strip(item: Dataset, pseudonyms: Pseudonyms) -> None:
    for tag in list(item.keys()):
        if tag.is_private or not dictionary_has_tag(tag):
            del item[tag]
        elif tag in EMPTIED:
            _put(item, tag, _nothing(tag))
        elif tag in REPLACED and dictionary_VR(tag) in _DUMMIES:
            _put(item, tag, _DUMMIES[dictionary_VR(tag)])
        elif _is_removed(item, tag):
            del item[tag]
        elif item[tag].VR == "UI":
            item[tag].value = _renamed(item[tag].value, pseudonyms, always=tag in RENAMED)


def _is_removed(item: Dataset, tag: BaseTag) -> bool:
    if tag in REMOVED or tag in REPLACED or tag == _PROCEDURE:
        return True
    if tag.group in _GROUPS_REMOVED:
        return True
    if tag.group >> 8 in (0x50, 0x60):
        return True  # curves and overlays, whose bits may be letters
    return item[tag].VR in _TELLING_VRS


def _put(item: Dataset, tag: BaseTag, value: Any) -> None:
    vr = dictionary_VR(tag)
    del item[tag]
    item.add_new(tag, vr, value)


def _nothing(tag: BaseTag) -> Any:
    return Sequence() if dictionary_VR(tag) == "SQ" else ""


def _renamed(value: Any, pseudonyms: Pseudonyms, *, always: bool) -> Any:
    if isinstance(value, MultiValue | list):
        return [_renamed(one, pseudonyms, always=always) for one in value]
    uid = str(value or "")
    is_kept = not uid or (uid.startswith(_STANDARD_UIDS) and not always)
    return uid if is_kept else pseudonyms.uid(uid)


def _method_code() -> Dataset:
    code = Dataset()
    code.CodeValue = "113100"
    code.CodingSchemeDesignator = "DCM"
    code.CodeMeaning = "Basic Application Confidentiality Profile"
    return code
