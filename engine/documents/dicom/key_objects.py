"""The key images of a study as a Key Object Selection document (PS3.3 A.35.4, PS3.16 TID 2010).

It says that a reader flagged these films, and no more: the title is "Of Interest", because nobody
said why.
"""

from __future__ import annotations

from collections.abc import Sequence

from highdicom.ko import KeyObjectSelection, KeyObjectSelectionDocument
from highdicom.sr.coding import CodedConcept

from engine.documents.dicom.observers import the_person, the_program
from engine.documents.dicom.reference import (
    ReportObject,
    as_file,
    film_references,
    names_as_they_came,
    set_times,
)
from engine.domain.annotation import KeyImage
from engine.errors import ReportStateError

_DESCRIPTION = "Films that the reader flagged as key images."


def key_object_selection(source: ReportObject, keys: Sequence[KeyImage]) -> bytes:
    """The document as a DICOM file.

    Args:
        source: Report and study.
        keys: Flags of the study's films.

    Raises:
        ReportStateError: The study has no key image.
    """
    flagged = {key.sop_uid for key in keys}
    images = {i.uid_in_file: i for i in source.study.images if i.sop_uid in flagged}
    films = [film for film in film_references(source.study) if film.SOPInstanceUID in images]
    for film in films:
        # By these elements the library tells an image from any other object.
        image = images[film.SOPInstanceUID]
        film.Rows, film.Columns = image.rows, image.columns
    if not films:
        raise ReportStateError("The study has no key image.")
    newest = max(key.created for key in keys)
    # The same flags are the same object, whatever was added to the report since.
    content = f"{sorted(images)} {newest} {source.software} {source.institution}"
    with names_as_they_came():
        made = KeyObjectSelectionDocument(
            evidence=films,
            content=KeyObjectSelection(
                document_title=CodedConcept("113000", "DCM", "Of Interest"),
                referenced_objects=films,
                observer_person_context=the_person(key.author for key in keys),
                observer_device_context=the_program(source.software),
                description=_DESCRIPTION,
            ),
            series_instance_uid=source.lasting_uid("key objects series"),
            series_number=9003,
            sop_instance_uid=source.lasting_uid(f"key objects {content}"),
            instance_number=1,
            **source.equipment,
        )
    set_times(made, newest)
    return as_file(made)
