"""A report as Basic Text, Enhanced or Comprehensive SR after TID 2000 (PS3.16).

The flags give the report's status: PARTIAL and UNVERIFIED for a draft, COMPLETE and UNVERIFIED for
a preliminary report, COMPLETE and VERIFIED with observer and time for a final one.
"""

from __future__ import annotations

from highdicom.sr import (
    CodeContentItem,
    ComprehensiveSR,
    ContainerContentItem,
    ContentSequence,
    EnhancedSR,
    PnameContentItem,
    TextContentItem,
)
from highdicom.sr.coding import CodedConcept
from pydicom import Dataset
from pydicom.uid import BasicTextSRStorage, ComprehensiveSRStorage, EnhancedSRStorage

import engine.documents.dicom.standard_tables  # noqa: F401 - makes highdicom read less
from engine.documents.characters import visible
from engine.documents.dicom.reference import (
    ReportObject,
    StructuredReportClass,
    as_file,
    date_time,
    described,
    film_references,
    names_as_they_came,
    person,
    set_times,
)
from engine.domain.report import Section
from engine.domain.rows import finished
from engine.domain.signature import Signature
from engine.errors import ReportStateError

_SECTIONS = {
    # Heading of the section (CID 7001), and the concept name of its text (CID 7002).
    Section.INDICATION: (
        ("121109", "Indications for Procedure"),
        ("121109", "Indications for Procedure"),
    ),
    Section.TECHNIQUE: (
        ("121064", "Current Procedure Descriptions"),
        ("121065", "Procedure Description"),
    ),
    Section.COMPARISON: (("121068", "Previous Findings"), ("121071", "Finding")),
    Section.FINDINGS: (("121070", "Findings"), ("121071", "Finding")),
    Section.IMPRESSION: (("121072", "Impressions"), ("121073", "Impression")),
}
_ADDENDUM = (("55107-7", "Addendum Document"), ("121071", "Finding"))
_STORAGE = {
    StructuredReportClass.BASIC_TEXT: BasicTextSRStorage,
    StructuredReportClass.ENHANCED: EnhancedSRStorage,
    StructuredReportClass.COMPREHENSIVE: ComprehensiveSRStorage,
}
_NO_ORGANISATION = "Organisation not given"


def structured_report(
    source: ReportObject, kind: StructuredReportClass = StructuredReportClass.ENHANCED
) -> bytes:
    """The report as a DICOM file.

    The tree consists only of containers, text, codes and names, which all three classes allow, so
    that an archive that accepts only Basic Text SR gets the same words.

    Args:
        source: What it is made from.
        kind: Storage class of the object.

    Raises:
        ReportStateError: The report was withdrawn: its objects must be rejected, not exported
            again.
    """
    report = source.report
    if report.withdrawal is not None:
        raise ReportStateError("A withdrawn report is not exported as structured report.")
    signer = _last_signature(source)
    make = ComprehensiveSR if kind is StructuredReportClass.COMPREHENSIVE else EnhancedSR
    with names_as_they_came():
        made = make(
            evidence=film_references(source.study),
            content=_content(source, signer),
            series_instance_uid=source.uid("sr series"),
            series_number=9001,
            sop_instance_uid=source.uid(_purpose(kind)),
            instance_number=max(1, report.revision),
            is_complete=source.is_complete,
            is_final=source.is_verified,
            is_verified=source.is_verified,
            verifying_observer_name=person(signer.signer) if signer is not None else None,
            verifying_organization=source.institution or _NO_ORGANISATION,
            **source.equipment,
        )
    if kind is StructuredReportClass.BASIC_TEXT:
        # The library has no class for it; the modules are those of Enhanced SR (PS3.3 A.35.1).
        made.SOPClassUID = BasicTextSRStorage
    _set_times(made, source, signer)
    return as_file(made)


def sr_identity(source: ReportObject, kind: StructuredReportClass) -> Dataset:
    """Patient, study and identifiers of the object."""
    series = source.uid("sr series")
    return described(source.study, _STORAGE[kind], source.uid(_purpose(kind)), series)


def _purpose(kind: StructuredReportClass) -> str:
    """Objects of different classes made from one revision are different objects."""
    return "sr" if kind is StructuredReportClass.ENHANCED else f"sr {kind.value}"


def _set_times(made: Dataset, source: ReportObject, signer: Signature | None) -> None:
    set_times(made, source.report.updated)
    if source.is_verified and signer is not None:
        made.VerifyingObserverSequence[0].VerificationDateTime = date_time(signer.signed_at)


def _last_signature(source: ReportObject) -> Signature | None:
    report = source.report
    return report.addenda[-1].signature if report.addenda else report.signature


def _content(source: ReportObject, signer: Signature | None) -> ContainerContentItem:
    report = source.report
    root = ContainerContentItem(
        name=CodedConcept("18748-4", "LN", "Diagnostic imaging report"), template_id="2000"
    )
    items = ContentSequence()
    items.append(
        CodeContentItem(
            name=_dcm("121049", "Language of Content Item and Descendants"),
            value=CodedConcept("en", "RFC5646", "English"),
            relationship_type="HAS CONCEPT MOD",
        )
    )
    observer = signer.signer if signer is not None else report.author
    items.append(
        CodeContentItem(
            name=_dcm("121005", "Observer Type"),
            value=_dcm("121006", "Person"),
            relationship_type="HAS OBS CONTEXT",
        )
    )
    items.append(
        PnameContentItem(
            name=_dcm("121008", "Person Observer Name"),
            value=person(observer),
            relationship_type="HAS OBS CONTEXT",
        )
    )
    for section, (heading, name) in _SECTIONS.items():
        texts = [visible(finished(sentence.text)) for sentence in report.kept(section)]
        if texts:
            items.append(_section(_dcm(*heading), _dcm(*name), texts))
    for addendum in report.addenda:
        heading = CodedConcept(_ADDENDUM[0][0], "LN", _ADDENDUM[0][1])
        items.append(_section(heading, _dcm(*_ADDENDUM[1]), [visible(finished(addendum.text))]))
    root.ContentSequence = items
    return root


def _section(heading: CodedConcept, name: CodedConcept, texts: list[str]) -> ContainerContentItem:
    section = ContainerContentItem(name=heading, relationship_type="CONTAINS")
    items = ContentSequence()
    for text in texts:
        items.append(TextContentItem(name=name, value=text, relationship_type="CONTAINS"))
    section.ContentSequence = items
    return section


def _dcm(value: str, meaning: str) -> CodedConcept:
    return CodedConcept(value, "DCM", meaning)
