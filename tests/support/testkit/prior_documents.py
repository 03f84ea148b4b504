"""Other systems' reports: our own exports, a tree made by highdicom, PDFs good and bad."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import typst
from highdicom.sr import (
    CodeContentItem,
    ComprehensiveSR,
    ContainerContentItem,
    ContentSequence,
    ImageContentItem,
    NumContentItem,
    PnameContentItem,
    TextContentItem,
)
from highdicom.sr.coding import CodedConcept
from pydicom import dcmread
from pydicom.uid import generate_uid

from engine.documents.dicom.encapsulated_pdf import encapsulated_pdf
from engine.documents.dicom.measurements import MeasuredFilm, measurement_report
from engine.documents.dicom.reference import ReportObject, as_file, film_references
from engine.documents.dicom.structured_report import structured_report
from engine.domain.annotation_kind import AnnotationKind
from engine.domain.report import Report
from testkit.presentation_states import annotations_on
from testkit.report_documents import image_ref, pixel_image, report_of, signed, study_of

PATIENT = {"PatientID": "T-1", "PatientName": "Test^Ada", "PatientBirthDate": "19600102"}
"""The default patient of `dicom_files.film`."""


def write_document(path: Path, content: bytes, **elements: Any) -> Path:
    """Write a document of `PATIENT` dated 3 February 2020; `elements` replace, None removes."""
    dataset = dcmread(BytesIO(content))
    fresh = {"SOPInstanceUID": generate_uid(), "StudyInstanceUID": generate_uid()}
    for keyword, value in {"StudyDate": "20200203", **PATIENT, **fresh, **elements}.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(as_file(dataset))
    return path


def own_report(report: Report | None = None) -> bytes:
    """A signed report as this program exports it."""
    made = report or signed(report_of("The lungs are clear.", "There is no effusion."))
    return structured_report(ReportObject(report=made, study=study_of(), software="0.1.0"))


def own_measurements() -> bytes:
    """A length and an angle as this program exports them, in the way that everybody does."""
    film = MeasuredFilm(
        image=image_ref(),
        pixels=pixel_image(),
        spacing=None,
        annotations=annotations_on(image_ref(), AnnotationKind.LENGTH, AnnotationKind.ANGLE),
    )
    report = signed(report_of("Clear."))
    return measurement_report(ReportObject(report=report, study=study_of()), [film])


def own_pdf(pdf: bytes | None = None) -> bytes:
    """A report's PDF inside a DICOM object, as this program exports it."""
    source = ReportObject(report=signed(report_of("Clear.")), study=study_of(), software="0.1.0")
    return encapsulated_pdf(source, printed("Clear lungs.") if pdf is None else pdf)


def foreign_report() -> bytes:
    """A partial report with nested sections, a code, a number, a name and an image reference."""
    film = film_references(study_of())[0]
    items = ContentSequence()
    items.append(
        PnameContentItem(
            name=_dcm("121008", "Person Observer Name"),
            value="Doe^Jo",
            relationship_type="HAS OBS CONTEXT",
        )
    )
    items.append(_findings(film.SOPInstanceUID))
    empty = ContainerContentItem(name=_dcm("121072", "Impressions"), relationship_type="CONTAINS")
    empty.ContentSequence = ContentSequence()
    items.append(empty)
    root = ContainerContentItem(
        name=CodedConcept("18782-3", "LN", "X-Ray Report"), template_id="2000"
    )
    root.ContentSequence = items
    made = ComprehensiveSR(
        evidence=[film],
        content=root,
        series_instance_uid=generate_uid(),
        series_number=1,
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer="Elsewhere",
        is_complete=False,
        is_verified=False,
    )
    return as_file(made)


def printed(*pages: str) -> bytes:
    """A PDF with one page for each text."""
    return bytes(typst.compile("\n#pagebreak()\n".join(pages).encode(), format="pdf"))


def hostile_pdfs() -> dict[str, bytes]:
    """PDFs that must give an error message or a picture of bearable size, and nothing else."""
    whole = printed("Clear lungs.")
    return {
        "nothing": b"",
        "web page": b"<html>%PDF</html>",
        "head only": b"%PDF-1.7\n%%EOF",
        "cut": whole[: len(whole) // 2],
        "locked": _changed(whole, lambda _pdf: None, password="secret"),
        "no pages": _changed(whole, lambda pdf: pdf.pages.__delitem__(0)),
        "endless page": _changed(whole, lambda pdf: _box(pdf, [0, 0, 1, 10_000_000])),
        "no size": _changed(whole, lambda pdf: _box(pdf, [0, 0, 0, 0])),
        "runs code": _changed(whole, _run_code),
        "page in itself": _changed(whole, _form_in_itself),
    }


def _findings(film: str) -> ContainerContentItem:
    below = ContentSequence()
    below.append(_text("One nodule\nin the right upper lobe.\u202e"))
    below.append(
        CodeContentItem(
            name=_dcm("121071", "Finding"),
            value=CodedConcept("36118008", "SCT", "Pneumothorax"),
            relationship_type="CONTAINS",
        )
    )
    below.append(_nodule(film))
    findings = ContainerContentItem(name=_dcm("121070", "Findings"), relationship_type="CONTAINS")
    findings.ContentSequence = below
    return findings


def _nodule(film: str) -> ContainerContentItem:
    inner = ContentSequence()
    inner.append(
        NumContentItem(
            name=_dcm("121206", "Distance"),
            value=14.5,
            unit=CodedConcept("mm", "UCUM", "millimeter"),
            relationship_type="CONTAINS",
        )
    )
    inner.append(
        ImageContentItem(
            name=_dcm("121080", "Best illustration of finding"),
            referenced_sop_class_uid=image_ref().sop_class,
            referenced_sop_instance_uid=film,
            relationship_type="CONTAINS",
        )
    )
    nodule = ContainerContentItem(name=_dcm("M-03010", "Nodule"), relationship_type="CONTAINS")
    nodule.ContentSequence = inner
    return nodule


def _text(words: str) -> TextContentItem:
    return TextContentItem(
        name=_dcm("121071", "Finding"), value=words, relationship_type="CONTAINS"
    )


def _dcm(value: str, meaning: str) -> CodedConcept:
    return CodedConcept(value, "DCM", meaning)


def _changed(pdf: bytes, change: Any, *, password: str = "") -> bytes:
    made = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as opened:
        change(opened)
        locked = pikepdf.Encryption(owner=password, user=password) if password else False
        opened.save(made, encryption=locked)
    return made.getvalue()


def _box(pdf: pikepdf.Pdf, box: list[int]) -> None:
    pdf.pages[0].obj["/MediaBox"] = pikepdf.Array(box)


def _run_code(pdf: pikepdf.Pdf) -> None:
    script = "app.launchURL('http://example.invalid'); while (true) {}"
    action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=script)
    pdf.Root["/OpenAction"] = action
    pdf.pages[0].obj["/AA"] = pikepdf.Dictionary(O=action)


def _form_in_itself(pdf: pikepdf.Pdf) -> None:
    form = pdf.make_stream(b"/Self Do", Type=pikepdf.Name.XObject)
    form.Subtype, form.BBox = pikepdf.Name.Form, pikepdf.Array([0, 0, 100, 100])
    form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Self=form))
    page = pdf.pages[0].obj
    page["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Self=form))
    page["/Contents"] = pdf.make_stream(b"/Self Do")
