"""Display tables against pydicom's processing, polarity, presets and the auto window."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_voi, apply_windowing
from testkit.dicom_files import chest_like

from engine.domain.image import PixelImage, VoiFunction, VoiLut, Window
from engine.imaging.window import (
    apply_table,
    auto_window,
    default_voi,
    display_table,
    equivalent_window,
    is_falling,
    is_flipped,
    presets,
)


def _image(samples: np.ndarray | None = None, **changes: Any) -> PixelImage:
    values: dict[str, Any] = {
        "samples": chest_like() if samples is None else samples,
        "slope": 1.0,
        "intercept": 0.0,
        "bits_stored": 12,
        "monochrome1": False,
        "inverse": False,
        "padding": None,
        "windows": (),
        "voi_luts": (),
        "spacing": None,
        "samples_sha256": "",
    }
    return PixelImage(**{**values, **changes})


@given(
    center=st.floats(-500, 4500),
    width=st.floats(1, 6000),
    function=st.sampled_from(list(VoiFunction)),
)
def test_windows_agree_with_pydicom(center: float, width: float, function: VoiFunction) -> None:
    values = np.arange(0, 4096)
    dataset = Dataset()
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsStored, dataset.PixelRepresentation = 12, 0
    dataset.WindowCenter, dataset.WindowWidth = center, width
    dataset.VOILUTFunction = str(function)
    # A decimal string holds 16 characters: both sides must use the number it really carries.
    center, width = float(dataset.WindowCenter), float(dataset.WindowWidth)
    with np.errstate(over="ignore"):  # of a steep sigmoid in pydicom
        expected = apply_windowing(values, dataset) / 4095 * 255
    window = Window(center=center, width=width, function=function)
    shown = display_table(_image(), window)[:4096]
    assert np.abs(shown - expected).max() <= 0.5 + 1e-6


@pytest.mark.parametrize(("first", "intercept"), [(0, 0.0), (300, 0.0), (-1000, -1024.0)])
def test_voi_luts_agree_with_pydicom(first: int, intercept: float) -> None:
    entries = (np.linspace(0, 1, 1500) ** 2 * 4095).astype(np.uint16)
    item = Dataset()
    item.add_new("LUTDescriptor", "SS", [1500, first, 12])
    item.add_new("LUTData", "US", entries.tolist())
    dataset = Dataset()
    dataset.VOILUTSequence = [item]
    values = np.arange(4096) + int(intercept)
    expected = apply_voi(values, dataset) / 4095 * 255
    image = _image(intercept=intercept)
    shown = display_table(image, VoiLut(first_value=first, entries=entries, bits=12))[:4096]
    assert np.abs(shown - expected).max() <= 0.5 + 1e-6


def test_rescale_comes_before_the_window() -> None:
    image = _image(slope=2.0, intercept=-1000.0)
    window = Window(center=0, width=2000, function=VoiFunction.LINEAR_EXACT)
    table = display_table(image, window)
    assert (table[0], table[500], table[1000]) == (0, 128, 255)


@given(
    center=st.floats(-200_000, 200_000),
    width=st.floats(1, 200_000),
    slope=st.sampled_from([1.0, -1.0, 0.25, -3.0, 17.5]),
    intercept=st.sampled_from([0.0, -1024.0, 70_000.0]),
    function=st.sampled_from(list(VoiFunction)),
)
def test_every_sample_has_its_grey_wherever_the_window_lies(
    center: float, width: float, slope: float, intercept: float, function: VoiFunction
) -> None:
    image = _image(slope=slope, intercept=intercept)
    table = display_table(image, Window(center=center, width=width, function=function))
    values = np.arange(65_536) * slope + intercept
    if function is VoiFunction.SIGMOID:
        with np.errstate(over="ignore"):
            grey = 1 / (1 + np.exp(-4 * (values - center) / width))
    elif function is VoiFunction.LINEAR and width == 1:
        grey = (values > center - 0.5).astype(float)
    else:
        shift = 0.5 if function is VoiFunction.LINEAR else 0.0
        grey = (values - (center - shift)) / (width - 2 * shift) + 0.5
    expected = np.clip(grey, 0, 1) * 255
    assert np.abs(table - expected).max() <= 0.5 + 1e-6


@pytest.mark.parametrize(
    ("monochrome1", "inverse", "inverted"), list(itertools.product([False, True], repeat=3))
)
def test_polarity_truth_table(monochrome1: bool, inverse: bool, inverted: bool) -> None:
    """Either header sign turns the film once, both together also once, the reader once more."""
    image = _image(monochrome1=monochrome1, inverse=inverse)
    window = Window(center=2048, width=4096, function=VoiFunction.LINEAR_EXACT)
    table = display_table(image, window, inverted=inverted)
    low_is_bright = (monochrome1 or inverse) is not inverted
    assert is_flipped(image, inverted=inverted) is low_is_bright
    assert bool(table[0] > table[4095]) is low_is_bright


def test_padding_is_black_in_every_polarity() -> None:
    for inverted in (False, True):
        image = _image(padding=(4000, 4095), monochrome1=True)
        table = display_table(image, auto_window(image), inverted=inverted)
        assert not table[4000:4096].any()


def test_apply_table_looks_up_every_sample() -> None:
    image = _image()
    table = display_table(image, auto_window(image))
    out = np.empty(image.samples.shape, np.uint8)
    apply_table(image.samples, table, out)
    np.testing.assert_array_equal(out, table[image.samples])
    crop = image.samples[10:50:2, 5:70:3]
    out = np.empty(crop.shape, np.uint8)
    apply_table(crop, table, out)
    np.testing.assert_array_equal(out, table[crop])


def test_auto_window_leaves_border_and_padding_out() -> None:
    body = chest_like(256, 256)[16:-16, 16:-16]
    expected = auto_window(_image(np.ascontiguousarray(body)))
    film = np.pad(body, 60, constant_values=4095)  # a burnt-in white collimation border
    padded = _image(film)
    marked = _image(np.pad(body, 60, constant_values=65535), padding=(65535, 65535))
    for image in (padded, marked):
        window = auto_window(image)
        assert window.center == pytest.approx(expected.center, rel=0.05)
        assert window.width == pytest.approx(expected.width, rel=0.05)


def _framed(body: np.ndarray, value: int, *, noise: int = 0) -> np.ndarray:
    around = np.full((body.shape[0] + 120, body.shape[1] + 120), value)
    around += np.random.default_rng(0).integers(-noise, noise + 1, around.shape)
    around[60:-60, 60:-60] = body
    return np.clip(around, 0, 4095).astype(np.uint16)


def _with_words(film: np.ndarray, value: int, top: int) -> np.ndarray:
    film = film.copy()
    film[top : top + 20, 20:220:3] = value
    return film


def _tilted(body: np.ndarray, fill: int) -> np.ndarray:
    picture = Image.fromarray(body.astype(np.int32))
    return np.asarray(picture.rotate(7, expand=True, fillcolor=fill)).astype(np.uint16)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: _with_words(_framed(body, 0), 4095, 15),
        lambda body: _with_words(_framed(body, 4095), 0, 15),
        lambda body: _with_words(body, 4095, 60),
        lambda body: _framed(body, 60, noise=40),
        lambda body: _framed(body, 4000, noise=30),
        lambda body: _framed(_framed(body, 0), 4095),
        lambda body: _tilted(body, 0),
        lambda body: _tilted(body, 4095),
    ],
    ids=[
        "words on black",
        "words on white",
        "words on the film",
        "dark noise",
        "bright noise",
        "white round black",
        "tilted, black",
        "tilted, white",
    ],
)
def test_auto_window_is_of_the_body_whatever_lies_round_it(spoil: Any) -> None:
    body = np.ascontiguousarray(chest_like(480, 400)[32:-32, 32:-32])
    expected, window = auto_window(_image(body)), auto_window(_image(spoil(body)))
    low, high = expected.center - expected.width / 2, expected.center + expected.width / 2
    assert window.center - window.width / 2 == pytest.approx(low, abs=0.1 * expected.width)
    assert window.center + window.width / 2 == pytest.approx(high, abs=0.1 * expected.width)


@pytest.mark.parametrize("slope", [1e-300, 1e-9, 1e300])
def test_values_of_any_size_have_an_automatic_window(slope: float) -> None:
    image = _image(slope=slope)
    table = display_table(image, auto_window(image))
    shown = table[image.samples]
    assert (int(shown.min()), int(shown.max())) == (0, 255)


def test_a_pattern_of_few_greys_is_shown_from_its_darkest_to_its_brightest() -> None:
    patches = np.kron(np.arange(12).reshape(3, 4) * 300 + 200, np.ones((40, 40)))
    window = auto_window(_image(patches.astype(np.uint16)))
    assert (window.center, window.width) == (200 + 11 * 150, 11 * 300)


@pytest.mark.parametrize("level", [0, 77, 65535])
def test_a_uniform_film_has_a_usable_window(level: int) -> None:
    image = _image(np.full((64, 48), level, np.uint16))
    assert auto_window(image).width > 0
    assert len(presets(image)) >= 7


def test_presets_keep_the_files_own_and_stay_relative_to_polarity() -> None:
    own = (Window(center=1000, width=500, name="LUNG"), Window(center=2000, width=900))
    film = _image(windows=own)
    by_key = {preset.key: preset for preset in presets(film)}
    assert by_key["1"].voi == own[0]
    assert by_key["1"].name == "LUNG"
    assert by_key["2"].voi == own[1]
    names = [preset.name for preset in presets(film)]
    for name in (
        "Lung detail",
        "Mediastinum / retrocardiac",
        "Bone",
        "Lines and tubes",
        "Inverted",
    ):
        assert name in names

    negative = _image((4095 - film.samples).astype(np.uint16), monochrome1=True)
    for one, other in zip(presets(_image()), presets(negative), strict=True):
        assert isinstance(one.voi, Window)
        shown = display_table(_image(), one.voi)[film.samples]
        turned = display_table(negative, other.voi)[negative.samples]
        assert np.abs(shown.astype(int) - turned).max() <= 2, one.name


def test_the_inverted_preset_is_of_what_the_film_opens_with() -> None:
    film = _image(windows=(Window(center=40_000, width=100),))
    by_key = {preset.key: preset for preset in presets(film)}
    assert by_key["7"].voi == default_voi(film) == by_key["0"].voi
    assert by_key["1"].voi == film.windows[0]


def test_lung_preset_spreads_the_lungs_and_bone_preset_the_bright_parts() -> None:
    image = _image()
    by_name = {preset.name: preset.voi for preset in presets(image)}
    lung = image.samples[120, 50]
    heart = image.samples[150, 123]
    spread = {
        name: (int(table[lung]), int(table[heart]))
        for name, table in ((n, display_table(image, voi)) for n, voi in by_name.items())
    }
    assert spread["Lung detail"][0] > spread["Default"][0]
    assert spread["Bone"][0] == 0
    assert 0 < spread["Bone"][1] < spread["Default"][1]


def test_default_prefers_lut_then_window_then_auto() -> None:
    lut = VoiLut(first_value=0, entries=np.arange(4096, dtype=np.uint16), bits=12)
    window = Window(center=1800, width=2000)
    image = _image(windows=(window,), voi_luts=(lut,))
    assert default_voi(image) is lut
    assert default_voi(dataclasses.replace(image, voi_luts=())) == window
    assert default_voi(_image()) == auto_window(_image())


@pytest.mark.parametrize("falling", [False, True])
def test_equivalent_window_comes_close_to_the_curve(falling: bool) -> None:
    steps = np.linspace(-6, 6, 4096)
    curve = 1 / (1 + np.exp(-steps))
    if falling:
        curve = 1 - curve
    lut = VoiLut(first_value=0, entries=(curve * 65535).astype(np.uint16), bits=16)
    image = _image()
    window = equivalent_window(image, lut)
    assert is_falling(lut) is falling
    assert window.center == pytest.approx(2048, abs=30)
    by_lut = display_table(image, lut)[:4096].astype(int)
    by_window = display_table(image, window, inverted=falling)[:4096].astype(int)
    assert np.abs(by_lut - by_window).mean() < 12


def test_equivalent_window_of_a_straight_curve_is_that_line() -> None:
    entries = np.linspace(0, 4095, 1001).round().astype(np.uint16)
    window = equivalent_window(_image(), VoiLut(first_value=500, entries=entries, bits=12))
    table = display_table(_image(), window)
    assert [int(table[at]) for at in (500, 1000, 1500)] == pytest.approx([0, 128, 255], abs=2)
