"""Compressed pixels with changed bytes: an error in words, never the end of the program (R39)."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from testkit.code_streams import encoders, framed, phantom
from testkit.soak import figure, tries

from engine.workers.decode_client import DecodeClient

CODECS = (
    "libjpeg-turbo 8",
    "libjpeg-turbo 12",
    "lj92 lossless",
    "libjpeg-turbo lossless",
    "CharLS",
    "OpenJPEG",
    "OpenJPH",
    "pydicom RLE",
)
MOST_BYTES = 8


def changed(stream: bytes, chance: random.Random) -> bytes:
    """A stream with some bytes changed, or cut, or with a piece of it twice."""
    content = bytearray(stream)
    for _ in range(chance.randrange(1, MOST_BYTES)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    kind, place = chance.random(), chance.randrange(len(content))
    if kind < 0.1:
        del content[place:]
    elif kind < 0.2:
        content[place:place] = content[chance.randrange(len(content)) :]
    return bytes(content) + b"\0" * (len(content) % 2)


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("codec", CODECS)
def test_r39_changed_streams_are_refused_or_shown_and_end_nothing(
    codec: str, tmp_path: Path
) -> None:
    syntax, encode = encoders()[codec]
    stream, samples = encode(), phantom(8 if codec.endswith(" 8") else 12)
    chance = random.Random(39)  # noqa: S311  a fixed slice
    files, deaths, refused = tries(15, 10_000), [], 0
    path = tmp_path / "film.dcm"
    with DecodeClient() as client:
        client.start()
        for number in range(files):
            broken = changed(stream, chance)
            framed(broken, samples, syntax).save_as(path, enforce_file_format=True)
            before = client.pid
            refused += not client.inspect(path)["ok"]
            if client.pid != before:
                deaths.append(number)
    assert deaths == []
    figure("R39", f"{codec}: {files} changed streams, {refused} refused, no worker died")
