"""One film under many display settings: the shipped model writes the same words about it.

By command line, as a radiographer's export would come: twelve files that differ in nothing but
what they ask to be seen through.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian
from testkit.command_line import CommandLine

from engine.paths import demo_studies, model_bundle

pytestmark = [pytest.mark.model, pytest.mark.slow]

FILM = demo_studies() / "nunez-2026-03-18.dcm"
RAMP = np.linspace(0.0, 1.0, 4096)


def _curve(shape: Any, bits: int, declared: int) -> Dataset:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(shape), 0, declared])
    item.add_new("LUTData", "US", np.rint(shape * (2**bits - 1)).astype(int).tolist())
    return item


SETTINGS: dict[str, dict[str, Any]] = {
    "its own window": {},
    "no window": {"WindowCenter": None, "WindowWidth": None},
    "a narrow window": {"WindowCenter": "1500", "WindowWidth": "500"},
    "a far too narrow window": {"WindowCenter": "1500", "WindowWidth": "4"},
    "a window of 14 bits": {"WindowCenter": "8192", "WindowWidth": "16384"},
    "a window of 16 bits": {"WindowCenter": "32768", "WindowWidth": "65535"},
    "a window beside the film": {"WindowCenter": "30000", "WindowWidth": "100"},
    "a sigmoid": {"VOILUTFunction": "SIGMOID"},
    "a right curve": {"VOILUTSequence": [_curve(RAMP**0.7, 12, 12)]},
    "a curve of 16 bits over 12": {"VOILUTSequence": [_curve(RAMP, 12, 16)]},
    "a straight curve of 10 bits over 12": {"VOILUTSequence": [_curve(RAMP, 12, 10)]},
    "a curve that falls": {"VOILUTSequence": [_curve(RAMP[::-1], 12, 12)]},
}


def test_the_words_do_not_hang_on_a_display_setting(tmp_path: Path) -> None:
    for number, setting in enumerate(SETTINGS.values()):
        _write(tmp_path / "films" / f"{number}.dcm", number, setting)
    desk = CommandLine(tmp_path / "home", model_bundle())
    result = desk.work("draft", tmp_path / "films", "--json", timeout=300)
    assert result.returncode == 0, result.stderr
    drafts = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(drafts) == len(SETTINGS)
    told = {tuple(sentence["text"] for sentence in draft["sentences"]) for draft in drafts}
    assert len(told) == 1, told


def _write(path: Path, number: int, setting: dict[str, Any]) -> None:
    """The demo film, smaller, as a study of its own."""
    dataset = dcmread(FILM)
    samples = np.ascontiguousarray(dataset.pixel_array[::4, ::4])
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.Rows, dataset.Columns = samples.shape
    dataset.add_new("PixelData", "OW", samples.tobytes())
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        setattr(dataset, keyword, f"2.25.{number + 1}.{len(keyword)}")
    for keyword, value in setting.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    path.parent.mkdir(exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
