"""Decoded films: modality values, padding, polarity, curves and colour, against pydicom."""

from __future__ import annotations

import io
from importlib.metadata import version
from typing import Any

import imagecodecs
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut
from pydicom.uid import (
    MPEG2MPML,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)
from testkit.dicom_data import real_file
from testkit.dicom_files import chest_like, film

from engine.dicom.pixels import is_lossy, pixel_image
from engine.dicom.reader import read_whole
from engine.domain.image import PixelImage, VoiFunction
from engine.domain.study import SpacingKind
from engine.errors import DamagedFileError, LimitExceededError, UnsupportedImageError
from engine.imaging.window import auto_window, default_voi, display_table


def _written(samples: np.ndarray | None = None, **elements: Any) -> FileDataset:
    buffer = io.BytesIO()
    dataset = film(chest_like() if samples is None else samples, **elements)
    dataset.save_as(buffer, enforce_file_format=True)
    buffer.seek(0)
    return read_whole(buffer)


def _image(samples: np.ndarray | None = None, **elements: Any) -> PixelImage:
    return pixel_image(_written(samples, **elements))


def _modality(image: PixelImage) -> np.ndarray:
    return image.samples * image.slope + image.intercept


@pytest.mark.parametrize(
    "syntax",
    [
        ImplicitVRLittleEndian,
        ExplicitVRLittleEndian,
        DeflatedExplicitVRLittleEndian,
        ExplicitVRBigEndian,
        RLELossless,
        JPEGLossless,
        JPEGLosslessSV1,
        JPEGLSLossless,
        JPEG2000Lossless,
    ],
)
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_lossless_syntaxes_give_back_the_very_samples(syntax: str, bits: int) -> None:
    samples = chest_like(123, 77, bits=bits)
    if bits == 8:
        samples = samples.astype(np.uint8)
    image = _image(samples, transfer_syntax=syntax)
    np.testing.assert_array_equal(image.samples, samples)
    assert image.notes == ()


def test_r41_twelve_bit_jpeg_comes_close_and_says_that_it_is_lossy() -> None:
    dataset = _written(chest_like(bits=12), transfer_syntax=JPEGExtended12Bit)
    image = pixel_image(dataset)
    assert np.abs(image.samples.astype(int) - chest_like(bits=12)).mean() < 40
    assert is_lossy(dataset)


def test_signed_samples_keep_their_modality_values() -> None:
    samples = (chest_like(bits=12).astype(np.int16) - 1500).astype(np.int16)
    dataset = _written(samples, RescaleSlope="2", RescaleIntercept="-100", PixelPaddingValue=-1500)
    image = pixel_image(dataset)
    np.testing.assert_allclose(_modality(image), apply_modality_lut(samples, dataset))
    assert image.padding is not None
    low, high = image.padding
    inside = (image.samples >= low) & (image.samples <= high)
    np.testing.assert_array_equal(inside, samples == -1500)


def test_padding_range_is_inclusive_and_mapped() -> None:
    samples = np.arange(256, dtype=np.uint16).reshape(16, 16)
    image = _image(samples, PixelPaddingValue=0, PixelPaddingRangeLimit=9)
    assert image.padding == (0, 9)


def _lut(first: int, entries: list[int], bits: int, **texts: str) -> Dataset:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries), first, bits])
    item.add_new("LUTData", "US", entries)
    for keyword, text in texts.items():
        setattr(item, keyword, text)
    return item


def test_modality_lut_is_applied_as_pydicom_does() -> None:
    entries = list(range(4096, 0, -1))
    item = _lut(0, entries, 16, ModalityLUTType="OD")
    dataset = _written(ModalityLUTSequence=[item])
    image = pixel_image(dataset)
    expected = apply_modality_lut(chest_like(), dataset)
    np.testing.assert_array_equal(_modality(image), expected)


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_modality_lut_of_signed_samples_starts_below_zero(bits: int) -> None:
    samples = (chest_like().astype(np.int32) * 16 - 32768).astype(np.int16)
    entries = (np.arange(65_535) >> (16 - bits)).astype(np.uint16)
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [65_535, 0x8000, bits])  # first value -32,768
    item.add_new("LUTData", "OW", entries.astype("<u2").tobytes())
    image = _image(samples, ModalityLUTSequence=[item])
    expected = entries[np.minimum(samples.astype(int) + 32768, 65_534)]
    np.testing.assert_array_equal(_modality(image), expected)


def test_a_series_of_many_frames_opens_frame_by_frame() -> None:
    frames = np.stack([chest_like(16, 16) // 2] * 99 + [chest_like(16, 16)])
    np.testing.assert_array_equal(pixel_image(_written(frames), 99).samples, frames[99])


def test_r45_displayed_values_follow_the_voi_lut_as_in_pydicom() -> None:
    entries = [int(value) for value in (np.linspace(0, 1, 4096) ** 0.5 * 4095)]
    dataset = _written(VOILUTSequence=[_lut(0, entries, 12, LUTExplanation="HARDER")])
    image = pixel_image(dataset)
    assert image.voi_luts[0].name == "HARDER"
    shown = display_table(image, default_voi(image))[image.samples]
    expected = apply_voi_lut(chest_like(), dataset) / 4095 * 255
    assert np.abs(shown - expected).max() <= 0.5 + 1e-6


@pytest.mark.parametrize("name", ["vlut_04.dcm", "mlut_18.dcm", "RG1_J2KI.dcm", "MR1_J2KR"])
def test_r45_real_files_are_displayed_as_pydicom_does(name: str) -> None:
    path = real_file(name)
    with path.open("rb") as stream:
        image = pixel_image(read_whole(stream))
    dataset = dcmread(path)
    values = apply_modality_lut(dataset.pixel_array, dataset)
    np.testing.assert_allclose(_modality(image), values)
    if image.voi_luts:
        top = 2 ** image.voi_luts[0].bits - 1
        expected = apply_voi_lut(values, dataset) / top * 255
        shown = display_table(image, image.voi_luts[0])[image.samples]
        assert np.abs(shown - expected).max() <= 0.5 + 1e-6


def test_windows_carry_names_and_function_and_bad_ones_are_left_out() -> None:
    image = _image(
        WindowCenter=[100, 200, 300],
        WindowWidth=[50, 0.2, 70],
        WindowCenterWidthExplanation=["LUNG", "BAD", "BONE"],
    )
    assert [(one.center, one.name) for one in image.windows] == [(100, "LUNG"), (300, "BONE")]
    sigmoid = _image(WindowCenter="100", WindowWidth="0.5", VOILUTFunction="SIGMOID")
    assert sigmoid.windows[0].function is VoiFunction.SIGMOID


@pytest.mark.parametrize(
    ("elements", "monochrome1", "inverse"),
    [
        ({"PhotometricInterpretation": "MONOCHROME1"}, True, False),
        ({"PresentationLUTShape": "INVERSE"}, False, True),
        ({"PresentationLUTShape": "IDENTITY"}, False, False),
    ],
)
def test_polarity_is_reported_not_applied(
    elements: dict[str, str], monochrome1: bool, inverse: bool
) -> None:
    image = _image(**elements)
    assert (image.monochrome1, image.inverse) == (monochrome1, inverse)
    np.testing.assert_array_equal(image.samples, chest_like())


def test_spacing_says_where_it_comes_from() -> None:
    detector = _image().spacing
    assert detector is not None
    assert (detector.row_mm, detector.kind) == (0.14, SpacingKind.DETECTOR_PLANE)
    magnified = _image(EstimatedRadiographicMagnificationFactor="1.4").spacing
    assert magnified is not None
    assert magnified.row_mm == pytest.approx(0.1)
    assert magnified.kind is SpacingKind.MAGNIFICATION
    calibrated = _image(PixelSpacing=[0.12, 0.13]).spacing
    assert calibrated is not None
    assert (calibrated.column_mm, calibrated.kind) == (0.13, SpacingKind.CALIBRATED)
    assert _image(ImagerPixelSpacing=None).spacing is None
    assert _image(ImagerPixelSpacing=[0, -1]).spacing is None
    assert _image(ImagerPixelSpacing=["1e30", "1e30"]).spacing is None
    assert _image(ImagerPixelSpacing=["0.001", "10"]).spacing is None
    absurd = _image(PixelSpacing=["1e-9", "1e-9"], EstimatedRadiographicMagnificationFactor="1e9")
    assert absurd.spacing == detector


def test_the_asked_frame_is_shown_and_frame_zero_is_hashed() -> None:
    frames = np.stack([chest_like(64, 48, seed=seed) for seed in range(3)])
    dataset = _written(frames)
    third = pixel_image(dataset, 2)
    np.testing.assert_array_equal(third.samples, frames[2])
    assert third.samples_sha256 == pixel_image(dataset, 0).samples_sha256
    with pytest.raises(DamagedFileError):
        pixel_image(dataset, 3)


def test_colour_is_shown_as_luminance_with_a_note() -> None:
    path = real_file("_SC_rgb.dcm")
    with path.open("rb") as stream:
        image = pixel_image(read_whole(stream))
    rgb = dcmread(path).pixel_array.astype(float)
    luminance = rgb @ (0.299, 0.587, 0.114)
    assert np.abs(image.samples - luminance).max() <= 0.5 + 1e-6
    assert "grey" in " ".join(image.notes)


def test_32_bit_samples_are_rounded_with_a_note() -> None:
    path = real_file("rtdose_1frame.dcm")
    with path.open("rb") as stream:
        dataset = read_whole(stream)
    image = pixel_image(dataset)
    values = dcmread(path).pixel_array.astype(float)
    step = (values.max() - values.min()) / 65535
    assert np.abs(_modality(image) - values).max() <= step
    assert "rounded" in " ".join(image.notes)


@pytest.mark.parametrize(
    ("elements", "error"),
    [
        ({"Rows": 65000, "Columns": 65000}, LimitExceededError),
        ({"Rows": 0}, DamagedFileError),
        ({"NumberOfFrames": 100_000}, LimitExceededError),
        ({"Rows": 300}, DamagedFileError),
        ({"Columns": None}, DamagedFileError),
        ({"BitsAllocated": 24}, UnsupportedImageError),
        ({"BitsStored": 20}, DamagedFileError),
        ({"HighBit": 15}, UnsupportedImageError),
        ({"SamplesPerPixel": 3}, DamagedFileError),
        ({"PhotometricInterpretation": "CMYK"}, UnsupportedImageError),
        ({"PixelData": None}, UnsupportedImageError),
    ],
)
def test_impossible_images_are_refused_with_the_right_error(
    elements: dict[str, Any], error: type[Exception]
) -> None:
    dataset = _written()
    for keyword, value in elements.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    with pytest.raises(error, match=r"\.$"):
        pixel_image(dataset)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, JPEG2000Lossless, RLELossless])
@pytest.mark.parametrize(
    "elements",
    [
        {"SamplesPerPixel": None},
        {"PixelRepresentation": None},
        {"BitsStored": None},
        {"BitsStored": None, "HighBit": None},
        {"PhotometricInterpretation": "monochrome2"},
        {"Rows": "DS"},
        {"VOILUTSequence": "LO"},
    ],
    ids=str,
)
def test_gaps_and_odd_values_of_a_header_do_not_cost_the_film(
    elements: dict[str, Any], syntax: str
) -> None:
    """What can be understood without guessing is understood; pydicom alone would refuse these."""
    dataset = _written(chest_like(), transfer_syntax=syntax)
    for keyword, value in elements.items():
        if value is None:
            delattr(dataset, keyword)
        elif keyword == "Rows":
            rows = dataset.Rows
            del dataset.Rows
            dataset.add_new("Rows", "DS", str(rows))
        elif keyword == "VOILUTSequence":
            dataset.add_new("VOILUTSequence", "LO", "no sequence")
        else:
            setattr(dataset, keyword, value)
    image = pixel_image(dataset)
    np.testing.assert_array_equal(image.samples, chest_like())
    assert not image.monochrome1


def test_a_missing_polarity_is_not_guessed() -> None:
    dataset = _written()
    del dataset.PhotometricInterpretation
    with pytest.raises(DamagedFileError, match="PhotometricInterpretation is missing"):
        pixel_image(dataset)


def test_r42_an_unsupported_syntax_is_named() -> None:
    dataset = _written()
    dataset.file_meta.TransferSyntaxUID = MPEG2MPML
    with pytest.raises(UnsupportedImageError, match="MPEG2"):
        pixel_image(dataset)


@pytest.mark.parametrize(
    "syntax", [JPEGLosslessSV1, JPEGExtended12Bit, JPEGLSLossless, JPEG2000Lossless, RLELossless]
)
@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9])
def test_half_a_code_stream_is_never_half_a_picture(syntax: str, keep: float) -> None:
    dataset = _written(transfer_syntax=syntax)
    stream = next(generate_frames(dataset.PixelData, number_of_frames=1))
    dataset.PixelData = encapsulate([stream[: int(keep * len(stream)) // 2 * 2]])
    with pytest.raises(DamagedFileError, match=r"\.$"):
        pixel_image(dataset)


def _stream_of(syntax: str, samples: np.ndarray) -> bytes:
    if syntax in (JPEGBaseline8Bit, JPEGExtended12Bit):
        return bytes(imagecodecs.jpeg8_encode(samples, level=95))
    if syntax == HTJ2KLossless:
        return bytes(imagecodecs.htj2k_encode(samples, reversible=True))
    return bytes(imagecodecs.jpeg2k_encode(samples, reversible=True))


@pytest.mark.parametrize("is_colour", [False, True])
@pytest.mark.parametrize(
    "syntax", [JPEGBaseline8Bit, JPEGExtended12Bit, HTJ2KLossless, JPEG2000Lossless]
)
def test_a_stream_that_lies_across_its_header_is_refused(syntax: str, is_colour: bool) -> None:
    """As many bytes, but columns for rows: pydicom shows slanting stripes."""
    samples = (chest_like(96, 80, bits=8)).astype(np.uint8)
    model = "YBR_FULL_422" if syntax in (JPEGBaseline8Bit, JPEGExtended12Bit) else "RGB"
    colour = {"SamplesPerPixel": 3, "PhotometricInterpretation": model, "PlanarConfiguration": 0}
    dataset = _written(samples)
    dataset.file_meta.TransferSyntaxUID = syntax
    if is_colour:
        samples = np.dstack([samples] * 3)
        for keyword, value in colour.items():
            setattr(dataset, keyword, value)
    dataset.PixelData = encapsulate([_stream_of(syntax, samples)])
    assert pixel_image(dataset).samples.shape == (96, 80)
    dataset.Rows, dataset.Columns = 80, 96
    with pytest.raises(DamagedFileError, match=r"\.$"):
        pixel_image(dataset)


def test_senseless_rescale_is_left_out_with_a_note() -> None:
    image = _image(RescaleSlope="0", RescaleIntercept="5")
    assert (image.slope, image.intercept) == (1.0, 0.0)
    assert "rescale" in image.notes[0]


@pytest.mark.parametrize(
    "own",
    [
        {"WindowCenter": "-1e308", "WindowWidth": "1"},
        {"WindowCenter": "40", "WindowWidth": "1e300"},
        {"WindowCenter": "60000", "WindowWidth": "200"},
        {"WindowCenter": "32768", "WindowWidth": "65536"},
        {"WindowCenter": "8192", "WindowWidth": "16384"},
        {"WindowCenter": "2048", "WindowWidth": "2"},
        {"WindowCenter": "2048", "WindowWidth": "40"},
    ],
)
def test_a_window_that_leaves_few_greys_of_the_film_is_passed_over_and_said(
    own: dict[str, str],
) -> None:
    """A window of another film, or of other units, would open an empty film."""
    image = _image(**own)
    assert default_voi(image) == auto_window(image)
    assert "own window" in image.notes[0]
    two = {keyword: [value, "2500"] for keyword, value in own.items()}
    usable = _image(**two)
    assert default_voi(usable) == usable.windows[1]


def test_a_film_of_one_grey_keeps_its_own_window() -> None:
    image = _image(np.full((40, 40), 900, np.uint16), WindowCenter="2000", WindowWidth="100")
    assert (default_voi(image), image.notes) == (image.windows[0], ())


def test_of_several_pictures_it_is_said_which_one_is_shown() -> None:
    frames = np.stack([chest_like(64, 48, seed=seed) for seed in range(3)])
    assert "3 pictures; this is number 2" in pixel_image(_written(frames), 1).notes[0]


CURVE = np.linspace(0.1, 0.9, 4096)


def _with_curve(entries: np.ndarray, bits: int) -> PixelImage:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries), 0, bits])
    item.add_new("LUTData", "OW" if entries.itemsize == 1 else "US", _data(entries))
    return _image(chest_like(64, 48), VOILUTSequence=[item])


def _data(entries: np.ndarray) -> Any:
    return entries.tobytes() if entries.itemsize == 1 else entries.tolist()


@pytest.mark.parametrize(
    ("declared", "entries"), [(16, 12), (13, 12), (10, 12), (8, 12), (12, 8), (0, 12)]
)
def test_a_curve_whose_bits_do_not_fit_its_entries_is_shown_by_its_entries(
    declared: int, entries: int
) -> None:
    """Devices write there how an entry is stored: the film would open black, or white."""
    highest = 2**entries - 1
    table = np.rint(CURVE * highest).astype(np.uint16)
    table[-1] = highest
    image = _with_curve(table, declared)
    assert f"says {declared} bits, its entries have {entries}" in image.notes[0]
    assert default_voi(image) is image.voi_luts[0]
    shown = display_table(image, image.voi_luts[0])[:4096]
    np.testing.assert_allclose(shown[:-1], CURVE[:-1] * 255, atol=255 / highest + 0.5)


@pytest.mark.parametrize("bits", [12, 13, 16])
def test_a_curve_whose_bits_fit_is_taken_at_its_word(bits: int) -> None:
    highest = 2**16 - 1 if bits == 16 else 4095
    image = _with_curve(np.rint(CURVE * highest).astype(np.uint16), bits)
    assert image.voi_luts[0].bits == bits
    assert not any("its entries have" in note for note in image.notes)


def test_entries_of_8_bits_are_read_whatever_the_descriptor_says() -> None:
    table = np.rint(CURVE * 255).astype(np.uint8)
    image = _with_curve(table, 16)
    np.testing.assert_array_equal(image.voi_luts[0].entries, table)
    assert image.voi_luts[0].bits == 8


def test_a_curve_that_leaves_few_greys_is_passed_over() -> None:
    image = _with_curve(np.where(CURVE > 0.5, 4095, 0).astype(np.uint16), 12)
    assert default_voi(image) == auto_window(image)
    assert "own display curve leaves few greys" in image.notes[0]


def test_a_modality_table_that_is_none_costs_itself_and_is_said() -> None:
    dataset = film(chest_like(64, 48))
    dataset.add_new("ModalityLUTSequence", "LO", "rubbish")
    image = pixel_image(dataset)
    assert "modality table" in image.notes[0]
    assert (image.slope, image.intercept) == (1.0, 0.0)


def test_a_window_of_an_unknown_kind_is_read_as_linear_and_said() -> None:
    dataset = film(chest_like(64, 48), WindowCenter=2000, WindowWidth=3600, VOILUTFunction="CUBIC")
    image = pixel_image(dataset)
    assert image.windows[0].function is VoiFunction.LINEAR
    assert "The film's window is of an unknown kind and was read as a linear one." in image.notes


def test_of_two_sizes_in_a_header_the_first_holds() -> None:
    dataset = film(chest_like(64, 48))
    dataset.Rows = [64, 0]
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    stream.seek(0)
    assert pixel_image(read_whole(stream)).rows == 64


@pytest.mark.parametrize(
    ("syntax", "name"),
    [
        (ExplicitVRLittleEndian, "pydicom"),
        (RLELossless, "imagecodecs"),
        (JPEGLosslessSV1, "imagecodecs"),
        (JPEG2000Lossless, "imagecodecs"),
        (JPEGLSLossless, "imagecodecs"),
    ],
)
def test_r41_a_film_says_what_decoded_it(syntax: str, name: str) -> None:
    decoder = pixel_image(_written(chest_like(64, 48), transfer_syntax=syntax)).decoder
    assert decoder == f"{name} {version(name)}"
