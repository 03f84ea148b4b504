"""The demo studies that ship: valid DX files, the films' own pixels, small enough."""

from __future__ import annotations

import importlib.util
import os
import sys
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import gdcm
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.uid import (
    DigitalXRayImageStorageForPresentation,
    JPEG2000Lossless,
    JPEGLosslessSV1,
)

ROOT = Path(__file__).resolve().parents[2]
DEMO = Path(str(files("resources") / "demo"))
FILMS = Path(os.environ.get("NEGATOSCOPE_DATA", ROOT.parent / "shared" / "data")) / "demo_films"

# DICOM PS3.3 A.26.3 and the modules it calls for.
TYPE_1 = (
    "SOPClassUID SOPInstanceUID StudyInstanceUID SeriesInstanceUID Modality "
    "PresentationIntentType ImageType InstanceNumber ImageLaterality SamplesPerPixel "
    "PhotometricInterpretation Rows Columns BitsAllocated BitsStored HighBit "
    "PixelRepresentation PixelIntensityRelationship PixelIntensityRelationshipSign "
    "RescaleIntercept RescaleSlope RescaleType PresentationLUTShape LossyImageCompression "
    "BurnedInAnnotation ImagerPixelSpacing ViewCodeSequence WindowCenter WindowWidth"
)
TYPE_2 = (
    "PatientName PatientID PatientBirthDate PatientSex StudyDate StudyTime StudyID "
    "AccessionNumber ReferringPhysicianName SeriesNumber Manufacturer PatientOrientation "
    "AnatomicRegionSequence DetectorType PositionerType AcquisitionContextSequence"
)


def script() -> ModuleType:
    """The script as a module: `installer` is no package."""
    spec = importlib.util.spec_from_file_location(
        "demo_studies", ROOT / "installer" / "demo_studies.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["demo_studies"] = module
    spec.loader.exec_module(module)
    return module


demo_studies = script()
NAMES = [film.file for film in demo_studies.FILMS]


def pixels(path: Path) -> NDArray[np.uint16]:
    """Stored samples by gdcm, which none of the encoders but one shares."""
    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    assert reader.Read()
    image = reader.GetImage()
    columns, rows = image.GetDimension(0), image.GetDimension(1)
    raw = image.GetBuffer().encode("utf-8", errors="surrogateescape")
    return np.frombuffer(raw, "<u2").reshape(rows, columns)


@pytest.fixture(params=NAMES)
def film_file(request: pytest.FixtureRequest) -> FileDataset:
    return dcmread(DEMO / request.param)


def test_the_folder_holds_just_the_demo_films_and_their_attribution() -> None:
    found = {path.name for path in DEMO.iterdir()}
    assert found == {*NAMES, "ATTRIBUTION.txt"}
    assert sum(path.stat().st_size for path in DEMO.iterdir()) < 25_000_000


def test_required_attributes_are_there(film_file: FileDataset) -> None:
    assert film_file.SOPClassUID == DigitalXRayImageStorageForPresentation
    assert [name for name in TYPE_1.split() if film_file.get(name) in (None, "")] == []
    assert [name for name in TYPE_2.split() if name not in film_file] == []
    assert film_file.SOPInstanceUID.startswith("2.25.")
    assert film_file.SOPInstanceUID == film_file.file_meta.MediaStorageSOPInstanceUID
    assert list(film_file.PatientOrientation) == ["L", "F"]
    assert "nominal" in film_file.ImageComments
    assert "Film: " in film_file.ImageComments


def test_monochrome1_is_declared_whole(film_file: FileDataset) -> None:
    is_low_bright = film_file.PhotometricInterpretation == "MONOCHROME1"
    assert film_file.PresentationLUTShape == ("INVERSE" if is_low_bright else "IDENTITY")
    assert film_file.PixelIntensityRelationshipSign == (1 if is_low_bright else -1)


def test_lossy_history_is_declared(film_file: FileDataset) -> None:
    came_as_jpeg = ".jpg" in film_file.ImageComments
    assert film_file.LossyImageCompression == ("01" if came_as_jpeg else "00")
    assert ("LossyImageCompressionRatio" in film_file) == came_as_jpeg


def test_the_set_shows_what_real_archives_hold() -> None:
    films = [dcmread(DEMO / name, stop_before_pixels=True) for name in NAMES]
    syntaxes = {film.file_meta.TransferSyntaxUID for film in films}
    assert {JPEG2000Lossless, JPEGLosslessSV1} < syntaxes
    assert {film.BitsStored for film in films} == {12, 16}
    assert "MONOCHROME1" in {film.PhotometricInterpretation for film in films}
    assert {film.ViewPosition for film in films} == {"PA", "AP"}
    three_days = [film for film in films if film.PatientID == "DEMO-0001"]
    assert len({film.StudyDate for film in three_days}) == 3
    assert len({film.StudyInstanceUID for film in films}) == len(films)


def test_a_study_without_a_finding_has_a_prior_without_one_in_the_same_view() -> None:
    normal = [film for film in demo_studies.FILMS if film.label == "No Finding"]
    assert len(normal) == 2
    assert len({(film.patient, film.view) for film in normal}) == 1
    assert len({film.taken for film in normal}) == 2


@pytest.mark.parametrize("film", demo_studies.FILMS, ids=NAMES)
def test_pixels_are_the_films_own(film: object) -> None:
    assert isinstance(film, demo_studies.DemoFilm)
    if not FILMS.is_dir():
        pytest.skip(f"the published films are not in {FILMS}")
    stored = pixels(DEMO / film.file)
    grey = demo_studies.source_grey(FILMS / film.source)
    most = 2**film.bits - 1
    bright = most - stored if film.monochrome1 else stored
    assert int(bright.max()) <= most
    np.testing.assert_array_equal(np.round(bright * (255 / most) + 0.25).astype(int), grey)


def test_the_window_shows_the_lungs_and_not_a_blank(film_file: FileDataset) -> None:
    samples = pixels(Path(film_file.filename))
    low = film_file.WindowCenter - film_file.WindowWidth / 2
    high = film_file.WindowCenter + film_file.WindowWidth / 2
    inside = np.mean((samples >= low - 1) & (samples <= high + 1))
    assert 0.97 < inside <= 1


@pytest.mark.slow
def test_the_script_writes_the_same_bytes_again(tmp_path: Path) -> None:
    if not FILMS.is_dir():
        pytest.skip(f"the published films are not in {FILMS}")
    assert demo_studies.main(["--films", str(FILMS), "--out", str(tmp_path)]) == 0
    for path in DEMO.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name
