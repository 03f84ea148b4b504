"""A second opinion on pixels: compressed films decoded by DCMTK's tools."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.uid import JPEGLossless, JPEGLosslessSV1, JPEGLSLossless, RLELossless

_TOOLS = {
    JPEGLossless: "dcmdjpeg",
    JPEGLosslessSV1: "dcmdjpeg",
    JPEGLSLossless: "dcmdjpls",
    RLELossless: "dcmdrle",
}


def has_tools() -> bool:
    """Whether DCMTK's decoders are installed."""
    return all(shutil.which(tool) for tool in _TOOLS.values())


def samples_of(dataset: FileDataset) -> NDArray[np.integer]:
    """The stored samples of the first frame, colour by pixel, after DCMTK has decoded them.

    Raises:
        AssertionError: DCMTK refused the file; the message has its output.
    """
    tool = _TOOLS[dataset.file_meta.TransferSyntaxUID]
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "a.dcm", Path(folder) / "b.dcm"
        dataset.save_as(source, enforce_file_format=True)
        run = subprocess.run([tool, source, target], capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        return dcmread(target).pixel_array
