"""The frozen folder, where `make package` has made one: its parts against its bill of materials."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

FROZEN = Path(__file__).resolve().parents[2] / "dist" / "negatoscope"
pytestmark = [
    pytest.mark.packaging,
    pytest.mark.skipif(not FROZEN.exists(), reason="`make package` has not been run"),
]


# Every function of OpenCV that the program calls (test_bill.py), on a picture of noise.
PICTURES = """
import hashlib, sys
import numpy as np
sys.path.insert(0, sys.argv[1])
import cv2
assert cv2.__file__.startswith(sys.argv[1])
random = np.random.default_rng(0)
grey = random.integers(0, 65535, (500, 600)).astype(np.uint16)
high = (grey > 60000).astype(np.uint8)
_, png = cv2.imencode(".png", grey)
for made in (
    cv2.LUT(grey, random.integers(0, 2**31 - 1, 65536).astype(np.int32)),
    cv2.resize(grey, (250, 300), interpolation=cv2.INTER_AREA),
    cv2.resize(grey, (1250, 1300), interpolation=cv2.INTER_LINEAR),
    cv2.GaussianBlur(grey.astype(np.float32), (0, 0), sigmaX=3, sigmaY=2),
    cv2.createCLAHE(clipLimit=2, tileGridSize=(8, 8)).apply(grey),
    cv2.connectedComponentsWithStats(high)[2],
    cv2.dilate(high, np.ones((3, 3), np.uint8)),
    cv2.copyMakeBorder(grey, 1, 1, 1, 1, cv2.BORDER_REPLICATE),
    cv2.imdecode(png, cv2.IMREAD_UNCHANGED),
):
    print(hashlib.sha256(np.ascontiguousarray(made).tobytes()).hexdigest())
"""


@pytest.fixture(scope="module")
def parts() -> dict[str, dict[str, str]]:
    """Entries of the bill of materials by name."""
    content = json.loads((FROZEN / "sbom.cdx.json").read_text("utf-8"))
    return {
        part["name"]: part for part in [*content["components"], content["metadata"]["component"]]
    }


def test_r56_the_bill_lists_every_distribution_of_the_folder(
    parts: dict[str, dict[str, str]],
) -> None:
    held = {
        re.sub(r"[-_.]+", "-", path.name.removesuffix(".dist-info").rsplit("-", 1)[0]).lower()
        for path in FROZEN.glob("_internal/**/*.dist-info")
    }
    assert held == {name for name, part in parts.items() if part["purl"].startswith("pkg:pypi/")}
    assert not [name for name in held if not parts[name].get("licenses")]


def test_r56_every_part_has_the_text_of_its_licence(parts: dict[str, dict[str, str]]) -> None:
    texts = {path.name for path in (FROZEN / "licences").iterdir() if any(path.iterdir())}
    assert parts.keys() - texts == set()


def test_r56_no_library_under_the_gpl_and_nothing_of_the_builder() -> None:
    # SQLCipher's own module has the name of Python's for SQLite.
    paths = [path for path in FROZEN.rglob("*") if path.parent.name != "sqlcipher3"]
    names = {path.name for path in paths}
    unwanted = ("libreadline", "readline.", "_sqlite3.", "libsqlite3")
    assert not [name for name in names if name.startswith(unwanted)]
    assert not names & {"RECORD", "direct_url.json"}


def test_r52_nothing_is_taken_along_that_the_program_never_opens() -> None:
    names = {path.relative_to(FROZEN).as_posix() for path in FROZEN.rglob("*")}
    for part in (
        *("torch", "transformers", "tkinter", "tokenizers", "lxml", "/scipy/", "pandas", "aiohttp"),
        *("pytest", "libvpx", "libssl-", "libcrypto-", "libgtk", "plugins/tls"),
    ):
        assert not [name for name in names if part in name], part
    size = sum(path.lstat().st_size for path in FROZEN.rglob("*"))
    # The goal of 450 MB is not met (docs/performance.md); this keeps what was reached.
    assert size < 510_000_000


def test_what_stands_in_for_video_changes_no_picture() -> None:
    told = [
        subprocess.run(
            [sys.executable, "-c", PICTURES, str(folder)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for folder in (FROZEN / "_internal", Path(sysconfig.get_path("purelib")))
    ]
    assert told[0] == told[1]


def test_the_frozen_program_tells_its_version() -> None:
    told = subprocess.run(
        [FROZEN / "negatoscope", "--version"], capture_output=True, text=True, check=True
    )
    assert re.fullmatch(r"Negatoscope \d+\.\d+\.\d+\n", told.stdout)
