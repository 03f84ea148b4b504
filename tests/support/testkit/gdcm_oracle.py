"""A second opinion on pixels: GDCM, in a process of its own because bad data can crash it.

`python -m testkit.gdcm_oracle FILE...` prints one JSON object per file: the SHA-256 of frame 0's
stored samples as little-endian int32 (colour by pixel), or null if GDCM cannot read the file;
nothing for a file on which GDCM crashes.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys

import gdcm
import numpy as np

_TYPES = {
    gdcm.PixelFormat.UINT8: "u1",
    gdcm.PixelFormat.INT8: "i1",
    gdcm.PixelFormat.UINT12: "u2",
    gdcm.PixelFormat.INT12: "i2",
    gdcm.PixelFormat.UINT16: "u2",
    gdcm.PixelFormat.INT16: "i2",
    gdcm.PixelFormat.UINT32: "u4",
    gdcm.PixelFormat.INT32: "i4",
}


def first_frame(path: str) -> np.ndarray | None:
    reader = gdcm.ImageReader()
    reader.SetFileName(path)
    if not reader.Read():
        return None
    image = reader.GetImage()
    change = gdcm.ImageChangePlanarConfiguration()
    change.SetPlanarConfiguration(0)
    change.SetInput(image)
    if image.GetPixelFormat().GetSamplesPerPixel() == 3 and change.Change():
        image = change.GetOutput()
    kind = _TYPES.get(image.GetPixelFormat().GetScalarType())
    if kind is None:
        return None
    buffer = image.GetBuffer().encode("utf-8", "surrogateescape")
    samples = np.frombuffer(buffer, kind)
    size = image.GetDimension(0) * image.GetDimension(1)
    return samples[: size * image.GetPixelFormat().GetSamplesPerPixel()]


def report(path: str) -> None:
    samples = first_frame(path)
    digest = None
    if samples is not None:
        digest = hashlib.sha256(samples.astype("<i4").tobytes()).hexdigest()
    sys.stdout.write(json.dumps({"path": path, "sha256": digest}) + "\n")
    sys.stdout.flush()


def main() -> None:
    for path in sys.argv[1:]:
        child = os.fork()  # a file that crashes GDCM ends this child only
        if child == 0:
            report(path)
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
