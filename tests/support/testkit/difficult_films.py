"""Films that viewers often show wrongly, with the standard's values at three points of each.

One table: `docs/correctness.md` is written from it, and `tests/engine/dicom/test_correctness.py`
checks the program against it. The expected values are worked out by hand from the sections named,
not by the program's own code.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import ExplicitVRBigEndian

from engine.dicom.pixels import pixel_image
from engine.dicom.reader import read_whole
from engine.domain.image import PixelImage
from engine.imaging.window import default_voi, display_table
from testkit.dicom_files import chest_like, film

ROWS, COLUMNS, SIDE = 160, 140, 16
POINTS: Final = ((80, 30), (80, 70), (80, 110))
"""Row and column of the three points: centres of squares of one stored value each."""

Made = Callable[[], FileDataset]
Found = Callable[[PixelImage], tuple[str, ...]]


def greys(image: PixelImage) -> tuple[str, ...]:
    """Greys on the screen at the three points, 0 black to 255 white."""
    shown = display_table(image, default_voi(image))[image.samples]
    return tuple(str(shown[point]) for point in POINTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class DifficultFilm:
    """One row of the table.

    Attributes:
        key: Name of its picture.
        name: What is difficult about the film.
        rule: Section of the standard, and how the values follow from it.
        stored: Stored values at the three points, in words.
        asked: Expected values at the three points.
        make: Makes the film as a data set.
        found: The program's values at the three points; greys on the screen by default.
    """

    key: str
    name: str
    rule: str
    stored: str
    asked: tuple[str, ...]
    make: Made
    found: Found = greys

    def opened(self) -> PixelImage:
        """The film, written and read again."""
        stream = io.BytesIO()
        self.make().save_as(stream, enforce_file_format=True)
        stream.seek(0)
        return pixel_image(read_whole(stream))


def squares(*values: int, kind: Any = np.uint16, top: int = 4095) -> NDArray[Any]:
    """A chest film with three squares of the given stored values."""
    samples = (chest_like(ROWS, COLUMNS).astype(np.int64) * top // 4095).astype(kind)
    for (row, column), value in zip(POINTS, values, strict=True):
        half = SIDE // 2
        samples[row - half : row + half, column - half : column + half] = value
    return samples


def curve(entries: NDArray[Any], bits: int, declared: int | None = None) -> Dataset:
    """An item of the VOI LUT Sequence whose first mapped value is 0."""
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries), 0, declared or bits])
    item.add_new("LUTData", "US", np.rint(entries * (2**bits - 1)).astype(int).tolist())
    return item


def lengths(image: PixelImage) -> tuple[str, ...]:
    """30 pixels across, 30 down, and the diagonal of both, in mm."""
    spacing = image.spacing
    assert spacing is not None
    across, down = 30 * spacing.column_mm, 30 * spacing.row_mm
    return tuple(f"{length:.1f} mm" for length in (across, down, float(np.hypot(across, down))))


def drawn(image: PixelImage) -> tuple[str, ...]:
    """Whether an overlay plane is drawn at each of the three points."""
    plane = np.zeros((image.rows, image.columns), np.uint8)
    for overlay in image.overlays:
        rows, columns = overlay.mask.shape
        part = plane[overlay.row : overlay.row + rows, overlay.column : overlay.column + columns]
        part |= overlay.mask
    return tuple("drawn" if plane[point] else "not drawn" for point in POINTS)


_SQUARE = np.linspace(0, 1, 4096) ** 2
_WINDOW = {"WindowCenter": "2000", "WindowWidth": "3000"}


def _with_plane(samples: NDArray[Any], **elements: Any) -> FileDataset:
    """A big-endian film with an overlay plane of 16-bit words over its middle square."""
    mask = np.zeros((ROWS, COLUMNS), np.uint8)
    mask[72:88, 62:78] = 1
    words = np.frombuffer(np.packbits(mask, axis=None, bitorder="little").tobytes(), "<u2")
    dataset = film(samples, transfer_syntax=ExplicitVRBigEndian, **elements)
    dataset.add_new((0x6000, 0x0010), "US", ROWS)
    dataset.add_new((0x6000, 0x0011), "US", COLUMNS)
    dataset.add_new((0x6000, 0x0050), "SS", [1, 1])
    dataset.add_new((0x6000, 0x3000), "OW", words.astype(">u2").tobytes())
    return dataset


FILMS: Final = (
    DifficultFilm(
        key="voi-lut",
        name="VOI LUT",
        rule="PS3.3 C.11.2.1.1: the entry of the value, of 4095; here v² / 4095",
        stored="500, 2000, 3500",
        asked=("4", "61", "186"),
        make=lambda: film(squares(500, 2000, 3500), VOILUTSequence=[curve(_SQUARE, 12)]),
    ),
    DifficultFilm(
        key="two-luts",
        name="Two VOI LUTs and a window",
        rule="PS3.3 C.11.2: any may be used; the first curve comes first, here v² / 4095",
        stored="500, 2000, 3500",
        asked=("4", "61", "186"),
        make=lambda: film(
            squares(500, 2000, 3500),
            VOILUTSequence=[curve(_SQUARE, 12), curve(_SQUARE**0.25, 12)],
            **_WINDOW,
        ),
    ),
    DifficultFilm(
        key="lut-bits",
        name="VOI LUT of 12-bit entries that says 16 bits",
        rule="PS3.3 C.11.2.1.1 would show 0, 4 and 12 of 255; shown by its entries, with a note",
        stored="500, 2000, 3500",
        asked=("4", "61", "186"),
        make=lambda: film(squares(500, 2000, 3500), VOILUTSequence=[curve(_SQUARE, 12, 16)]),
    ),
    DifficultFilm(
        key="linear",
        name="LINEAR window",
        rule="PS3.3 C.11.2.1.2: (v − (c − 0.5)) / (w − 1) + 0.5 with c 2000 and w 3000",
        stored="950, 2000, 3050",
        asked=("38", "128", "217"),
        make=lambda: film(squares(950, 2000, 3050), **_WINDOW),
    ),
    DifficultFilm(
        key="linear-exact",
        name="LINEAR_EXACT",
        rule="PS3.3 C.11.2.1.3.2: (v − c) / w + 0.5, c 10 and w 20; LINEAR gives 40, 134, 215",
        stored="3, 10, 16",
        asked=("38", "128", "204"),
        make=lambda: film(
            squares(3, 10, 16, top=20),
            WindowCenter="10",
            WindowWidth="20",
            VOILUTFunction="LINEAR_EXACT",
        ),
    ),
    DifficultFilm(
        key="sigmoid",
        name="SIGMOID",
        rule="PS3.3 C.11.2.1.3.1: 1 / (1 + exp(−4 (v − c) / w)) with c 2000 and w 1000",
        stored="1500, 2000, 2250",
        asked=("30", "128", "186"),
        make=lambda: film(
            squares(1500, 2000, 2250),
            WindowCenter="2000",
            WindowWidth="1000",
            VOILUTFunction="SIGMOID",
        ),
    ),
    DifficultFilm(
        key="monochrome1",
        name="MONOCHROME1 without INVERSE",
        rule="PS3.3 C.7.6.3.1.2: low values are bright; 255 less the grey of the window",
        stored="950, 2000, 3050",
        asked=("217", "127", "38"),
        make=lambda: film(
            squares(950, 2000, 3050), PhotometricInterpretation="MONOCHROME1", **_WINDOW
        ),
    ),
    DifficultFilm(
        key="monochrome1-inverse",
        name="MONOCHROME1 with INVERSE",
        rule="PS3.3 C.8.11.3: INVERSE goes with MONOCHROME1 and states the same; turned once",
        stored="950, 2000, 3050",
        asked=("217", "127", "38"),
        make=lambda: film(
            squares(950, 2000, 3050),
            PhotometricInterpretation="MONOCHROME1",
            PresentationLUTShape="INVERSE",
            **_WINDOW,
        ),
    ),
    DifficultFilm(
        key="signed",
        name="Signed samples with rescale",
        rule="PS3.3 C.11.1.1.2: v = 0.5 s + 100, then (v − c) / w + 0.5 with c 300 and w 1500",
        stored="−900, 60, 1500",
        asked=("17", "99", "221"),
        make=lambda: film(
            squares(-900, 60, 1500, kind=np.int16, top=1800),
            RescaleSlope="0.5",
            RescaleIntercept="100",
            WindowCenter="300",
            WindowWidth="1500",
            VOILUTFunction="LINEAR_EXACT",
        ),
    ),
    DifficultFilm(
        key="padding",
        name="Padding in MONOCHROME1",
        rule="PS3.3 C.7.5.1.1.2: padding is no picture; black, in either polarity",
        stored="950, 2000, 0 (padding 0)",
        asked=("217", "127", "0"),
        make=lambda: film(
            squares(950, 2000, 0),
            PhotometricInterpretation="MONOCHROME1",
            PixelPaddingValue=0,
            **_WINDOW,
        ),
    ),
    DifficultFilm(
        key="oblong",
        name="Pixels twice as high as wide",
        rule="PS3.3 10.7.1.3: Imager Pixel Spacing 0.2 between rows, 0.1 between columns",
        stored="30 pixels across, 30 down, both",
        asked=("3.0 mm", "6.0 mm", "6.7 mm"),
        make=lambda: film(squares(950, 2000, 3050), ImagerPixelSpacing=[0.2, 0.1], **_WINDOW),
        found=lengths,
    ),
    DifficultFilm(
        key="big-endian-overlay",
        name="Overlay in words of big endian",
        rule="PS3.5 A.3 and 8.1.1: each 16-bit word is swapped; a square over the middle",
        stored="beside, inside, beside",
        asked=("not drawn", "drawn", "not drawn"),
        make=lambda: _with_plane(squares(950, 2000, 3050), **_WINDOW),
        found=drawn,
    ),
)


def picture_of(image: PixelImage) -> NDArray[np.uint8]:
    """The film as it opens, with overlays in white and oblong pixels in proportion."""
    shown = display_table(image, default_voi(image))[image.samples].copy()
    for overlay in image.overlays:
        rows, columns = overlay.mask.shape
        part = shown[overlay.row : overlay.row + rows, overlay.column : overlay.column + columns]
        part[overlay.mask > 0] = 255
    spacing = image.spacing
    if spacing is not None and spacing.row_mm > spacing.column_mm:
        shown = np.repeat(shown, round(spacing.row_mm / spacing.column_mm), axis=0)
    return shown


def table(films: tuple[DifficultFilm, ...], measured: dict[str, tuple[str, ...]]) -> str:
    """The films as a table of `docs/correctness.md`."""
    lines = [
        "| film | the standard | stored | asked | shown | picture |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.name} | {one.rule} | {one.stored} | {', '.join(one.asked)} "
        f"| {', '.join(measured[one.key])} | ![{one.name}]({picture_path(one)}) |"
        for one in films
    ]
    return "\n".join(lines)


def picture_path(one: DifficultFilm) -> Path:
    """Path of a film's picture, relative to `docs`."""
    return Path("images") / "correctness" / f"{one.key}.png"
