"""A Rejection Note: which DICOM objects of a withdrawn report must not be used any more.

A Key Object Selection under "Rejected for Patient Safety Reasons" (113037, DCM), as the IHE profile
Imaging Object Change Management has it. An archive that follows the profile hides what it names;
any other shows the note among the study's objects.
"""

from __future__ import annotations

from collections.abc import Sequence

from highdicom.ko import KeyObjectSelection, KeyObjectSelectionDocument
from highdicom.sr.coding import CodedConcept
from pydicom import Dataset

from engine.documents.characters import visible
from engine.documents.dicom.observers import the_person, the_program
from engine.documents.dicom.reference import (
    ReportObject,
    as_file,
    names_as_they_came,
    set_times,
)
from engine.errors import ReportStateError


def rejection_note(source: ReportObject, objects: Sequence[Dataset]) -> bytes:
    """The note as a DICOM file.

    Args:
        source: The withdrawn report.
        objects: Patient, study and identifiers of what was handed out (see `described`).

    Raises:
        ReportStateError: The report stands, or nothing of it was handed out as DICOM object.
    """
    gone = source.report.withdrawal
    if gone is None:
        raise ReportStateError("The report was not withdrawn.")
    if not objects:
        raise ReportStateError("No structured report or PDF of the report was handed out as DICOM.")
    with names_as_they_came():
        made = KeyObjectSelectionDocument(
            evidence=objects,
            content=KeyObjectSelection(
                document_title=CodedConcept("113037", "DCM", "Rejected for Patient Safety Reasons"),
                referenced_objects=objects,
                observer_person_context=the_person([gone.signature.signer]),
                observer_device_context=the_program(source.software),
                description=visible(f"The report was withdrawn: {gone.reason}"),
            ),
            series_instance_uid=source.uid("rejection series"),
            series_number=9006,
            sop_instance_uid=source.uid("rejection"),
            instance_number=1,
            **source.equipment,
        )
    set_times(made, gone.signature.signed_at)
    return as_file(made)
