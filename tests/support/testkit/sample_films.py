"""The matrix of docs/correctness.md: difficult films, each with the values of the standard.

`python -m testkit.sample_films` from the project's root measures all of them and writes the table
and its pictures again.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from openjpeg.utils import encode_array
from PIL import Image
from pydicom.dataset import Dataset, FileDataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from engine.dicom.pixels import pixel_image
from engine.dicom.reader import read_whole
from engine.domain.image import PixelImage
from engine.imaging.window import default_voi, display_table
from testkit.code_streams import framed
from testkit.dicom_files import chest_like, film
from testkit.lossless_jpeg import Options, encode

ROWS, COLUMNS = 96, 80
POINTS = ((20, 12), (48, 40), (80, 66))
Values = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class SampleFilm:
    """One row of the matrix.

    Attributes:
        section: Section of the standard that says what is right.
        make: Makes the file and, for each pixel, the expected value after the Modality LUT,
            computed from what went into the encoder.
        announces: A wrong transfer syntax for the file to declare.
    """

    name: str
    section: str
    make: Callable[[], tuple[FileDataset, Values]]
    announces: str = ""

    def measured(self) -> tuple[PixelImage, Values]:
        """The film, written and then decoded by the product's own code, and the expected values."""
        dataset, wanted = self.make()
        buffer = io.BytesIO()
        dataset.save_as(buffer, enforce_file_format=True)
        content = buffer.getvalue()
        if self.announces:
            own = str(dataset.file_meta.TransferSyntaxUID).encode()
            content = content.replace(own, self.announces.encode().ljust(len(own), b"\0"), 1)
        return pixel_image(read_whole(io.BytesIO(content))), wanted


def values_of(image: PixelImage) -> Values:
    """Values after the Modality LUT."""
    return image.samples * image.slope + image.intercept


def _unsigned(bits: int = 12) -> NDArray[np.uint16]:
    return chest_like(ROWS, COLUMNS, bits=bits)


def _signed() -> NDArray[np.int16]:
    return _unsigned().astype(np.int16) - 1600


def _plain(syntax: str) -> tuple[FileDataset, Values]:
    samples = _unsigned()
    return film(samples, transfer_syntax=syntax), samples.astype(float)


def _lossless(**options: int) -> tuple[FileDataset, Values]:
    samples = _unsigned()
    stream = encode(samples, Options(precision=12, **options))
    transform = options.get("point_transform", 0)
    kept = samples >> transform << transform
    return framed(stream, samples, JPEGLossless), kept.astype(float)


def _jpegls_signed() -> tuple[FileDataset, Values]:
    samples = _signed()
    stream = imagecodecs.jpegls_encode((samples & 0xFFF).astype(np.uint16))
    dataset = framed(bytes(stream), samples, JPEGLSLossless, BitsStored=12, HighBit=11)
    return dataset, samples.astype(float)


def _lossless_signed_with_rescale() -> tuple[FileDataset, Values]:
    samples = _signed()
    stream = encode(samples & 0xFFF, Options(precision=12, predictor=2))
    rescale = {"RescaleSlope": "2", "RescaleIntercept": "-100"}
    dataset = framed(stream, samples, JPEGLossless, BitsStored=12, HighBit=11, **rescale)
    return dataset, samples * 2.0 - 100


def _jpeg2000_signed() -> tuple[FileDataset, Values]:
    samples = _signed()
    stream = encode_array(samples, bits_stored=16, photometric_interpretation=2)
    dataset = framed(stream, samples, JPEG2000Lossless, PixelRepresentation=0)
    return dataset, samples.astype(float)


def _htj2k() -> tuple[FileDataset, Values]:
    samples = _unsigned()
    stream = imagecodecs.htj2k_encode(samples, reversible=True)
    return framed(bytes(stream), samples, HTJ2KLossless), samples.astype(float)


def _spare_bits() -> tuple[FileDataset, Values]:
    samples = _unsigned()
    junk = np.random.default_rng(1).integers(0, 16, samples.shape, np.uint16) << 12
    return film(samples | junk, BitsStored=12, HighBit=11), samples.astype(float)


def _fragments() -> tuple[FileDataset, Values]:
    samples = _unsigned()
    dataset = film(samples, transfer_syntax=JPEGLosslessSV1)
    stream = get_frame(dataset.PixelData, 0, number_of_frames=1)
    dataset.PixelData = encapsulate([stream], fragments_per_frame=3)
    # An offset for each fragment, though there is only one frame.
    table = b"".join(n.to_bytes(4, "little") for n in (0, 40, 80))
    dataset.PixelData = (
        b"\xfe\xff\x00\xe0" + len(table).to_bytes(4, "little") + table + dataset.PixelData[12:]
    )
    return dataset, samples.astype(float)


def _functional_groups() -> tuple[FileDataset, Values]:
    frames = np.stack([_unsigned(), _unsigned()[::-1]])
    transformation, shared = Dataset(), Dataset()
    transformation.RescaleSlope, transformation.RescaleIntercept = "0.5", "-100"
    shared.PixelValueTransformationSequence = [transformation]
    dataset = film(frames, SharedFunctionalGroupsSequence=[shared])
    return dataset, frames[0] * 0.5 - 100


FILMS = (
    SampleFilm(name="RLE", section="PS3.5 G", make=lambda: _plain(RLELossless)),
    SampleFilm(
        name="deflated",
        section="PS3.5 A.5",
        make=lambda: _plain(DeflatedExplicitVRLittleEndian),
    ),
    SampleFilm(name="big endian", section="PS3.5 A.3", make=lambda: _plain(ExplicitVRBigEndian)),
    SampleFilm(
        name="bits above those stored are anything", section="PS3.5 8.1.1", make=_spare_bits
    ),
    SampleFilm(
        name="JPEG lossless, restart every 8 rows",
        section="T.81 E.1.4, H.1.2.1",
        make=lambda: _lossless(predictor=1, restart_rows=8),
    ),
    SampleFilm(
        name="JPEG lossless, restart every row, predictor 4, fill bytes",
        section="T.81 B.1.1.2, H.1.2.1",
        make=lambda: _lossless(predictor=4, restart_rows=1, fill=2),
    ),
    SampleFilm(
        name="JPEG lossless, point transform 2",
        section="T.81 H.1.2.1",
        make=lambda: _lossless(predictor=7, point_transform=2),
    ),
    SampleFilm(
        name="JPEG lossless, signed, with rescale",
        section="PS3.3 C.11.1",
        make=_lossless_signed_with_rescale,
    ),
    SampleFilm(name="JPEG-LS, signed 12 bits", section="PS3.5 8.2.3", make=_jpegls_signed),
    SampleFilm(
        name="JPEG 2000, signed stream under an unsigned header",
        section="PS3.5 8.2.4",
        make=_jpeg2000_signed,
    ),
    SampleFilm(name="HTJ2K", section="T.814", make=_htj2k),
    SampleFilm(
        name="one frame in three fragments with an offset each",
        section="PS3.5 A.4",
        make=_fragments,
    ),
    SampleFilm(
        name="encapsulated, though the transfer syntax is native",
        section="PS3.5 A.4",
        make=lambda: _lossless(predictor=1),
        announces=ExplicitVRLittleEndian,
    ),
    SampleFilm(
        name="multi-frame, rescale in the functional groups",
        section="PS3.3 C.7.6.16.2.9",
        make=_functional_groups,
    ),
)

_START = "<!-- samples: written by `python -m testkit.sample_films` -->\n"
_END = "<!-- samples: end -->\n"


def main() -> None:
    """Write the table of samples into docs/correctness.md, and a picture of each film."""
    page = Path("docs/correctness.md")
    pictures = Path("docs/images/correctness")
    pictures.mkdir(parents=True, exist_ok=True)
    lines = [
        "| film | the standard | asked | shown | wrong pixels | picture |\n",
        "|---|---|---|---|---|---|\n",
    ]
    for number, one in enumerate(FILMS, start=1):
        image, wanted = one.measured()
        ours = values_of(image)
        shown = display_table(image, default_voi(image))[image.samples]
        Image.fromarray(shown).save(pictures / f"samples-{number:02}.png", optimize=True)
        asked, got = (", ".join(f"{v[point]:g}" for point in POINTS) for v in (wanted, ours))
        wrong = int((np.abs(ours - wanted) > 1e-6).sum())
        link = f"![{one.name}](images/correctness/samples-{number:02}.png)"
        lines.append(f"| {one.name} | {one.section} | {asked} | {got} | {wrong} | {link} |\n")
    text = page.read_text("utf-8")
    before, _, rest = text.partition(_START)
    _, _, after = rest.partition(_END)
    page.write_text(before + _START + "".join(lines) + _END + after, "utf-8")


if __name__ == "__main__":
    main()
