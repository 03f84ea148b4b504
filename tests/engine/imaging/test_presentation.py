"""What a presentation state shows of a film, against a calculation that knows nothing of it."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_modality_lut, apply_windowing
from testkit.dicom_files import film as dicom_film
from testkit.presentation_states import item, state_dataset, table

from engine.dicom.pixels import pixel_image
from engine.dicom.presentation_state import presentation_state
from engine.dicom.reader import read_whole
from engine.domain.image import PixelImage
from engine.domain.presentation_state import PresentationState
from engine.errors import UnsupportedImageError
from engine.imaging.presentation import grey_look, state_turn
from engine.imaging.transform import ViewTransform
from engine.imaging.window import default_voi, display_table

FILM = "1.2.3.4.5"
SAMPLES = np.arange(4096, dtype=np.uint16).reshape(64, 64)


def decoded(samples: np.ndarray = SAMPLES, **elements: Any) -> PixelImage:
    dataset = dicom_film(samples, SOPInstanceUID=FILM, ImagerPixelSpacing=None, **elements)
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    stream.seek(0)
    return pixel_image(read_whole(stream))


def state_of(**elements: Any) -> PresentationState:
    return presentation_state(state_dataset(FILM, **elements), FILM, 64, 64)


def shown(film: PixelImage, state: PresentationState) -> np.ndarray:
    look = grey_look(state, film)
    return display_table(film, look.voi, inverted=look.inverted)[film.samples]


TRUTH = {
    # MONOCHROME1, PresentationLUTShape of the film, of the state: whether high values are dark.
    # Without a state either of the film's two ways of saying so counts once (PS3.3 C.8.11.3);
    # with one only the state counts (PS3.4 N.2.1).
    ("MONOCHROME2", "IDENTITY", None): False,
    ("MONOCHROME2", "INVERSE", None): True,
    ("MONOCHROME1", "IDENTITY", None): True,
    ("MONOCHROME1", "INVERSE", None): True,
    ("MONOCHROME2", "IDENTITY", "IDENTITY"): False,
    ("MONOCHROME2", "INVERSE", "IDENTITY"): False,
    ("MONOCHROME1", "IDENTITY", "IDENTITY"): False,
    ("MONOCHROME1", "INVERSE", "IDENTITY"): False,
    ("MONOCHROME2", "IDENTITY", "INVERSE"): True,
    ("MONOCHROME2", "INVERSE", "INVERSE"): True,
    ("MONOCHROME1", "IDENTITY", "INVERSE"): True,
    ("MONOCHROME1", "INVERSE", "INVERSE"): True,
}


@pytest.mark.parametrize(("row", "high_is_dark"), TRUTH.items())
def test_polarity_of_film_and_state(row: tuple[str, str, str | None], high_is_dark: bool) -> None:
    photometric, own, of_state = row
    film = decoded(
        PhotometricInterpretation=photometric,
        PresentationLUTShape=own,
        WindowCenter=2000,
        WindowWidth=1500,
    )
    window = Dataset()
    window.PhotometricInterpretation, window.BitsStored = "MONOCHROME2", 12
    window.PixelRepresentation = 0
    window.WindowCenter, window.WindowWidth = (2000, 1500) if of_state is None else (1000, 3000)
    expected = apply_windowing(SAMPLES.astype(np.int32), window) / 4095 * 255
    expected = 255 - expected if high_is_dark else expected
    if of_state is None:
        seen = display_table(film, default_voi(film))[film.samples]
    else:
        asked = state_of(
            SoftcopyVOILUTSequence=[item(WindowCenter=1000, WindowWidth=3000)],
            PresentationLUTShape=of_state,
        )
        seen = shown(film, asked)
        look = grey_look(asked, film)
        reversed_by_hand = display_table(film, look.voi, inverted=not look.inverted)
        assert np.abs(reversed_by_hand[film.samples] - (255 - expected)).max() <= 0.5 + 1e-6
    assert np.abs(seen - expected).max() <= 0.5 + 1e-6


RESCALES = [(None, None), (1, -1024), (2.5, 10), (-1, 4095), (0.125, -3)]
PAIRS = [(RESCALES[k], RESCALES[(k + step) % 5]) for k in range(5) for step in (0, 1, 3)]


@pytest.mark.parametrize(("own", "of_state"), PAIRS)
@pytest.mark.parametrize("kind", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_windows_of_another_rescale_mean_the_same_values(own: Any, of_state: Any, kind: str):
    film = decoded(RescaleSlope=own[0], RescaleIntercept=own[1])
    asked = {"RescaleSlope": of_state[0], "RescaleIntercept": of_state[1]}
    reference = Dataset()
    reference.PhotometricInterpretation, reference.BitsStored = "MONOCHROME2", 12
    reference.PixelRepresentation = 0
    if of_state[0] is not None:
        reference.RescaleSlope, reference.RescaleIntercept = of_state
    values = apply_modality_lut(SAMPLES, reference).astype(np.float64)
    center, width = float(values.mean()), float(np.ptp(values)) * 0.6
    window = Dataset()
    window.PhotometricInterpretation, window.VOILUTFunction = "MONOCHROME2", kind
    # A range of 0 to 255, so that the result is the grey itself.
    window.BitsStored, window.PixelRepresentation = 8, 0
    window.WindowCenter, window.WindowWidth = center, width
    expected = apply_windowing(values, window)
    made = item(WindowCenter=center, WindowWidth=width, VOILUTFunction=kind)
    seen = shown(film, state_of(SoftcopyVOILUTSequence=[made], **asked))
    assert np.abs(seen - expected).max() <= 0.5 + 1e-3


@pytest.mark.parametrize(("own", "of_state"), PAIRS)
def test_curves_of_another_rescale_mean_the_same_values(own: Any, of_state: Any) -> None:
    film = decoded(RescaleSlope=own[0], RescaleIntercept=own[1])
    first = -500
    entries = (np.linspace(0, 1, 3000) ** 1.5 * 65535).astype(np.uint16)
    curve = table(first, entries)
    reference = Dataset()
    reference.BitsStored, reference.PixelRepresentation = 12, 0
    if of_state[0] is not None:
        reference.RescaleSlope, reference.RescaleIntercept = of_state
    values = np.floor(apply_modality_lut(SAMPLES, reference).astype(np.float64))
    expected = entries[np.clip(values.astype(np.int64) - first, 0, 2999)] / 65535 * 255
    asked = {"RescaleSlope": of_state[0], "RescaleIntercept": of_state[1]}
    state = state_of(SoftcopyVOILUTSequence=[item(VOILUTSequence=[curve])], **asked)
    # One entry apart at the most, where a fraction of a value falls between two entries.
    step = float(np.abs(np.diff(entries.astype(np.int64))).max()) / 65535 * 255
    tolerance = 0.5 + step * max(1.0, abs(of_state[0] or 1) / abs(own[0] or 1))
    assert np.abs(shown(film, state) - expected).max() <= tolerance


def test_without_a_window_the_whole_range_is_shown() -> None:
    state = state_of(SoftcopyVOILUTSequence=None)
    expected = SAMPLES / 4095 * 255
    assert np.abs(shown(decoded(), state) - expected).max() <= 0.5 + 1e-6
    signed = (SAMPLES.astype(np.int32) - 2048).astype(np.int16)
    film = decoded(signed, BitsStored=12, HighBit=11)
    assert np.abs(shown(film, state) - expected).max() <= 0.5 + 1e-6


def test_tables_of_values_are_not_guessed() -> None:
    values = table(0, range(4096))
    values.ModalityLUTType = "US"
    with_table = decoded(ModalityLUTSequence=[values])
    for film, state in (
        (with_table, state_of()),
        (decoded(), state_of(ModalityLUTSequence=[values])),
    ):
        with pytest.raises(UnsupportedImageError, match="another table"):
            grey_look(state, film)
    assert grey_look(state_of(ModalityLUTSequence=[values]), with_table).voi.width == 1001


def test_turns_are_those_of_the_view() -> None:
    state = state_of(ImageRotation=90, ImageHorizontalFlip="Y")
    assert state_turn(state) == ViewTransform().rotated(1).flipped_horizontally()


GAMMA = np.rint(4095 * np.linspace(0, 1, 256) ** 2.2).astype(np.uint16)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("stage", ["window", "curve", "none"])
def test_a_presentation_table_follows_window_or_curve(photometric: str, stage: str) -> None:
    """PS3.3 C.11.6: the range after the VOI stage is the range of the table's 256 entries."""
    film = decoded(PhotometricInterpretation=photometric, WindowCenter=2000, WindowWidth=1500)
    curve = np.linspace(4095, 0, 4096).astype(np.uint16)
    voi, grey = {
        "window": (
            [item(WindowCenter=1000, WindowWidth=2001)],
            np.clip((SAMPLES - 999.5) / 2000 + 0.5, 0, 1),
        ),
        "curve": ([item(VOILUTSequence=[table(0, curve, 12)])], curve[SAMPLES] / 4095),
        "none": (None, SAMPLES / 4095),
    }[stage]
    state = state_of(
        SoftcopyVOILUTSequence=voi,
        PresentationLUTShape=None,
        PresentationLUTSequence=[table(0, GAMMA, 12)],
    )
    assert state.left_out == ()
    expected = GAMMA[np.rint(grey * 255).astype(int)] / 4095 * 255
    assert np.abs(shown(film, state) - expected).max() <= 0.5 + 1e-6


def test_a_presentation_table_follows_the_films_rescale() -> None:
    film = decoded(RescaleSlope=2, RescaleIntercept=-1000)
    state = state_of(
        RescaleSlope=2,
        RescaleIntercept=-1000,
        SoftcopyVOILUTSequence=[item(WindowCenter=3000, WindowWidth=4001)],
        PresentationLUTShape=None,
        PresentationLUTSequence=[table(0, GAMMA, 12)],
    )
    grey = np.clip((SAMPLES * 2.0 - 1000 - 2999.5) / 4000 + 0.5, 0, 1)
    expected = GAMMA[np.rint(grey * 255).astype(int)] / 4095 * 255
    assert np.abs(shown(film, state) - expected).max() <= 0.5 + 1e-6


@pytest.mark.parametrize("slope", [0.001, -1])
def test_a_table_that_no_curve_can_follow_is_refused(slope: float) -> None:
    film = decoded(RescaleSlope=slope, RescaleIntercept=0)
    state = state_of(PresentationLUTShape=None, PresentationLUTSequence=[table(0, GAMMA, 12)])
    with pytest.raises(UnsupportedImageError):
        grey_look(state, film)
