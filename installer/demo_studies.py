"""Build the demo studies in `resources/demo` from published films.

Run by a developer when a film or a header changes, never at install:
``python installer/demo_studies.py --films DIR --out resources/demo``. The same films give the same
bytes. Every file is a DX Image Storage - For Presentation object (DICOM PS3.3 A.26) with each
Type 1 attribute filled and each Type 2 attribute present. Nobody in them exists: names, numbers
and dates are invented, and the comments of each file say so.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import gdcm  # type: ignore[import-untyped] # SWIG module without stubs
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.uid import (
    UID,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

SEED = "negatoscope demo studies 1"
DETECTOR_SIDE_MM = 430.0
HANNOVER = "hannover"
NIH = "nih"

CREDIT = {
    HANNOVER: (
        "Film: Winther HB, Laser H, Gerbel S, Maschke SK, Hinrichs JB, Vogel-Claussen J, "
        "Wacker FK, Höper MM, Meyer BC: COVID-19 Image Repository, Institute for Diagnostic and "
        "Interventional Radiology, Hannover Medical School, Germany, "
        "doi:10.6084/m9.figshare.12275009, CC BY 3.0 "
        "(https://creativecommons.org/licenses/by/3.0/), "
        "https://github.com/ml-workgroup/covid-19-image-repository, collected in the "
        "covid-chestxray-dataset (Cohen et al. 2020)."
    ),
    NIH: (
        "Film: NIH Clinical Center, ChestX-ray14, "
        "https://nihcc.app.box.com/v/ChestXray-NIHCC, free use with citation: Wang X, Peng Y, "
        "Lu L, Lu Z, Bagheri M, Summers RM: ChestX-ray8: Hospital-scale Chest X-ray Database and "
        "Benchmarks on Weakly-Supervised Classification and Localization of Common Thorax "
        "Diseases, CVPR 2017."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPatient:
    """An invented person; `birth_date` as YYYYMMDD."""

    patient_id: str
    name: str
    birth_date: str
    sex: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoFilm:
    """One film and how its file is made.

    Attributes:
        source: File name in the folder of films.
        label: What the source says about the film, in its words.
        view: View Position (0018,5101), "PA" or "AP".
        taken: Study date and time, YYYYMMDD and HHMMSS.
        bits: Bits Stored; the 8-bit grey values are spread over their whole range.
    """

    file: str
    source: str
    origin: str
    label: str
    patient: DemoPatient
    accession: str
    view: str
    description: str
    taken: tuple[str, str]
    bits: int
    syntax: UID
    monochrome1: bool = False


NUNEZ = DemoPatient(
    patient_id="DEMO-0001", name="Núñez-Åberg^Matías", birth_date="19610409", sex="M"
)
SATO = DemoPatient(
    patient_id="DEMO-0002",
    name="Sato^Haruto=佐藤^陽翔=さとう^はると",
    birth_date="19631122",
    sex="M",
)
KOWALCZYK = DemoPatient(
    patient_id="DEMO-0003", name="Kowalczyk^Żaneta", birth_date="19680703", sex="F"
)
OSEI = DemoPatient(patient_id="DEMO-0004", name="Osei^Abena", birth_date="19801014", sex="F")
BERGSTROM = DemoPatient(
    patient_id="DEMO-0005", name="Bergström^Elin", birth_date="19770825", sex="F"
)

FILMS = (
    DemoFilm(
        file="nunez-2026-03-18.dcm",
        source="5782ae15.jpg",
        origin=HANNOVER,
        label="COVID-19, day 16",
        patient=NUNEZ,
        accession="DEMO-A-1003",
        view="PA",
        description="Chest PA, follow-up",
        taken=("20260318", "101500"),
        bits=12,
        syntax=ExplicitVRLittleEndian,
    ),
    DemoFilm(
        file="nunez-2026-03-04.dcm",
        source="b39f5cf9.jpg",
        origin=HANNOVER,
        label="COVID-19, day 2",
        patient=NUNEZ,
        accession="DEMO-A-1002",
        view="AP",
        description="Chest AP supine, bedside",
        taken=("20260304", "054000"),
        bits=12,
        syntax=JPEGLosslessSV1,
    ),
    DemoFilm(
        file="nunez-2026-03-02.dcm",
        source="0a7faa2a.jpg",
        origin=HANNOVER,
        label="COVID-19, day 0",
        patient=NUNEZ,
        accession="DEMO-A-1001",
        view="PA",
        description="Chest PA",
        taken=("20260302", "172200"),
        bits=12,
        syntax=JPEG2000Lossless,
    ),
    DemoFilm(
        file="sato-2026-03-16.dcm",
        source="00000591_004.png",
        origin=NIH,
        label="Effusion, Infiltration, Pleural_Thickening, Pneumonia",
        patient=SATO,
        accession="DEMO-A-2001",
        view="PA",
        description="Chest PA",
        taken=("20260316", "091000"),
        bits=16,
        syntax=ExplicitVRLittleEndian,
        monochrome1=True,
    ),
    DemoFilm(
        file="kowalczyk-2026-03-17.dcm",
        source="00000710_003.png",
        origin=NIH,
        label="Fibrosis, Pneumonia",
        patient=KOWALCZYK,
        accession="DEMO-A-3001",
        view="PA",
        description="Chest PA",
        taken=("20260317", "143000"),
        bits=12,
        syntax=RLELossless,
    ),
    DemoFilm(
        file="osei-2026-03-18.dcm",
        source="00000772_002.png",
        origin=NIH,
        label="Nodule, Pneumonia",
        patient=OSEI,
        accession="DEMO-A-4001",
        view="PA",
        description="Chest PA",
        taken=("20260318", "083500"),
        bits=12,
        syntax=JPEGLSLossless,
    ),
    DemoFilm(
        file="bergstrom-2026-03-17.dcm",
        source="00002678_006.png",
        origin=NIH,
        label="No Finding",
        patient=BERGSTROM,
        accession="DEMO-A-5002",
        view="PA",
        description="Chest PA",
        taken=("20260317", "081000"),
        bits=12,
        syntax=JPEGLSLossless,
    ),
    DemoFilm(
        file="bergstrom-2025-02-20.dcm",
        source="00002678_004.png",
        origin=NIH,
        label="No Finding",
        patient=BERGSTROM,
        accession="DEMO-A-5001",
        view="PA",
        description="Chest PA",
        taken=("20250220", "133000"),
        bits=12,
        syntax=JPEGLSLossless,
    ),
)


def main(arguments: list[str] | None = None) -> int:
    """Write every demo file and the attribution; prints one line per file."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--films", type=Path, required=True, help="folder of the published films")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    for film in FILMS:
        path = options.out / film.file
        write_film(film, options.films / film.source, path)
        sys.stdout.write(f"{path.name}  {path.stat().st_size:>9,} bytes  {film.syntax.name}\n")
    (options.out / "ATTRIBUTION.txt").write_text(attribution(options.films), encoding="utf-8")
    return 0


def write_film(film: DemoFilm, source: Path, to: Path) -> None:
    """Make one DICOM file of a grey JPEG or PNG film."""
    grey = source_grey(source)
    samples = stored_samples(grey, bits=film.bits, monochrome1=film.monochrome1)
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.ImplementationClassUID = uid("implementation")
    dataset.file_meta.ImplementationVersionName = "NEGATOSCOPE_DEMO"
    _put_patient_and_study(dataset, film)
    _put_equipment_and_series(dataset, film)
    _put_image(dataset, film)
    _put_pixels(dataset, film, samples)
    _put_display(dataset, grey, film)
    _put_origin(dataset, film, grey.size / source.stat().st_size)
    _compress(dataset, samples, film.syntax)
    dataset.save_as(to, enforce_file_format=True)


def source_grey(path: Path) -> NDArray[np.uint8]:
    """The film's 8-bit grey values, `(rows, columns)`; bone is bright."""
    with Image.open(path) as image:
        return np.asarray(image.convert("L"))


def stored_samples(grey: NDArray[np.uint8], *, bits: int, monochrome1: bool) -> NDArray[np.uint16]:
    """Spread 8-bit grey values over `bits` bits, without noise; inverted for MONOCHROME1."""
    most = (1 << bits) - 1
    spread = (grey.astype(np.uint32) * most // 255).astype(np.uint16)
    return (most - spread).astype(np.uint16) if monochrome1 else spread


def uid(*parts: str) -> UID:
    """A UID that depends on the parts alone, under the root for UUIDs (DICOM PS3.5 B.2)."""
    return UID(f"2.25.{uuid5(NAMESPACE_URL, '/'.join((SEED, *parts))).int}")


def _put_patient_and_study(dataset: Dataset, film: DemoFilm) -> None:
    date, time = film.taken
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PatientName = film.patient.name
    dataset.PatientID = film.patient.patient_id
    dataset.IssuerOfPatientID = "NEGATOSCOPE DEMO"
    dataset.PatientBirthDate = film.patient.birth_date
    dataset.PatientSex = film.patient.sex
    dataset.PatientAge = f"{(int(date) - int(film.patient.birth_date)) // 10000:03d}Y"
    dataset.PatientComments = "Invented person; demonstration only, never for patient care."
    dataset.StudyInstanceUID = uid(film.accession, "study")
    dataset.StudyID = film.accession[-4:]
    dataset.AccessionNumber = film.accession
    dataset.StudyDate, dataset.StudyTime = date, time
    dataset.StudyDescription = film.description
    dataset.ReferringPhysicianName = "Demo^Referrer"


def _put_equipment_and_series(dataset: Dataset, film: DemoFilm) -> None:
    dataset.Modality = "DX"
    dataset.SeriesInstanceUID = uid(film.accession, "series")
    dataset.SeriesNumber = 1
    dataset.SeriesDate, dataset.SeriesTime = film.taken
    dataset.SeriesDescription = f"Chest {film.view}"
    dataset.ProtocolName = f"CHEST {film.view}"
    dataset.PresentationIntentType = "FOR PRESENTATION"
    dataset.BodyPartExamined = "CHEST"
    dataset.Manufacturer = "Negatoscope demo"
    dataset.ManufacturerModelName = "demo_studies.py"
    dataset.InstitutionName = "Negatoscope demo"
    dataset.DetectorType = None
    dataset.PositionerType = None


def _put_image(dataset: Dataset, film: DemoFilm) -> None:
    dataset.SOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.SOPInstanceUID = uid(film.accession, "image")
    dataset.ImageType = ["DERIVED", "PRIMARY"]
    dataset.InstanceNumber = 1
    dataset.AcquisitionDate, dataset.AcquisitionTime = film.taken
    dataset.ContentDate, dataset.ContentTime = film.taken
    dataset.PatientOrientation = ["L", "F"]
    dataset.ImageLaterality = "U"
    dataset.ViewPosition = film.view
    dataset.AnatomicRegionSequence = Sequence([_code(codes.SCT.Chest)])
    is_pa = film.view == "PA"
    view = codes.SCT.PosteroAnterior if is_pa else codes.SCT.AnteroPosterior
    dataset.ViewCodeSequence = Sequence([_code(view)])
    if not is_pa:
        recumbent = _code(codes.SCT.Recumbent)
        recumbent.PatientOrientationModifierCodeSequence = Sequence([_code(codes.SCT.Supine)])
        dataset.PatientOrientationCodeSequence = Sequence([recumbent])
    dataset.AcquisitionContextSequence = Sequence()


def _put_pixels(dataset: Dataset, film: DemoFilm, samples: NDArray[np.uint16]) -> None:
    rows, columns = samples.shape
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME1" if film.monochrome1 else "MONOCHROME2"
    dataset.Rows, dataset.Columns = rows, columns
    dataset.BitsAllocated = 16
    dataset.BitsStored = film.bits
    dataset.HighBit = film.bits - 1
    dataset.PixelRepresentation = 0
    spacing = f"{DETECTOR_SIDE_MM / columns:.6f}".rstrip("0")
    dataset.ImagerPixelSpacing = [spacing, spacing]
    dataset.PixelData = samples.astype("<u2").tobytes()
    dataset["PixelData"].VR = "OW"


def _put_display(dataset: Dataset, grey: NDArray[np.uint8], film: DemoFilm) -> None:
    """DX Image and VOI LUT modules; the window spans the 0.5th to the 99.5th percentile."""
    samples = stored_samples(grey, bits=film.bits, monochrome1=film.monochrome1)
    low, high = np.percentile(samples, (0.5, 99.5), method="nearest").astype(int)
    dataset.PixelIntensityRelationship = "LOG"
    dataset.PixelIntensityRelationshipSign = 1 if film.monochrome1 else -1
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = 0, 1, "US"
    dataset.PresentationLUTShape = "INVERSE" if film.monochrome1 else "IDENTITY"
    dataset.WindowCenter = int(low + high + 1) // 2
    dataset.WindowWidth = int(high - low + 1)
    dataset.WindowCenterWidthExplanation = "NORMAL"
    dataset.BurnedInAnnotation = "NO"


def _put_origin(dataset: Dataset, film: DemoFilm, compression: float) -> None:
    was_jpeg = film.source.endswith(".jpg")
    dataset.LossyImageCompression = "01" if was_jpeg else "00"
    if was_jpeg:
        dataset.LossyImageCompressionMethod = "ISO_10918_1"
        dataset.LossyImageCompressionRatio = f"{compression:.1f}"
    dataset.DerivationDescription = (
        f"8-bit grey values of a published film spread over {film.bits} bits; no noise added"
        + ("; turned over for MONOCHROME1" if film.monochrome1 else "")
    )
    dataset.ImageComments = "\n".join(
        (
            CREDIT[film.origin],
            f"Source file {film.source}; the source says: {film.label}.",
            f"Changed: samples scaled from 8 to {film.bits} bits, DICOM header added.",
            "Name, number and dates are invented. Demonstration only.",
            "Imager Pixel Spacing is nominal (43 cm detector side), not measured.",
        )
    )


def _compress(dataset: Dataset, samples: NDArray[np.uint16], syntax: UID) -> None:
    """Compress without loss. The UIDs stay, because the samples do."""
    if syntax == JPEGLosslessSV1:
        _compress_jpeg_lossless(dataset)
    elif syntax != ExplicitVRLittleEndian:
        dataset.compress(syntax, samples, generate_instance_uid=False)


def _compress_jpeg_lossless(dataset: Dataset) -> None:
    """JPEG lossless with selection value 1, by gdcm: other encoders write other values."""
    with tempfile.TemporaryDirectory() as folder:
        native, packed = Path(folder, "native.dcm"), Path(folder, "packed.dcm")
        dataset.save_as(native, enforce_file_format=True)
        reader = gdcm.ImageReader()
        reader.SetFileName(str(native))
        change = gdcm.ImageChangeTransferSyntax()
        change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGLosslessProcess14_1))
        if not reader.Read():
            raise SystemExit("gdcm cannot read the native file")
        change.SetInput(reader.GetImage())
        if not change.Change():
            raise SystemExit("gdcm cannot encode JPEG lossless")
        writer = gdcm.ImageWriter()
        writer.SetFileName(str(packed))
        writer.SetFile(reader.GetFile())
        writer.SetImage(change.GetOutput())
        if not writer.Write():
            raise SystemExit("gdcm cannot write the packed file")
        dataset.PixelData = dcmread(packed).PixelData
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = JPEGLosslessSV1


def _code(code: Code) -> Dataset:
    item = Dataset()
    item.CodeValue = code.value
    item.CodingSchemeDesignator = code.scheme_designator
    item.CodeMeaning = code.meaning
    return item


def attribution(films: Path) -> str:
    """`ATTRIBUTION.txt`: who made the films, under which licence, and what was changed."""
    records = json.loads((films / "index.json").read_text(encoding="utf-8"))
    licences = {record["file"]: record["licence"] for record in records}
    lines = [
        "Demo studies",
        "============",
        "",
        "Real, published chest films in DICOM files made by installer/demo_studies.py. Names,",
        "numbers and dates are invented. For demonstration only, never for patient care.",
        "Changed from the originals: 8-bit grey values spread over 12 or 16 bits, one film",
        "turned over (MONOCHROME1), DICOM headers added. The pixel spacing is nominal (43 cm",
        "detector side). What the sources say of a film was not checked by a radiologist; the",
        "NIH labels were found in reports by text mining.",
        "bergstrom-2026-03-17.dcm and its prior are labelled as without a finding.",
        "",
        *CREDIT.values(),
        "",
    ]
    lines += [
        f"{film.file}: {film.source}; the source says {film.label}; licence: "
        f"{licences[film.source]}"
        for film in FILMS
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
